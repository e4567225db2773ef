"""Package bitshuffle on frames of a raw file: FILE DTYPE PIXELS. Prints MB/s of pixels, best pass."""
import sys
import time

import bitshuffle
import numpy as np

path, dtype, pixels = sys.argv[1], np.dtype(sys.argv[2]), int(sys.argv[3])
frames = list(np.fromfile(path, dtype).reshape(-1, pixels))
size = sum(frame.nbytes for frame in frames) / 1e6


def rate(work, items):
    best = float("inf")
    for _ in range(11):
        start = time.perf_counter()
        for item in items:
            work(item)
        best = min(best, time.perf_counter() - start)
    return size / best


stored = [bitshuffle.compress_lz4(frame, 0) for frame in frames]
print("encode", rate(lambda frame: bitshuffle.compress_lz4(frame, 0), frames))
print("decode", rate(lambda chunk: bitshuffle.decompress_lz4(chunk, (pixels,), dtype, 0), stored))
