"""A copy of a run in which the bunch pattern table of some trains cannot be read: one chunk a train, some overwritten.

usage: damage_slow.py RUN COPY TRAIN...      positions of trains
Prints the ids of the trains as JSON.
"""
import glob
import json
import os
import shutil
import sys

import h5py

run, copy = sys.argv[1:3]
shutil.copytree(run, copy)
told, spoiled = [], []
for path in sorted(glob.glob(os.path.join(copy, "*.h5"))):
    with h5py.File(path, "r+") as file:
        found = []
        file.visititems(lambda n, o: found.append(n) if "bunchPatternTable" in n and isinstance(o, h5py.Dataset) else None)
        for name in [n for n in found if file[n].ndim == 2 and not n.startswith("RUN/")]:
            old, attributes = file[name][()], dict(file[name].attrs)
            del file[name]
            new = file.create_dataset(name, data=old, chunks=(1, old.shape[1]), compression="gzip")
            new.attrs.update(attributes)
            trains = file["INDEX/trainId"][:]
            for at in map(int, sys.argv[3:]):
                spoiled.append((path, name, at))
                told.append(int(trains[at]))
for path, name, at in spoiled:
    with h5py.File(path) as file:
        info = file[name].id.get_chunk_info_by_coord((at, 0))
    with open(path, "r+b") as raw:
        raw.seek(info.byte_offset)
        raw.write(b"\xff" * info.size)
print(json.dumps(told))
