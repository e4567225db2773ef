"""g2 of the frames in a file, as JSON: by scikit-beam (ring means) and by the formula in numpy (per pixel).

usage: multi_tau_oracle.py FRAMES.f32 TIMES BUFFERS LEVELS RING_SIZE...
"""
import json
import sys

import numpy as np
from skbeam.core.correlation import multi_tau_auto_corr

path, (times, buffers, levels, *rings) = sys.argv[1], map(int, sys.argv[2:])
frames = np.fromfile(path, "<f4").astype(float).reshape(times, -1)
# scikit-beam wants images: one row of pixels, the ring's number on each.
labels = np.repeat(np.arange(1, len(rings) + 1), rings)[None, :]
with np.errstate(all="ignore"):
    roi, lags = multi_tau_auto_corr(levels, buffers, labels, frames[:, None, :])

pixel = []
series = frames
for level in range(levels):
    for distance in range(buffers // 2 if level else 0, buffers):
        past, future = series[: len(series) - distance], series[distance:]
        if len(series) <= distance:
            continue
        ratio = (past * future).mean(axis=0) / (past.mean(axis=0) * future.mean(axis=0))
        pixel.append([part.mean() for part in np.split(ratio, np.cumsum(rings)[:-1])])
    whole = len(series) // 2 * 2
    series = series[:whole].reshape(whole // 2, 2, -1).mean(axis=1)

json.dump({"lags": lags.tolist(), "roi": roi.tolist(), "pixel": pixel}, sys.stdout)
