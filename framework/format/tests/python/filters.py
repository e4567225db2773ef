"""Datasets whose chunks split rows, behind every filter: values are their own places modulo 499. Prints the names."""
import sys

import h5py
import hdf5plugin
import numpy as np

SHAPE, CHUNK = (7, 10, 12), (2, 5, 12)
values = (np.arange(np.prod(SHAPE)) % 499).reshape(SHAPE)
COMMON = dict(chunks=CHUNK, maxshape=(None, *SHAPE[1:]))
with h5py.File(sys.argv[1], "w") as f:
    for name, filters in {
        "bitshuffle-lz4": hdf5plugin.Bitshuffle(),
        "bitshuffle-zstd": hdf5plugin.Bitshuffle(cname="zstd"),
        "bitshuffle": hdf5plugin.Bitshuffle(cname="none"),
        "lz4": hdf5plugin.LZ4(),
        "zstd": hdf5plugin.Zstd(),
        "deflate": dict(compression="gzip", shuffle=True, fletcher32=True),
        "scaleoffset": dict(scaleoffset=0),
        "blosc": hdf5plugin.Blosc(),
    }.items():
        f.create_dataset(name, data=values.astype("<u2"), **COMMON, **filters)
        f.create_dataset(name + "-big-endian", data=values.astype(">u2"), **COMMON, **filters)
    layout = h5py.VirtualLayout(SHAPE, "<u2")
    layout[:3] = h5py.VirtualSource(".", "lz4", shape=SHAPE)[:3]
    layout[3:] = h5py.VirtualSource(".", "zstd-big-endian", shape=SHAPE)[3:]
    f.create_virtual_dataset("virtual", layout)
    print("\n".join(sorted(f)))
