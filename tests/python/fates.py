"""The fate of every frame of a reduced run, as JSON.

usage: fates.py OUTPUT
"""
import json
import sys

from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
(source,) = [s for s in run.instrument_sources if s.endswith("/REDU/FATE:output")]
codes = run.get_run_value(source.rsplit(":", 1)[0], "codes")
codes = [c.decode() if isinstance(c, bytes) else str(c) for c in codes]
if len(codes) == 1 and "\n" in codes[0]:
    codes = codes[0].split("\n")
columns = [run[source, f"data.{key}"].ndarray() for key in ("trainId", "pulseId", "cellId", "fate")]
print(json.dumps([{"train": int(t), "pulse": int(p), "cell": int(c), "fate": codes[f]} for t, p, c, f in zip(*columns)]))
