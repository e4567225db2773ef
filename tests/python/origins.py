"""Flag and origin of each train, by file of a run; the origin as the source it stands for.

usage: origins.py RUN
"""
import glob
import json
import os
import sys

import h5py

told = {}
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.h5"))):
    with h5py.File(path) as file:
        sources = [s.decode() for s in file["METADATA/dataSources/dataSourceId"][:]]
        rows = zip(*(file[f"INDEX/{key}"][:].tolist() for key in ("trainId", "flag", "origin")))
        told[os.path.basename(path)] = {t: [flag, sources[origin] if origin >= 0 else None] for t, flag, origin in rows}
print(json.dumps(told))
