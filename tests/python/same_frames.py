"""Whether two runs hold the same frames of the same detector sources.

usage: same_frames.py RUN OTHER
"""
import json
import sys

import hdf5plugin  # noqa: F401
import numpy as np
from extra_data import RunDirectory


def frames(path):
    run, found = RunDirectory(path), {}
    for source in sorted(s for s in run.instrument_sources if "image.data" in run.keys_for_source(s)):
        keys = [run[source, f"image.{key}"] for key in ("trainId", "pulseId", "cellId", "data")]
        for train, pulse, cell, pixels in zip(*(key.ndarray() for key in keys)):
            found[source, int(train.item()), int(pulse.item()), int(cell.item())] = pixels
    return found


one, other = frames(sys.argv[1]), frames(sys.argv[2])
equal = set(one) == set(other) and all(np.array_equal(one[frame], other[frame]) for frame in one)
print(json.dumps({"frames": len(one), "equal": bool(equal)}))
