"""Pixels behind `threshold` (below 2) and `round` (4 bits): RUN OUTPUT. Prints JSON."""
import glob
import json
import os
import sys

import h5py
import numpy as np

run, output = sys.argv[1:]
small, bits, relative = 0, 0, 0.0
for name in sorted(glob.glob(os.path.join(output, "*AGIPD0*.h5"))):
    with h5py.File(name) as after, h5py.File(os.path.join(run, os.path.basename(name))) as before:
        images = []
        for file in (before, after):
            file["INSTRUMENT"].visititems(lambda n, o: images.append(o[:]) if n.endswith("image/data") else None)
        a, b = images
        low = a < 2
        small += int((b[low] != 0).sum())
        mantissa = b[~low].view("u4") & 0x7FFFFF
        smallest = min([int(m & (~m + 1)) for m in np.unique(mantissa) if m] or [0x800000])
        bits = max(bits, 1 + 23 - int(np.log2(smallest)))
        relative = max(relative, float(np.max(np.abs(a[~low] - b[~low]) / a[~low])))
print(json.dumps({"small": small, "significant-bits": bits, "relative": relative}))
