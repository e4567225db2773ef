"""EXtra-redu's lit-pixel counting of f32 frames (16, 512, 128) of a raw file: FILE. Prints frames/s, best pass."""
import sys
import time
from types import SimpleNamespace

import numpy as np
from extra_redu.spi import LitPixelCounter

frames = np.fromfile(sys.argv[1], "<f4").reshape(-1, 16, 512, 128)
bad = np.isnan(frames).astype(np.uint32)
count = len(frames)


class Array:
    def __init__(self, values):
        self.values = values

    def ndarray(self, fill_value=None):
        return self.values


class Frames:
    """What the counter asks of a run: one train of frames, sixteen modules."""

    num_events, num_sources = count, 16
    trainId, pulseId = np.full(count, 1), np.arange(count)
    train_ids, count, first = [1], np.array([count]), np.array([0])
    mask = np.ones((count[0], 16), bool)
    sources = [SimpleNamespace(source=f"A/DET/{m}CH0:xtdf") for m in range(16)]

    def __getitem__(self, key):
        return Array({"data": frames, "mask": bad}[key])


source = Frames()
counter = LitPixelCounter(source, threshold=0.7)
counter(source)
best = float("inf")
for _ in range(3):
    start = time.perf_counter()
    counter.process(source)
    best = min(best, time.perf_counter() - start)
print("rate", len(frames) / best)
