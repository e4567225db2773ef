"""What EXtra-data and h5py say of a run, as JSON.

usage: inspected.py RUN
"""
import collections
import glob
import json
import sys

import h5py
import numpy as np
from extra_data import H5File, RunDirectory


def dtype(of):
    if h5py.check_string_dtype(of) or of.kind in "SOU":
        return "text"
    return "bool" if of.kind == "b" else f"{of.kind}{of.itemsize * 8}"


run = RunDirectory(sys.argv[1])
ids = np.array(run.train_ids)
told = {
    "trains": len(ids),
    "first": int(ids[0]),
    "last": int(ids[-1]),
    "missing": int(ids[-1] - ids[0] + 1 - len(ids)),
    "instrument": sorted(run.instrument_sources),
    "control": sorted(run.control_sources),
    "detectors": {s: run.detector_info(s) for s in sorted(run.detector_sources)},
    "keys": {},
    "run": {},
}
for source in sorted(run.all_sources):
    keys = {}
    for key in sorted(run[source].keys()):
        data = run[source, key]
        counts = data.data_counts(labelled=False)
        keys[key] = {
            "dtype": dtype(np.dtype(data.dtype)),
            "shape": list(data.entry_shape),
            "rows": int(counts.sum()),
            "trains": int((counts > 0).sum()),
            "unit": data.units or None,
        }
    told["keys"][source] = keys
    if source in run.control_sources:
        # of a whole run EXtra-data takes any file, and a simulated one differs from file to file: the first by name
        first = min(file.filename for file in run[source].files)
        values = H5File(first).get_run_values(source)
        told["run"][source] = {
            key: value.item() if isinstance(value, np.generic) else value
            for key, value in values.items()
            if not isinstance(value, np.ndarray) and not key.endswith(".timestamp")
        }

# what only HDF5 itself knows: filters, chunks, bytes
stored = collections.defaultdict(lambda: {"filters": [], "chunk": None, "stored": 0, "raw": 0})
for path in sorted(glob.glob(f"{sys.argv[1]}/*.h5")):
    with h5py.File(path) as file:

        def look(name, item):
            if not isinstance(item, h5py.Dataset):
                return
            pipeline = item.id.get_create_plist()
            entry = stored[name]
            entry["filters"] = [pipeline.get_filter(n)[0] for n in range(pipeline.get_nfilters())]
            entry["chunk"] = list(item.chunks) if item.chunks else None
            entry["stored"] += item.id.get_storage_size()
            entry["raw"] += item.size * item.dtype.itemsize

        for section in ("INSTRUMENT", "CONTROL"):
            if section in file:
                file[section].visititems(look)
told["stored"] = stored
print(json.dumps(told, default=str))
