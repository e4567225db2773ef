"""LITFRM and kept frames of a reduced run against a reference scenario.

usage: lit_compare.py OUTPUT REFERENCE NUMBER
Prints JSON: differences by train.
"""
import json
import sys

import numpy as np
from extra_data import RunDirectory

output, reference, number = sys.argv[1:4]
scenario = json.load(open(reference))["scenarios"][int(number)]
run = RunDirectory(output)
(source,) = [s for s in run.instrument_sources if s.endswith("/REDU/LITFRM:output")]
(frames,) = [s for s in run.instrument_sources if "image.cellId" in run.keys_for_source(s)]
get = lambda key: run[source, f"data.{key}"].ndarray()  # noqa: E731
trains = list(get("trainId"))
cells, ids = run[frames, "image.cellId"].ndarray().ravel(), run[frames, "image.trainId"].ndarray().ravel()
differences = []
for expected in scenario["trains"]:
    train = expected["trainId"]
    row, n = trains.index(train), expected["nFrame"]

    def same(key, found, wanted, tolerance=0.0):
        found, wanted = np.asarray(found, float), np.asarray(wanted, float)
        if found.shape != wanted.shape or (found.size and np.max(np.abs(found - wanted)) > tolerance):
            differences.append(f"{train} {key}: {found.tolist()} not {wanted.tolist()}")

    for key in ("nPulse", "nFrame", "nLitFrame", "nDataFrame"):
        same(key, get(key)[row], expected[key])
    same("litFrames", get("litFrames")[row][:expected["nLitFrame"]], expected["litFrames"])
    same("dataFramePattern", np.flatnonzero(get("dataFramePattern")[row]), expected["dataFramePattern"])
    same("nPulsePerFrame", get("nPulsePerFrame")[row][:n], expected["nPulsePerFrame"])
    same("energyPerFrame", get("energyPerFrame")[row][:n], expected["energyPerFrame"], 1e-3)
    same("energySigma", get("energySigma")[row][:n], expected["energySigma"], 1e-3)
    exposed = len(expected["masterPulseId"])
    for key in ("masterPulseId", "xgmPulseId"):
        same(key, get(key)[row][:exposed], expected[key])
    same("detectorPulseId", get("detectorPulseId")[row][:4], expected["detectorPulseId_head"])
    same("kept cells", cells[ids == train], expected["dataFramePattern"])
print(json.dumps({"differences": differences, "trains": len(scenario["trains"])}))
