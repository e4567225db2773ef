"""Scores and thresholds of a run against EXtra-redu's: RUN OUTPUT PARAMETERS (of find-hits). Prints JSON."""
import glob
import json
import os
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np
import yaml
from extra_data import RunDirectory
from extra_redu.fileutils import StackedPulseSource
from extra_redu.spi import LitPixelCounter, SpiHitfinder

run_folder, output, text = sys.argv[1:]
asked = yaml.safe_load("{" + text + "}")
names = {"snr": "snr", "lower-quartile": "lqr", "min-scores": "min_scores"}
run = RunDirectory(run_folder)
source = StackedPulseSource.from_datacollection(run, r"SPB_DET_AGIPD1M-1/CORR/(?P<key>\d+)CH0:output", "image")
lit = LitPixelCounter(source, threshold=0.7)
for part in source.split_trains(trains_per_part=1):
    lit(part)
finder = SpiHitfinder(modules=[0, 1, 2, 3], xgm_norm=False, **{names[k]: v for k, v in asked.items()})
finder.find_hits(lit)

columns = {"score": [], "hit": [], "threshold": []}
for name in sorted(glob.glob(os.path.join(output, "*REDU00*.h5"))):
    with h5py.File(name) as file:
        data = file["INSTRUMENT/SPB_DET_AGIPD1M-1/REDU/HITS:output/data"]
        for key, values in columns.items():
            values.append(data[key][:])
ours = {key: np.concatenate(values) for key, values in columns.items()}
threshold = np.repeat(finder.threshold, finder.count)
print(json.dumps({
    "frames": len(ours["score"]),
    "scores": bool(np.array_equal(ours["score"], finder.hitscore)),
    "hits": bool(np.array_equal(ours["hit"] != 0, finder.hit_mask)),
    "threshold": float(np.max(np.abs(ours["threshold"] / threshold - 1))),
}))
