"""Files whose chunk index (version 1 B-tree) is damaged in one key, and a dataset without a fill value.

usage: chunk_index.py FOLDER      prints for each file what h5py reads of `d`, as JSON
"""
import json
import os
import struct
import sys

import h5py
import numpy as np

folder = sys.argv[1]
ROWS, BYTES = 5, 16


def save(name, key=None, **fields):
    """`d` with rows as chunks; the key of that number in its index says something else. HDF5 file format specification 3.0,
    III.A.1: signature, type and level, then 24 bytes from the begin keys (bytes of the chunk, filter mask, offset in each dimension
    and in the element) and addresses by turns."""
    path = os.path.join(folder, f"{name}.h5")
    with h5py.File(path, "w", libver="earliest") as f:
        values = np.arange(1, ROWS * BYTES + 1, dtype="u1").reshape(ROWS, BYTES)
        f.create_dataset("d", data=values, chunks=(1, BYTES), maxshape=(None, BYTES))
    with open(path, "r+b") as f:
        data = bytearray(f.read())
        node = data.find(b"TREE\x01\x00" + struct.pack("<H", ROWS))
        assert node > 0
        if key is not None:
            place = node + 24 + key * 40
            assert struct.unpack_from("<Q", data, place + 8) == (key,), name
            struct.pack_into("<QQ", data, place + 8, fields["row"], fields["column"])
        f.seek(0)
        f.write(data)
    with h5py.File(path) as f:
        try:
            return f["d"][:, 0].tolist()
        except OSError as error:
            return str(error)


told = {
    "intact": save("intact"),
    "out-of-order": save("out-of-order", 1, row=4, column=0),
    "another-column": save("another-column", 2, row=2, column=BYTES),
    # the key behind the last chunk ends what is looked for, not what is walked through
    "ends-early": save("ends-early", ROWS, row=ROWS - 2, column=0),
}

path = os.path.join(folder, "no-fill.h5")
with h5py.File(path, "w", libver="earliest") as f:
    f.create_dataset("d", (3, 4), "u2", chunks=(1, 4))
with open(path, "r+b") as f:
    data = f.read()
    # IV.A.2.f, version 2: allocated as chunks come, written if set, defined, of size 0
    stated = b"\x02\x03\x02\x01\0\0\0\0"
    assert data.count(stated) == 1
    f.seek(0)
    f.write(data.replace(stated, stated[:3] + b"\0" + stated[4:]))
with h5py.File(path) as f:
    try:
        told["no-fill"] = f["d"][:, 0].tolist()
    except OSError as error:
        told["no-fill"] = str(error)
print(json.dumps(told))
