"""Values of a slow dataset that lie outside of its file.

outside.py make KIND NAMES FILE            moves them out of it
outside.py hide KIND NAMES FILE            takes away where they lie
outside.py compare KIND NAMES FILE OUTPUT FIRST LAST   whether OUTPUT holds them, for trains FIRST to LAST
"""
import os
import sys

import h5py
import numpy as np

verb, kind, names, path = sys.argv[1:5]
folder = os.path.dirname(path)
OUT = "hidden.bin" if kind == "external-storage" else "hidden.hdf"
there = os.path.join(folder, OUT)
named = there if names == "absolute" else OUT
EXTRA = "/EXTRA/values"


def dataset(file):
    """The largest dataset of numbers with rows that INSTRUMENT or CONTROL has."""
    found = []

    def look(name, item):
        if isinstance(item, h5py.Dataset) and item.dtype.kind in "uif" and len(item) >= 4 and name.startswith(("INSTRUMENT", "CONTROL")):
            found.append((item.size, "/" + name))

    file.visititems(look)
    return max(found)[1]


if verb == "make":
    with h5py.File(path, "r+") as f:
        where = dataset(f)
        values = f[where][:]
        np.save(path + ".npy", values)
        with open(path + ".where", "w") as note:
            note.write(where)
        if kind == "external-storage":
            values.tofile(there)
        else:
            with h5py.File(there, "w") as other:
                other["x"] = values
        if kind == "unlisted":
            where = EXTRA
            f.create_group("EXTRA")
        else:
            del f[where]
        if kind == "external-storage":
            f.create_dataset(where, values.shape, values.dtype, external=[(named, 0, values.nbytes)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout(values.shape, values.dtype)
            half = len(values) // 2
            source = h5py.VirtualSource(named, "x", shape=values.shape)
            layout[:half] = source[:half]
            layout[half:] = source[half:]
            f.create_virtual_dataset(where, layout)
        else:
            f[where] = h5py.ExternalLink(named, "/x")
elif verb == "hide":
    os.rename(there, there + ".away")
else:
    output, first, last = sys.argv[5], int(sys.argv[6]), int(sys.argv[7])
    where = open(path + ".where").read()
    values = np.load(path + ".npy")
    with h5py.File(path) as f:
        trains = len(f["INDEX/trainId"])
    each = len(values) // trains
    expected = values[first * each : last * each]
    with h5py.File(output) as f:
        found = f[where][:]
        if kind == "unlisted":
            assert "EXTRA" not in f, "a link that leads nowhere was carried over"
    assert found.dtype == expected.dtype and np.array_equal(found, expected), (found.shape, expected.shape)
