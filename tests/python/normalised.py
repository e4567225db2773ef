"""Profiles divided by a column against the plain ones of the same OUTPUT. Prints JSON."""
import json
import sys

import numpy as np
from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
base = "SPB_DET_AGIPD1M-1/REDU"


def profiles(step):
    return {key: run[f"{base}/{step}:output", f"data.{key}"].ndarray() for key in ("intensity", "sigma", "norm")}


plain, normed, direct = profiles("AZINT"), profiles("NORMED"), profiles("DIRECT_AZINT")
energy = run[f"{base}/COLUMNS:output", "data.gmd"].ndarray()
has = energy > 0
by = energy[has][:, None]


def close(a, b):
    return bool(np.allclose(a, b, rtol=3e-6, atol=0))


run_value = {key: run.get_run_value(f"{base}/MEAN", key) for key in ("intensity", "norm")}
signal = (plain["intensity"].astype("f8") * plain["norm"])[has].sum(axis=0)
norm = (plain["norm"].astype("f8") * energy[:, None])[has].sum(axis=0)
print(json.dumps({
    "frames": len(energy),
    "with": int(has.sum()),
    "intensity": close(normed["intensity"][has] * by, plain["intensity"][has]),
    "sigma": close(normed["sigma"][has] * by, plain["sigma"][has]),
    "norm": close(normed["norm"][has], plain["norm"][has] * by),
    "without": bool(np.isnan(normed["intensity"][~has]).all() and np.isnan(normed["sigma"][~has]).all() and (normed["norm"][~has] == 0).all()),
    "direct": all(np.array_equal(direct[key], normed[key], equal_nan=True) for key in normed),
    "mean": bool(np.allclose(run_value["intensity"][norm > 0], (signal / np.where(norm > 0, norm, 1))[norm > 0], rtol=1e-5)),
    "weight": bool(np.allclose(run_value["norm"], norm, rtol=1e-5)),
}))
