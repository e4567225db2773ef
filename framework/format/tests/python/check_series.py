"""Reads the run of tests/series.rs with h5py, EXtra-data and its validator, and prints `ok`."""
import subprocess
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 (registers the filters)
import numpy as np
from extra_data import RunDirectory

folder = Path(sys.argv[1])
control, result = "MID_DET_AGIPD1M-1/REDU/AZINT", "MID_DET_AGIPD1M-1/REDU/AZINT:output"
counts = [1, 2, 3] * 3

run = RunDirectory(str(folder))
assert run.train_ids == list(range(10000, 10009))
assert run.all_sources == {control, result}
rows = np.arange(sum(counts) * 50, dtype="f4").reshape(-1, 50)
for key, scale in [("radial", 1), ("intensity", 0.5)]:
    data = run[result, f"azimuthal.{key}"]
    assert data.data_counts(labelled=False).tolist() == counts
    np.testing.assert_array_equal(data.ndarray(), rows * scale)
    assert data.train_id_coordinates().tolist() == np.repeat(run.train_ids, counts).tolist()
    first = 0
    for (train, values), n in zip(data.trains(keep_dims=True), counts):
        np.testing.assert_array_equal(values, rows[first:first + n] * scale)
        first += n
images = run[result, "sum.image"]
assert images.data_counts(labelled=False).tolist() == [0, 1, 0, 0, 0, 1, 0, 0, 0]
assert images.ndarray().tolist() == [np.full((32, 16), i).tolist() for i in (1, 5)]
assert run[control, "photon.energy"].ndarray().tolist() == [9.0 + i for i in range(9)]
assert run[control, "photon.energy"].units == "keV"
assert run[result, "azimuthal.radial"].units == "1/nm"
times = run[control, "photon.energy.timestamp"].ndarray()
assert times.tolist() == [1_700_000_000_000_000_000 + i * 100_000_000 for i in range(9)]
assert run[control, "state"].ndarray().tolist() == [b"ON" if i % 2 == 0 else b"MOVING" for i in range(9)]
assert run.get_run_value(control, "photon.energy") == 9.0
assert run.get_run_value(control, "mask").tolist() == [1, 0, 1]
assert run.get_run_value(control, "method") == "split"

files = sorted(folder.glob("*.h5"))
first = 0
for n, path in enumerate(files):
    with h5py.File(path) as f:
        assert f["METADATA/sequenceNumber"][:].tolist() == [n]
        assert f["METADATA/runNumber"][:].tolist() == [1] and f["METADATA/proposalNumber"][:].tolist() == [2345]
        assert f["METADATA/dataFormatVersion"][0] == b"1.3"
        ids = f["INDEX/trainId"][:].tolist()
        assert ids == list(range(10000 + 4 * n, min(10009, 10004 + 4 * n))), ids
        index = f[f"INDEX/{result}/azimuthal"]
        assert index["count"][:].tolist() == counts[4 * n:4 * n + 4]
        assert index["first"][:].tolist() == [0, *np.cumsum(index["count"])[:-1].tolist()]
        assert f[f"CONTROL/{control}/photon/energy"].attrs["unitSymbol"] == "keV"
        radial = f[f"INSTRUMENT/{result}/azimuthal/radial"]
        assert radial.attrs["unitSymbol"] == "1/nm" and radial.attrs["description"] == "q"
        n_rows = sum(counts[4 * n:4 * n + 4])
        np.testing.assert_array_equal(radial[:], rows[first:first + n_rows])
        assert f[f"RUN/{control}/photon/energy/value"][:].tolist() == [9.0]
        first += n_rows

validator = Path(sys.executable).parent / "extra-data-validate"
done = subprocess.run([str(validator), str(folder)], capture_output=True, text=True)
assert done.returncode == 0, done.stdout + done.stderr
print("ok")
