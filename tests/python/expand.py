"""Long trains from a short run: every row of pixels is the first one again.

usage: expand.py RUN COPY TRAINS CELLS [--blank]
The detector's files alone; with --blank the pixels are all zero, so that their chunks are tiny.
"""
import glob
import json
import os
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

run, copy = sys.argv[1:3]
trains, cells = int(sys.argv[3]), int(sys.argv[4])
blank = "--blank" in sys.argv
os.makedirs(copy)
rows = trains * cells
for path in sorted(glob.glob(os.path.join(run, "*AGIPD[0-9][0-9]-S00000.h5"))):
    with h5py.File(path) as old, h5py.File(os.path.join(copy, os.path.basename(path)), "w", libver=("earliest", "v110")) as new:
        old.copy("METADATA", new)
        new.create_group("RUN")
        ids = old["INDEX/trainId"][0] + np.arange(trains, dtype=np.uint64)
        new["INDEX/trainId"] = ids
        new["INDEX/timestamp"] = old["INDEX/timestamp"][0] + np.arange(trains, dtype=np.uint64) * np.uint64(100_000_000)
        new["INDEX/flag"] = np.ones(trains, np.int32)
        new["INDEX/origin"] = np.full(trains, -1, np.int32)
        for entry in old["METADATA/dataSources/dataSourceId"].asstr()[:]:
            if not entry.startswith("INSTRUMENT/"):
                continue
            many = entry.endswith("/image")
            count = np.full(trains, cells if many else 1, np.uint64)
            index = "INDEX/" + entry.split("/", 1)[1]
            new[index + "/count"] = count
            new[index + "/first"] = np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.uint64)
            for key, was in old[entry].items():
                if key == "trainId":
                    values = np.repeat(ids, cells if many else 1)
                elif many and key in ("cellId", "pulseId"):
                    values = np.tile(np.arange(cells), trains)
                elif was.ndim > 2:
                    plist = was.id.get_create_plist()
                    plist.set_chunk((1,) + was.shape[1:])
                    space = h5py.h5s.create_simple((rows,) + was.shape[1:], (h5py.h5s.UNLIMITED,) + was.shape[1:])
                    now = h5py.h5d.create(new.require_group(entry).id, key.encode(), was.id.get_type(), space, plist)
                    start = (0,) * (was.ndim - 1)
                    h5py.Dataset(now)[0] = 0 if blank else was[0]
                    new.flush()
                    chunk = now.read_direct_chunk((0,) + start)
                    for row in range(rows):
                        now.write_direct_chunk((row,) + start, chunk[1], chunk[0])
                    continue
                else:
                    values = np.repeat(was[:1], rows if many else trains, axis=0)
                values = np.asarray(values, was.dtype).reshape((-1,) + was.shape[1:])
                new.create_dataset(f"{entry}/{key}", data=values)
print(json.dumps({"rows": rows}))
