"""Every INSTRUMENT dataset of a run against the reduced run, value for value.

usage: same_pixels.py INPUT OUTPUT
Prints JSON: pixel datasets with whether they are equal and their filters; datasets that are missing.
"""
import glob
import json
import os
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

run, output = sys.argv[1:3]
compared, missing = [], []
for path in sorted(glob.glob(os.path.join(run, "*.h5"))):
    with h5py.File(path) as old, h5py.File(os.path.join(output, os.path.basename(path))) as new:
        names = []
        old["INSTRUMENT"].visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in names:
            was, now = old["INSTRUMENT"][name], new["INSTRUMENT"].get(name)
            if now is None:
                missing.append(name)
                continue
            equal = was.shape == now.shape and was.dtype == now.dtype and all(
                np.array_equal(was[i:i + 8], now[i:i + 8]) for i in range(0, len(was), 8))
            if was.ndim > 2:
                plist = now.id.get_create_plist()
                filters = [plist.get_filter(i)[0] for i in range(plist.get_nfilters())]
                compared.append({"name": name, "equal": bool(equal), "filters": filters})
            elif not equal:
                missing.append(name + " (other values)")
print(json.dumps({"compared": compared, "missing": missing}))
