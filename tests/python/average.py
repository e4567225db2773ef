"""Statistics of each pixel of RUN by numpy, against those that OUTPUT has. Prints JSON: by name the largest difference, relative to
the largest value, and what does not agree at all."""
import json
import sys

import hdf5plugin  # noqa: F401
import numpy as np
from extra_data import RunDirectory

run, output = RunDirectory(sys.argv[1]), RunDirectory(sys.argv[2])
detector = "SPB_DET_AGIPD1M-1"
modules = sorted(s for s in run.instrument_sources if s.startswith(detector + "/") and "CH0" in s)
images = np.stack([run[s, "image.data"].ndarray().astype(np.float64) for s in modules], axis=1)
images[~np.isfinite(images)] = np.nan
mask = [run[s, "image.mask"].ndarray() for s in modules] if "image.mask" in run.keys_for_source(modules[0]) else None
if mask is not None:
    images[np.stack(mask, axis=1) != 0] = np.nan
cells = run[modules[0], "image.cellId"].ndarray().ravel()
trains = run[modules[0], "image.trainId"].ndarray().ravel()
found, wrong = {}, []


def statistics(frames):
    count = np.sum(~np.isnan(frames), axis=0)
    with np.errstate(all="ignore"):
        mean = np.nansum(frames, axis=0) / count
        variance = np.nansum((frames - mean) ** 2, axis=0) / count
        least = np.where(count > 0, np.nanmin(np.where(np.isnan(frames), np.inf, frames), axis=0), np.nan)
        most = np.where(count > 0, np.nanmax(np.where(np.isnan(frames), -np.inf, frames), axis=0), np.nan)
    return {"mean": mean, "count": count, "variance": np.where(count > 0, variance, np.nan), "min": least, "max": most}


def compare(name, ours, theirs):
    for key, values in theirs.items():
        mine = ours[key]
        if mine.shape != values.shape or not np.array_equal(np.isnan(mine.astype(float)), np.isnan(values.astype(float))):
            wrong.append(f"{name} {key}: {mine.shape} {values.shape}")
            continue
        scale = max(np.nanmax(np.abs(values)), 1e-300)
        found[f"{name} {key}"] = float(np.nanmax(np.abs(mine - values)) / scale)


value = lambda step, key: output.get_run_value(f"{detector}/REDU/{step}", key)  # noqa: E731
keys = ["mean", "count", "variance", "min", "max"]
compare("run", {k: value("AVERAGE", k) for k in keys}, statistics(images))
ids = value("CELLS", "cellId")
if list(ids) != sorted(set(cells)):
    wrong.append(f"cells {list(ids)}")
ours = {k: value("CELLS", k) for k in keys}
for at, cell in enumerate(ids):
    compare(f"cell {cell}", {k: v[at] for k, v in ours.items()}, statistics(images[cells == cell]))
rows = {k: output[f"{detector}/REDU/TRAINS:output", f"data.{k}"].ndarray() for k in keys}
for at, train in enumerate(sorted(set(trains))):
    compare(f"train {train}", {k: v[at] for k, v in rows.items()}, statistics(images[trains == train]))
bins = value("BINS", "bin")
edges = value("BINS", "edges")
for at, number in enumerate(bins):
    inside = (cells >= edges[number]) & (cells < edges[number + 1])
    compare(f"bin {number}", {"mean": value("BINS", "mean")[at]}, {"mean": statistics(images[inside])["mean"]})
print(json.dumps({"largest": max(found.values()), "compared": len(found), "wrong": wrong}))
