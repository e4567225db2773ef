"""Radius of rings of a powder in the mean profile of a reduced run, mm, as JSON.

usage: rings.py OUTPUT EXPECTED...
Each is the intensity-weighted centre, 1 mm to either side of the highest bin within 2.5 mm of where it is expected. A
ring shows as a maximum inside that window, not at its edge.
"""
import json
import sys

import numpy as np
from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
(source,) = [s for s in run.control_sources if s.endswith("/REDU/AZINT")]
radius, intensity = (np.asarray(run.get_run_value(source, key)) for key in ("radial", "intensity"))
assert len(radius) == 800 and abs(radius[1] - radius[0] - 0.2) < 1e-5, radius[:3]
smooth = np.convolve(intensity, np.ones(3) / 3, "same")
found = []
for expected in map(float, sys.argv[2:]):
    window = np.flatnonzero(np.abs(radius - expected) <= 2.5)
    top = window[np.argmax(smooth[window])]
    assert top not in (window[0], window[-1]), f"no ring within 2.5 mm of {expected}"
    near = slice(top - 5, top + 6)
    weight = np.clip(smooth[near] - smooth[near].min(), 0, None)
    found.append(float(np.sum(radius[near] * weight) / np.sum(weight)))
print(json.dumps(found))
