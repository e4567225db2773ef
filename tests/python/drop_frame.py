"""A copy of a run in which one module lacks a frame.

usage: drop_frame.py RUN COPY MODULE:ROW
Prints train and pulse of the frame as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py
import numpy as np

run, copy = sys.argv[1:3]
module, row = (int(n) for n in sys.argv[3].split(":"))
shutil.copytree(run, copy)
(path,) = glob.glob(os.path.join(copy, f"*-*[A-Z]{module:02d}-S00000.h5"))
with h5py.File(path, "r+") as file:
    (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
    group = file[source]
    frame = {"train": int(group["trainId"][row].ravel()[0]), "pulse": int(group["pulseId"][row].ravel()[0])}
    for key in list(group):
        rest = np.delete(group[key][:], row, axis=0)
        del group[key]
        group.create_dataset(key, data=rest, chunks=(1,) + rest.shape[1:] if rest.ndim > 2 else None)
    index = file["INDEX/" + source.split("/", 1)[1]]
    count = index["count"][:]
    count[list(file["INDEX/trainId"][:]).index(frame["train"])] -= 1
    index["count"][:] = count
    index["first"][:] = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.uint64)
print(json.dumps([frame]))
