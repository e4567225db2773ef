"""Hits by peaks and what became of their frames: OUTPUT. Prints JSON: by frame [train, pulse, peaks, hit, miss, fate]."""
import glob
import json
import os
import sys

import h5py

rows = []
for name in sorted(glob.glob(os.path.join(sys.argv[1], "*REDU00*.h5"))):
    with h5py.File(name) as file:
        detector = next(iter(file["INSTRUMENT"]))
        redu = file[f"INSTRUMENT/{detector}/REDU"]
        peaks, hits, fate = (redu[f"{step}:output/data"] for step in ("PEAKS", "HITS", "FATE"))
        columns = [peaks["nPeaks"], hits["hit"], hits["miss"], fate["fate"]]
        ids = zip(fate["trainId"][:], fate["pulseId"][:])
        rows += [[*map(int, frame), *map(int, values)] for frame, values in zip(ids, zip(*(c[:] for c in columns)))]
print(json.dumps(rows))
