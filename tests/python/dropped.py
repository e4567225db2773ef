"""What a reader sees of dropped modules in OUTPUT: what is told, frames by module, and the profile of the run. Prints JSON."""
import json
import re
import sys

from extra_data import RunDirectory

run = RunDirectory(sys.argv[1])
base = "SPB_DET_AGIPD1M-1"
fates = f"{base}/REDU/FATE"
told = []
if "modules.value" in run.get_run_values(fates):
    told = run.get_run_value(fates, "modules")
    told = [told] if isinstance(told, (str, bytes)) else list(told)
modules = [source for source in run.instrument_sources if re.search(r"/\d+CH0:", source)]
number = lambda source: re.search(r"/(\d+)CH0", source).group(1)
print(json.dumps({
    "told": [text.decode() if isinstance(text, bytes) else str(text) for text in told],
    "frames": {number(source): int(run.get_data_counts(source, "image.data").sum()) for source in modules},
    "intensity": [float(value) for value in run.get_run_value(f"{base}/REDU/AZINT", "intensity")],
}))
