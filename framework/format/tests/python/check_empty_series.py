"""Opens a run without trains, or with trains and no data, with EXtra-data and its validator, and prints `ok`."""
import subprocess
import sys
from pathlib import Path

from extra_data import RunDirectory

folder = Path(sys.argv[1])
control, result = "MID_DET_AGIPD1M-1/REDU/AZINT", "MID_DET_AGIPD1M-1/REDU/AZINT:output"
run = RunDirectory(str(folder))
assert run.train_ids in ([], list(range(10000, 10006))), run.train_ids
assert run.all_sources == {control, result}
for source, key, entry in [(control, "photon.energy", ()), (result, "azimuthal.radial", (50,)), (result, "sum.image", (32, 16))]:
    data = run[source, key]
    assert data.data_counts(labelled=False).sum() == 0
    assert data.ndarray().shape == (0, *entry), (key, data.ndarray().shape)
validator = Path(sys.executable).parent / "extra-data-validate"
done = subprocess.run([str(validator), str(folder)], capture_output=True, text=True)
assert done.returncode == 0, done.stdout + done.stderr
print("ok")
