"""The detector's own mask of the first frame as an NPY file, [module, slow, fast], 1 = bad.

usage: mask_of.py RUN FILE.npy
Prints the number of bad pixels as JSON.
"""
import glob
import json
import os
import sys

import h5py
import numpy as np

modules = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*AGIPD??-S00000.h5"))):
    with h5py.File(path) as file:
        (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
        modules.append(file[source]["mask"][0] != 0)
mask = np.stack(modules).astype("u1")
np.save(sys.argv[2], mask)
print(json.dumps(int(mask.sum())))
