"""A copy of a run whose pixels, mask and gain, and the small key `status`, lie in chunks of several rows, some of them damaged.

usage: rechunk.py RUN COPY ROWS MODULE:KEY:ROW...      the chunk of `image/KEY` that holds row ROW of module MODULE is overwritten
Prints train and pulse of all rows in damaged chunks as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py

run, copy, rows = sys.argv[1:4]
shutil.copytree(run, copy)


def image(file):
    (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
    return file[source]


for path in glob.glob(os.path.join(copy, "*AGIPD[0-9][0-9]-S*.h5")):
    with h5py.File(path, "r+") as file:
        group = image(file)
        for key in ("data", "mask", "gain", "status"):
            if key not in group:
                continue
            old, attributes = group[key][()], dict(group[key].attrs)
            del group[key]
            chunk = (int(rows), *old.shape[1:])
            new = group.create_dataset(key, data=old, chunks=chunk, compression="gzip", compression_opts=1)
            new.attrs.update(attributes)
told, damaged = [], []
for wanted in sys.argv[4:]:
    module, key, row = wanted.split(":")
    (path,) = glob.glob(os.path.join(copy, f"*-*[A-Z]{int(module):02d}-S00000.h5"))
    with h5py.File(path) as file:
        group = image(file)
        first = int(row) // int(rows) * int(rows)
        info = group[key].id.get_chunk_info_by_coord((first,) + (0,) * (group[key].ndim - 1))
        for at in range(first, min(first + int(rows), len(group[key]))):
            told.append({"train": int(group["trainId"][at].ravel()[0]), "pulse": int(group["pulseId"][at].ravel()[0])})
    with open(path, "r+b") as raw:
        raw.seek(info.byte_offset)
        raw.write(b"\xff" * info.size)
print(json.dumps(told))
