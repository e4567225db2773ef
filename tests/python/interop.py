"""Opens a reduced run with everything a user has, and holds its frames against the input.

usage: interop.py INPUT OUTPUT
Prints JSON: problems that the validator finds in the output alone, differences, datasets read.
"""
import glob
import json
import os
import subprocess
import sys

import h5py
import hdf5plugin  # noqa: F401  its filters are registered by the import
import numpy as np
from extra_data import RunDirectory
from extra_data.components import AGIPD1M, DSSC1M, JUNGFRAU, LPD1M
from extra_data.validation import RunValidator

source_run, reduced = sys.argv[1:3]
differences, new_problems, datasets = [], [], 0


def validator(folder):
    """What EXtra-data's validator says, without the place of the folder."""
    tool = os.path.join(os.path.dirname(sys.executable), "extra-data-validate")
    clean = subprocess.run([tool, folder], capture_output=True).returncode == 0
    checker = RunValidator(folder)
    checker.run_checks()
    told = {json.dumps({k: str(v).replace(folder, "RUN") for k, v in p.items() if k not in ("file", "filename", "directory")}, sort_keys=True)
            for p in checker.problems}
    assert clean == (not told), "the tool and its library disagree"
    return told


before, after = validator(source_run), validator(reduced)
new_problems = sorted(after - before)

# every dataset of every file
for path in sorted(glob.glob(os.path.join(reduced, "*.h5"))):
    with h5py.File(path) as file:
        def read(name, item):
            global datasets
            if isinstance(item, h5py.Dataset):
                item[()]
                datasets += 1
        file.visititems(read)

old, new = RunDirectory(source_run), RunDirectory(reduced)
if not set(new.all_sources) >= {s for s in old.control_sources}:
    differences.append("control sources are missing")
for source in new.all_sources:
    for key in new.keys_for_source(source):
        new[source, key].ndarray()
        if source not in old.all_sources and "/REDU" not in source:
            differences.append(f"{source} came from nowhere")
for source in new.control_sources:
    for key in new.run_metadata() and new.get_run_values(source):
        new.get_run_value(source, key)

# slow data as they were
for source in old.control_sources:
    for key in old.keys_for_source(source):
        if not np.array_equal(old[source, key].ndarray(), new[source, key].ndarray()):
            differences.append(f"{source} {key} changed")

# kept frames pixel for pixel, in every key of the group
for source in new.instrument_sources:
    group = "image." if "image.data" in new.keys_for_source(source) else None
    if group is None and "data.adc" in new.keys_for_source(source):
        group = "data."
    if group is None or source not in old.instrument_sources:
        continue
    if group == "image.":
        ident = lambda run: [(int(t), int(p)) for t, p in zip(run[source, "image.trainId"].ndarray().ravel(),  # noqa: E731
                                                              run[source, "image.pulseId"].ndarray().ravel())]
    else:
        ident = lambda run: [(int(t), 0) for t in run[source, "data.trainId"].ndarray().ravel()]  # noqa: E731
    ids = {}
    for at, frame in enumerate(ident(old)):
        # raw LPD and DSSC list a frame once; in parallel gain the repeats follow
        ids.setdefault(frame, []).append(at)
    rows, seen = [], {}
    for frame in ident(new):
        rows.append(ids[frame][seen.get(frame, 0)])
        seen[frame] = seen.get(frame, 0) + 1
    if rows != sorted(rows):
        differences.append(f"{source}: frames out of order")
    for key in old.keys_for_source(source):
        if key.startswith(group):
            was, now = old[source, key].ndarray(), new[source, key].ndarray()
            if was.dtype != now.dtype or not np.array_equal(was[rows], now, equal_nan=was.dtype.kind == "f"):
                differences.append(f"{source} {key} changed")

# as a detector
for component in (AGIPD1M, LPD1M, DSSC1M, JUNGFRAU):
    try:
        detector = component(new, min_modules=1)
        whole = component(old, min_modules=1)
    except Exception:
        continue
    key = "data.adc" if component is JUNGFRAU else "image.data"
    how = {} if component is JUNGFRAU else {"unstack_pulses": False}
    got, had = detector.get_array(key, **how), whole.get_array(key, **how)
    if component is JUNGFRAU:
        had = had.sel(train=got.coords["train"])
    else:
        had = had.sel(train_pulse=got.indexes["train_pulse"])
    if not np.array_equal(np.asarray(got), np.asarray(had), equal_nan=np.asarray(had).dtype.kind == "f"):
        differences.append(f"{component.__name__}.get_array differs")
    break
else:
    if any("image.data" in new.keys_for_source(s) for s in new.instrument_sources):
        differences.append("no detector component opens the frames")

# results: rows of each train as the index says, run values readable
for source in new.all_sources:
    if "/REDU" in source and source in new.instrument_sources and "data.trainId" in new.keys_for_source(source):
        trains = new[source, "data.trainId"].ndarray()
        counted = new[source, "data.trainId"].train_id_coordinates()
        if not np.array_equal(trains, counted):
            differences.append(f"{source}: trainId disagrees with the index")
    if "/REDU" in source and source in new.control_sources:
        if not new.get_run_values(source) and not source.endswith("FRAMES"):
            differences.append(f"{source}: no run values")
        new[source, "nFrames.value"].ndarray()

print(json.dumps({"new-problems": new_problems, "differences": differences, "datasets": datasets,
                  "validator": sorted(after)}))
