"""What a reduced run says of each frame in different places, as JSON: rows by frame, nFrames, fates, columns of norms.

usage: agreement.py OUTPUT
"""
import glob
import json
import os
import sys

import h5py
import numpy as np

output = sys.argv[1]
rows, counts, fates, norm = {}, {}, [], {}
for path in sorted(glob.glob(os.path.join(output, "*-REDU00-*.h5"))):
    with h5py.File(path) as file:
        groups = []
        file["INSTRUMENT"].visititems(lambda n, o: groups.append((n, o)) if n.endswith(":output/data") else None)
        for name, group in groups:
            step = name.split("/REDU/")[1].split(":")[0]
            if "pulseId" not in group:
                continue
            ids = [[int(t), int(p)] for t, p in zip(group["trainId"][:], group["pulseId"][:])]
            if step == "FATE":
                fates += [[*i, int(f)] for i, f in zip(ids, group["fate"][:])]
            else:
                rows.setdefault(step, []).extend(ids)
                if "norm" in group:
                    norm[step] = norm.get(step, 0.0) + float(np.sum(group["norm"][:], dtype="f8"))
(path,) = glob.glob(os.path.join(output, "*-REDU01-S00000.h5"))
with h5py.File(path) as file:
    names = []
    file["CONTROL"].visititems(lambda n, o: names.append(n) if n.endswith("nFrames/value") else None)
    for name in names:
        counts[name.split("/REDU/")[1].split("/")[0]] = int(file["CONTROL"][name][:].sum())
    found = []
    file["RUN"].visititems(lambda n, o: found.append(n) if n.endswith("/norm/value") else None)
    for name in found:
        norm["run " + name.split("/REDU/")[1].split("/")[0]] = float(file["RUN"][name][:].sum())
print(json.dumps({"rows": rows, "counts": counts, "fates": fates, "norm": norm}))
