"""scikit-beam's multi-tau g2 of f32 frames of a raw file: FILE. Prints Mpx/s, best pass."""
import sys
import time

import numpy as np
from skbeam.core.correlation import multi_tau_auto_corr

frames = np.fromfile(sys.argv[1], "<f4").reshape(-1, 256, 256)
labels = np.repeat([1, 2, 3], [8192, 16384, 40960]).reshape(256, 256)
best = float("inf")
for _ in range(2):
    start = time.perf_counter()
    multi_tau_auto_corr(7, 8, labels, frames)
    best = min(best, time.perf_counter() - start)
print("rate", frames.size / 1e6 / best)
