"""A simulated run through the eyes of EXtra-data, EXtra-geom and EXtra-redu.

usage: ecosystem.py RUN        prints one line of JSON
"""
import json
import subprocess
import sys

import hdf5plugin  # noqa: F401  (registers the filters)
import numpy as np
from extra_data import RunDirectory
from extra_data.components import AGIPD1M, DSSC1M, JUNGFRAU, LPD1M
from extra_geom import AGIPD_1MGeometry, DSSC_1MGeometry, JUNGFRAUGeometry, LPD_1MGeometry

folder = sys.argv[1]
truth = json.load(open(folder + "/simulation.json"))
spec = truth["specification"]
run = RunDirectory(folder)
component, geometry, key = {
    "agipd": (AGIPD1M, AGIPD_1MGeometry, "image.data"),
    "lpd": (LPD1M, LPD_1MGeometry, "image.data"),
    "dssc": (DSSC1M, DSSC_1MGeometry, "image.data"),
    "jungfrau": (JUNGFRAU, JUNGFRAUGeometry, "data.adc"),
}[spec["detector"]]
detector = component(run, raw=not spec["corrected"], min_modules=1)
array = detector.get_array(key)
positions = geometry.from_crystfel_geom(folder + "/simulated.geom").get_pixel_positions()
check = subprocess.run([sys.executable, "-m", "extra_data.validation", folder], capture_output=True, text=True)

result = {
    "trains": [int(t) for t in run.train_ids],
    "shape": list(array.shape),
    "dtype": str(array.dtype),
    "total": float(np.nansum(array.values[..., 0, :, :] if array.ndim == 6 else array.values, dtype=np.float64)),
    "missing": int(np.isnan(array.values).all(axis=(-2, -1)).sum()) if array.dtype.kind == "f" else 0,
    "pixels": list(positions.shape[:3]),
    "validator": check.returncode,
    "energy unit": run[truth["timing"]["xgm-source"], "data.intensityTD"].units,
}
if spec["detector"] == "agipd":
    from extra_redu.litfrm import make_litframe_finder

    found = make_litframe_finder(spec["kind"] == "xpcs" and "MID" or "SPB", run).process()
    n = spec["pulses"]
    result["lit"] = [[int(c) for c in np.flatnonzero(row[:n])] for row in found.output.nPulsePerFrame]
    result["data frames"] = [int(k) for k in found.nDataFrame.value]
    result["energy"] = [[float(e) for e in row[:n]] for row in found.output.energyPerFrame]
    result["pulse ids"] = [int(p) for p in found.output.detectorPulseId[0, :n]]
print(json.dumps(result))
