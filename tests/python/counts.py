"""Frames of each train, by detector source of a run, as JSON.

usage: counts.py RUN
"""
import json
import sys

from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
print(json.dumps({s: [int(n) for n in run[s, "image.data"].data_counts(labelled=False)]
                  for s in run.instrument_sources if "image.data" in run.keys_for_source(s)}))
