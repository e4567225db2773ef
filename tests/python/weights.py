"""The weights of frames in OUTPUT against the chunks of RUN, for modules 0 and 10. Prints JSON."""
import glob
import json
import os
import sys

import h5py
import numpy as np
from extra_data import RunDirectory

run, output = sys.argv[1], RunDirectory(sys.argv[2])
base = "SPB_DET_AGIPD1M-1"
weights, total = {}, {}
for module in (0, 10):
    for path in sorted(glob.glob(os.path.join(run, f"*AGIPD{module:02d}-*.h5"))):
        with h5py.File(path) as file:
            (name,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s.endswith("/image")]
            group = file[name]
            ids = zip(group["trainId"][:].ravel(), group["pulseId"][:].ravel())
            for row, (train, pulse) in enumerate(ids):
                chunk = group["data"].id.get_chunk_info_by_coord((row,) + (0,) * (group["data"].ndim - 1))
                weights[int(train), int(pulse), module] = chunk.size
source = f"{base}/REDU/WEIGHT:output"
key = lambda name: output[source, f"data.{name}"].ndarray()
ids = list(zip(key("trainId").astype(int), key("pulseId").astype(int)))
should = np.array([[weights.get((t, p, m), np.nan) for m in (0, 10)] for t, p in ids])
columns = {(t, p): v for t, p, v in zip(*(output[f"{base}/REDU/COLUMNS:output", f"data.{k}"].ndarray() for k in ("trainId", "pulseId", "stored.bytes")))}
sums = np.array([columns[i] for i in ids])
print(json.dumps({
    "frames": len(ids),
    "missing": int(np.isnan(should).sum()),
    "equal": bool(np.array_equal(key("storedBytes"), should, equal_nan=True) and np.array_equal(sums, np.nansum(should, axis=1))),
}))
