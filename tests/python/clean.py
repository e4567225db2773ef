"""What EXtra-data's validator says of runs, and what became of their frames, reduction by reduction.

usage: clean.py RUN...
Prints a list of JSON objects: problems ([message, dataset], without numbers and places), fates {source: {name: frames}}.
"""
import json
import os
import re
import sys

from extra_data import RunDirectory
from extra_data.validation import RunValidator


def problems(folder):
    checker = RunValidator(folder)
    try:
        checker.run_checks()
    except KeyError:
        # it stops at a key with a dot in its name
        return [["stops with a KeyError", ""]]
    told = {(re.sub(r"\d+", "N", p["msg"].split(", e.g.")[0]), str(p.get("dataset", ""))) for p in checker.problems}
    return sorted(list(p) for p in told)


def fates(folder):
    run, found = RunDirectory(folder), {}
    for source in sorted(run.instrument_sources):
        if not source.endswith("/FATE:output"):
            continue
        names = run.get_run_value(source.split(":")[0], "codes")
        names = [n.decode() if isinstance(n, bytes) else str(n) for n in names]
        counts = {}
        for code in run[source, "data.fate"].ndarray():
            counts[names[code]] = counts.get(names[code], 0) + 1
        kept = run[source.split(":")[0], "nFrames"].ndarray().sum()
        assert kept == counts.get("kept", 0), f"{source}: {kept} of {counts}"
        found[source] = counts
    return found


print(json.dumps([{"problems": problems(folder), "fates": fates(folder)} for folder in sys.argv[1:]]))
