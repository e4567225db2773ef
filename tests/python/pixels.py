"""Pixels of a module that are missing, or stand behind a link.

pixels.py KIND FILE            KIND: soft, external, missing
pixels.py compare OUTPUT FILE...  whether OUTPUT holds the pixels that these files lead to
"""
import os
import sys

import h5py
import hdf5plugin  # noqa: F401 (registers filters)
import numpy as np


def pixels(file):
    found = []
    file["INSTRUMENT"].visit(lambda name: found.append("INSTRUMENT/" + name) if name.endswith("/image") else None)
    return found[0] + "/data"


kind, path = sys.argv[1:3]
if kind == "compare":
    expected = []
    for name in sys.argv[3:]:
        with h5py.File(name) as g:
            where = pixels(g)
            expected.append(g[where][:])
    expected = np.concatenate(expected)
    with h5py.File(path) as f:
        found = f[where][:]
        assert np.array_equal(found, expected, equal_nan=True), (found.shape, expected.shape)
else:
    with h5py.File(path, "r+") as f:
        where = pixels(f)
        if kind == "soft":
            f.move(where, "/hidden")
            f[where] = h5py.SoftLink("/hidden")
        elif kind == "external":
            other = path.replace(".h5", ".hdf")
            with h5py.File(other, "w") as g:
                f.copy(f[where], g, "data")
            del f[where]
            f[where] = h5py.ExternalLink(os.path.basename(other), "/data")
        else:
            del f[where]
