"""The columns of OUTPUT, as a reader gets them. Prints JSON: by name the values, null = none."""
import json
import sys

import numpy as np
from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
source = "SPB_DET_AGIPD1M-1/REDU/COLUMNS:output"
fates = run["SPB_DET_AGIPD1M-1/REDU/FATE:output", "data.fate"].ndarray()
names = sorted(key[5:] for key in run.keys_for_source(source) if key not in ("data.trainId", "data.pulseId", "data.cellId"))
columns = {name: run[source, "data." + name].ndarray() for name in names}
assert all(values.dtype == np.float64 and len(values) == len(fates) for values in columns.values())
units = {name: run[source, "data." + name].units for name in names}
print(json.dumps({
    "columns": {name: [None if np.isnan(v) else v for v in values] for name, values in columns.items()},
    "units": units,
    "fates": [int(f) for f in fates],
}))
