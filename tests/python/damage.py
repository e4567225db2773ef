"""A copy of a run with damaged chunks.

usage: damage.py RUN COPY MODULE:ROW...      the chunk of `image/data` that holds row ROW of module MODULE is overwritten
Prints the train and pulse of each damaged row as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py

run, copy = sys.argv[1:3]
shutil.copytree(run, copy)
told = []
for wanted in sys.argv[3:]:
    module, row = (int(n) for n in wanted.split(":"))
    (path,) = glob.glob(os.path.join(copy, f"*-*[A-Z]{module:02d}-S00000.h5"))
    with h5py.File(path) as file:
        (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
        group = file[source]
        offset = (row // group["data"].chunks[0] * group["data"].chunks[0],) + (0,) * (group["data"].ndim - 1)
        info = group["data"].id.get_chunk_info_by_coord(offset)
        told.append({"file": os.path.basename(path), "source": source.split("/", 1)[1].rsplit("/", 1)[0],
                     "train": int(group["trainId"][row].ravel()[0]), "pulse": int(group["pulseId"][row].ravel()[0])})
    with open(path, "r+b") as raw:
        raw.seek(info.byte_offset)
        raw.write(b"\xff" * info.size)
print(json.dumps(told))
