"""Groups of bright pixels by scipy, on random frames.

usage: connected_peaks_scipy.py OUT      writes OUT/frames (f32) and OUT/peaks.json
"""
import json
import os
import sys

import numpy as np
from scipy import ndimage

out = sys.argv[1]
rng = np.random.default_rng(4)
cases, images = [], []
for number in range(60):
    slow, fast = int(rng.integers(1, 200)), int(rng.integers(1, 300))
    # from single pixels to a maze
    image = rng.exponential(rng.choice([0.15, 0.4, 1.0, 3.0]), (slow, fast)).astype(np.float32)
    image[rng.random(image.shape) < 0.03] = np.nan
    least, most = [(1, 10**9), (2, 1000), (2, 5), (3, 50)][number % 4]
    with np.errstate(invalid="ignore"):
        labels, count = ndimage.label(image > 1.0, np.ones((3, 3), int))
    peaks, pixels = [], []
    for label, box in enumerate(ndimage.find_objects(labels), 1):
        y, x = np.nonzero(labels[box] == label)
        v = image[box][y, x].astype(float)
        if least <= len(v) <= most:
            y, x = y + box[0].start, x + box[1].start
            peaks.append([float((v * x).sum() / v.sum()), float((v * y).sum() / v.sum()), float(v.sum()), float(v.max())])
            pixels.append(len(v))
    cases.append(dict(slow=slow, fast=fast, least=least, most=most, peaks=peaks, pixels=pixels))
    images.append(image.ravel())
np.concatenate(images).astype("<f4").tofile(os.path.join(out, "frames"))
with open(os.path.join(out, "peaks.json"), "w") as f:
    json.dump(cases, f)
