"""EXtra-data opens a run without its stored maps: RUN. Prints seconds, the best of three."""
import os
import sys
import time

from extra_data import RunDirectory

best = float("inf")
for _ in range(3):
    stored = os.path.join(sys.argv[1], "karabo_data_map.json")
    if os.path.exists(stored):
        os.remove(stored)
    start = time.perf_counter()
    run = RunDirectory(sys.argv[1])
    len(run.all_sources)
    best = min(best, time.perf_counter() - start)
if os.path.exists(stored):
    os.remove(stored)
print("seconds", best)
