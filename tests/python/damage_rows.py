"""A copy of a run in which single rows cannot be read: the dataset is stored one chunk a row, and chunks are overwritten.

usage: damage_rows.py RUN COPY MODULE:GROUP/KEY:ROW...      of the first file of the module; KEY `index`: the index of the group
leads beyond its rows for the train at position ROW
Prints file, source and train of each as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

run, copy = sys.argv[1:3]
shutil.copytree(run, copy)
told, spoiled = [], []
for wanted in sys.argv[3:]:
    module, key, row = wanted.split(":")
    group, key, row = *key.split("/"), int(row)
    path = sorted(glob.glob(os.path.join(copy, f"*-*[A-Z]{int(module):02d}-S*.h5")))[0]
    with h5py.File(path, "r+") as file:
        (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
        source = source.split("/", 1)[1].rsplit("/", 1)[0]
        index = file[f"INDEX/{source}/{group}"]
        if key == "index":
            index["first"][row] = 10**6
            position = row
        else:
            first, count = index["first"][:], index["count"][:]
            (position,) = np.flatnonzero((first <= row) & (row < first + count))
            name = f"INSTRUMENT/{source}/{group}/{key}"
            if file[name].chunks is None or file[name].chunks[0] != 1 or not file[name].compression:
                old, attributes = file[name][()], dict(file[name].attrs)
                del file[name]
                file.create_dataset(name, data=old, chunks=(1, *old.shape[1:]), compression="gzip").attrs.update(attributes)
            spoiled.append((path, name, row))
        told.append({"file": os.path.basename(path), "source": source, "train": int(file["INDEX/trainId"][position])})
for path, name, row in spoiled:
    with h5py.File(path) as file:
        info = file[name].id.get_chunk_info_by_coord((row,) + (0,) * (file[name].ndim - 1))
    with open(path, "r+b") as raw:
        raw.seek(info.byte_offset)
        raw.write(b"\xff" * info.size)
print(json.dumps(told))
