"""hdf5plugin's SZ3 through h5py, file in memory, chunks of 512 x 128 f32 of a raw file: FILE BOUND. Prints MB/s, best."""
import sys
import time

import h5py
import hdf5plugin
import numpy as np

pixels = np.fromfile(sys.argv[1], "<f4").reshape(-1, 512, 128)
times = {"encode": float("inf"), "decode": float("inf")}
for _ in range(6):
    # without a cache of decoded chunks every read decodes
    with h5py.File("memory", "w", driver="core", backing_store=False, rdcc_nbytes=0) as file:
        data = file.create_dataset("d", pixels.shape, "<f4", chunks=(1, 512, 128), **hdf5plugin.SZ3(absolute=float(sys.argv[2])))
        start = time.perf_counter()
        data[...] = pixels
        file.flush()
        times["encode"] = min(times["encode"], time.perf_counter() - start)
        out = np.empty_like(pixels)
        start = time.perf_counter()
        data.read_direct(out)
        times["decode"] = min(times["decode"], time.perf_counter() - start)
for name, seconds in times.items():
    print(name, pixels.nbytes / 1e6 / seconds)
