"""Pixels of a lossy run, as h5py and hdf5plugin read them, against the input's: RUN OUTPUT BOUND. Prints JSON."""
import glob
import json
import os
import sys

import yaml

os.environ.pop("HDF5_PLUGIN_PATH", None)
import h5py
import hdf5plugin  # noqa: F401
import numpy as np

run, output, text = sys.argv[1:]
asked = yaml.safe_load("{" + text + "}")
replaced = asked.get("non-finite")
pixels, beyond, largest, stated = 0, 0, 0.0, 0.0


def image(file):
    found = []
    if "INSTRUMENT" not in file:
        return None
    file["INSTRUMENT"].visititems(lambda n, o: found.append(o) if n.endswith(("image/data", "data/adc")) else None)
    return found[0] if found else None


for name in sorted(glob.glob(os.path.join(output, "*.h5"))):
    if "REDU" in name or not os.path.exists(os.path.join(run, os.path.basename(name))):
        continue
    with h5py.File(name) as after, h5py.File(os.path.join(run, os.path.basename(name))) as before:
        new, old = image(after), image(before)
        if new is None:
            continue
        stated = max(stated, float(new.attrs.get("lossyMaxError", 0)))
        for frame in range(len(old)):
            a, b = old[frame].astype("f8"), new[frame].astype("f8")
            bad = ~np.isfinite(a)
            if replaced:
                a[bad] = replaced["replace-with"]
            else:
                beyond += int((bad & ~(np.isnan(a) & np.isnan(b)) & (a != b)).sum())
                a, b = np.where(bad, 0, a), np.where(bad, 0, b)
            error = np.abs(a - b)
            if "absolute" in asked:
                beyond += int((error > asked["absolute"]).sum())
            elif "relative" in asked:
                beyond += int((error > asked["relative"] * (a.max() - a.min())).sum())
            else:
                noise = np.mean(error**2)
                beyond += int(noise > 0 and 10 * np.log10((a.max() - a.min()) ** 2 / noise) < asked["psnr"])
            largest = max(largest, float(error.max()))
            pixels += error.size
print(json.dumps({"pixels": pixels, "beyond": beyond, "max-error": largest, "stated": stated}))
