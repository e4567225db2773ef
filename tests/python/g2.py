"""Lags and g2 of a reduced run as JSON.

usage: g2.py OUTPUT
"""
import json
import sys

from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
(source,) = [s for s in run.control_sources if s.endswith("/REDU/G2")]
print(json.dumps({key: run.get_run_value(source, key).tolist() for key in ("lags", "g2")}))
