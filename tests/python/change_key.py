"""A copy of a run in which one file has a key of a module in another form.

usage: change_key.py RUN COPY MODULE:SEQUENCE GROUP/KEY scalar|empty|TYPE      scalar: one number without rows; empty: rows of shape [0]
Prints the shape it had, as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py
import numpy as np

run, copy, place, key, form = sys.argv[1:]
module, sequence = (int(n) for n in place.split(":"))
shutil.copytree(run, copy)
(path,) = glob.glob(os.path.join(copy, f"*-*[A-Z]{module:02d}-S{sequence:05d}.h5"))
with h5py.File(path, "r+") as file:
    (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
    name = source.rsplit("/", 1)[0] + "/" + key
    old = file[name][()]
    del file[name]
    file[name] = {"scalar": lambda: old.dtype.type(1), "empty": lambda: np.zeros((len(old), 0), old.dtype)}.get(form, lambda: old.astype(form))()
print(json.dumps(list(old.shape)))
