"""A mask that covers one module of RUN, [module, slow, fast], 1 = bad.

usage: mask_module.py RUN FILE.npy MODULE
Prints the number of bad pixels as JSON.
"""
import glob
import json
import os
import sys

import numpy as np

files = sorted(glob.glob(os.path.join(sys.argv[1], "*AGIPD??-S00000.h5")))
mask = np.zeros((len(files), 512, 128), "u1")
(position,) = [n for n, path in enumerate(files) if f"AGIPD{int(sys.argv[3]):02d}-" in path]
mask[position] = 1
np.save(sys.argv[2], mask)
print(json.dumps(int(mask.sum())))
