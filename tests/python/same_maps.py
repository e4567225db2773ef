"""Whether the maps in the results of two runs hold the same numbers.

usage: same_maps.py OUTPUT OTHER
Prints the number of maps, and the names of those that differ, as JSON.
"""
import glob
import json
import os
import sys

import h5py
import numpy as np


def maps(folder):
    found = {}
    for path in glob.glob(os.path.join(folder, "*-REDU01-*.h5")):
        with h5py.File(path) as file:
            file.visititems(lambda name, item: found.update({name: item[()]})
                            if isinstance(item, h5py.Dataset) and item.ndim >= 3 else None)
    return found


one, other = (maps(folder) for folder in sys.argv[1:3])
differ = [name for name in sorted(one.keys() | other.keys())
          if name not in one or name not in other or not np.array_equal(one[name], other[name], equal_nan=True)]
print(json.dumps({"maps": len(one), "differ": differ}))
