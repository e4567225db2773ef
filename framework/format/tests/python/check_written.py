"""Reads the file of tests/write.rs with h5py, EXtra-data and its validator, and prints `ok`."""
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 (registers the filters)
import numpy as np
from extra_data import H5File
from extra_data.validation import FileValidator, ValidationError
from extra_data.file_access import FileAccess

path = sys.argv[1]
with h5py.File(path) as f:
    assert f["METADATA/dataFormatVersion"][0] == b"1.3"
    assert f["METADATA/creationDate"][0] == b"20230101T120000Z"
    assert f["METADATA/updateDate"][0] == b"20230101T120000Z"  # from the first train
    assert f["METADATA/runNumber"][:].tolist() == [53]
    ids = [s.decode() for s in f["METADATA/dataSources/dataSourceId"][:]]
    assert ids == sorted(ids) and len(ids) == 8, ids
    roots = [r.decode() + "/" + d.decode() for r, d in zip(f["METADATA/dataSources/root"], f["METADATA/dataSources/deviceId"])]
    assert roots == ids
    assert f["METADATA/auxiliarySources/REDUCTION"][:].tolist() == [b"REDUCTION/REDU/X:xtdf/image"]
    assert f["INDEX/origin"].dtype == np.int32 and f["INDEX/flag"].dtype == np.int32
    assert f["INDEX/origin"][:].tolist() == [-1, ids.index("CONTROL/A/B/C"), -1, -1]
    index = f["INDEX/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image"]
    assert index["first"][:].tolist() == [0, 2, 2, 5] and index["count"][:].tolist() == [2, 0, 3, 2]
    assert isinstance(f.get("INDEX/SPB_DET_AGIPD1M-1/DET/1CH0:xtdf", getlink=True), h5py.SoftLink)
    unit = f["CONTROL/A/B/C/photon/energy"].attrs["unitSymbol"]
    assert isinstance(unit, str) and unit == "eV", unit
    assert f["RUN/A/B/R/radial/value"].shape == (1, 3)
    assert f["RUN/A/B/C/photon/energy/timestamp"][:].tolist() == [1]
    assert f["RUN/A/B/R/codes/value"].asstr()[0].tolist() == ["kept", "dark", "\u00b5"]
    data = f["INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image/data"]
    assert data.shape == (7, 2, 16, 8) and data.maxshape[0] is None
    expected = (np.arange(7)[:, None] * 100 + np.arange(256) % 7).astype(np.uint16).reshape(7, 2, 16, 8)
    np.testing.assert_array_equal(data[:], expected)

run = H5File(path)
assert run.train_ids == [10000, 10001, 10002, 10003]
assert run["A/B/C", "photon.energy"].ndarray().tolist() == np.array([9.0, 9.1, 9.2, 9.3], "f4").tolist()
assert run["A/B/C", "photon.energy"].units == "eV"
assert run.get_run_value("A/B/R", "unit") == "q_nm^-1"
assert run.get_run_value("A/B/R", "radial").tolist() == [0.5, 1.5, 2.5]
source = "SPB_DET_AGIPD1M-1/DET/0CH0:xtdf"
assert run[source, "image.data"].data_counts(labelled=False).tolist() == [2, 0, 3, 2]
np.testing.assert_array_equal(run[source, "image.data"].ndarray(), expected)
assert run[source, "image.trainId"].ndarray()[:, 0].tolist() == [10000] * 2 + [10002] * 3 + [10003] * 2
lines = run["A/B/LOG:output", "data.line"].ndarray().tolist()
assert lines == ["begin", "end"] or lines == [b"begin", b"end"], lines
assert "SPB_DET_AGIPD1M-1/DET/1CH0:xtdf" in run.legacy_sources
problems = FileValidator(FileAccess(path)).run_checks()
assert not problems, problems
print("ok")
