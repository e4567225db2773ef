"""Makes runs with known faults and writes what EXtra-data's validator says of each to `expected.json`.

Usage: validation_cases.py FOLDER. A case is a folder; expected.json is {case: [[check, file name], ...]}, checks under
the names that Trainyard gives them.
"""
import json
import os
import shutil
import sys
from pathlib import Path

import h5py
import numpy as np
from extra_data.tests import make_examples as mx
from extra_data.tests.mockdata.detectors import AGIPDModule
from extra_data.tests.mockdata.agipd import AGIPDMDL, AGIPD1MFPGA, AGIPD1MPSC
from extra_data.tests.mockdata.xgm import XGM
from extra_data.tests.mockdata.mkfile import write_file
from extra_data.validation import RunValidator

root = Path(sys.argv[1])
IMAGE = "INDEX/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image"
MODULE = "RAW-R0001-AGIPD00-S00000.h5"
DA = "RAW-R0001-DA01-S00000.h5"
CHECKS = [
    ("Could not access file", "open"),
    ("Could not open HDF5 file", "open"),
    ("Zeroes in trainId index", "train-ids-nonzero"),
    ("Train IDs are not strictly increasing", "train-ids-order"),
    ("Index referring to data", "index-inside-data"),
    ("Index first / count are not 1D", "index-length"),
    ("Index first & count have different", "index-length"),
    ("Index has wrong number of entries", "index-length"),
    ("Index doesn't start at 0", "index-contiguous"),
    ("Gaps", "index-contiguous"),
    ("Overlaps", "index-contiguous"),
    ("Zeroes in Timestamp", "control-timestamps"),
    ("Timestamp is decreasing", "control-timestamps"),
    ("No usable files found", "no-files"),
    ("Incorrect data map cache entry", "map-cache"),
]


def small_run(path, frames=4, version="1.2", modules=2, first=10000, suffix="S00000", ntrains=8):
    path.mkdir(exist_ok=True)
    for n in range(modules):
        write_file(path / f"RAW-R0001-AGIPD{n:02}-{suffix}.h5",
                   [AGIPDModule(f"SPB_DET_AGIPD1M-1/DET/{n}CH0", frames_per_train=frames)],
                   ntrains=ntrains, firsttrain=first, chunksize=1, format_version=version)
    write_file(path / f"RAW-R0001-DA01-{suffix}.h5",
               [XGM("SPB_XTD9_XGM/DOOCS/MAIN"), AGIPDMDL("SPB_IRU_AGIPD1M1/MDL/FPGA_COMP"),
                AGIPD1MFPGA("SPB_IRU_AGIPD1M1/FPGA/MASTER_H1"), AGIPD1MPSC("SPB_IRU_AGIPD1M/PSC/HV")],
               ntrains=ntrains, firsttrain=first, chunksize=1, format_version=version)
    for file in path.glob("RAW-*-DA01-*.h5"):
        with h5py.File(file, "r+") as f:
            def fill(name, obj):
                if name.startswith("CONTROL/") and name.endswith("/timestamp"):
                    obj[:] = np.arange(1, len(obj) + 1)
            f.visititems(fill)
    return path


def edited(name, change, file=MODULE, **kw):
    path = small_run(root / name, **kw)
    with h5py.File(path / file, "r+") as f:
        change(f)
    return path


def put(dataset, index, value):
    def change(f):
        f[dataset][index] = value
    return change


def resize(dataset, n):
    def change(f):
        for key in ("first", "count"):
            data = f[f"{dataset}/{key}"][:]
            del f[f"{dataset}/{key}"]
            new = np.zeros(n, "u8")
            new[:min(n, len(data))] = data[:n]
            f[f"{dataset}/{key}"] = new
    return change


def xgm_timestamps(values):
    def change(f):
        path = next(n for n in [f"CONTROL/SPB_XTD9_XGM/DOOCS/MAIN/{k}/timestamp" for k in ("pulseEnergy/photonFlux",)] if n in f)
        f[path][:] = values
    return change


small_run(root / "clean_10", version="1.0")
small_run(root / "clean_05", version="0.5")
small_run(root / "clean_12")
small_run(root / "clean_13", version="1.3")
edited("zero_inside", put("INDEX/trainId", 3, 0))                                       # 17
edited("id_not_increasing", put("INDEX/trainId", 4, 10002))                             # 18, 20
edited("absurd_id", put("INDEX/trainId", 7, 2**63 + 5))                                 # 19
path = small_run(root / "train_in_two_sequences")                                       # 21
shutil.copy(path / MODULE, path / MODULE.replace("S00000", "S00001"))
def suspect(f):
    f["INDEX/flag"][2] = 0
    f["INDEX/origin"][2] = 0
edited("suspect_train", suspect)                                                        # 22
edited("count_gap", put(f"{IMAGE}/count", 2, 3))                                        # 23
edited("count_overlap", put(f"{IMAGE}/count", 2, 5))
edited("count_past_end", put(f"{IMAGE}/count", 7, 9))
edited("first_not_zero", put(f"{IMAGE}/first", 0, 1))
edited("control_past_end", put("INDEX/SPB_XTD9_XGM/DOOCS/MAIN/count", 7, 2), file=DA)
def empty_first_zero(f):                                                                # 24
    f[f"{IMAGE}/first"][3] = 0
edited("empty_first_zero", empty_first_zero, frames=np.array([4, 4, 4, 0, 4, 4, 4, 4]))
edited("index_short", resize(IMAGE, 6))                                                 # 25
edited("index_padded", resize(IMAGE, 10))
def first_longer(f):
    data = f[f"{IMAGE}/first"][:]
    del f[f"{IMAGE}/first"]
    f[f"{IMAGE}/first"] = np.append(data, 32).astype("u8")
edited("first_longer_than_count", first_longer)
def two_d(f):
    for key in ("first", "count"):
        data = f[f"{IMAGE}/{key}"][:]
        del f[f"{IMAGE}/{key}"]
        f[f"{IMAGE}/{key}"] = data[:, None]
edited("index_two_dimensional", two_d)
def delete(name):
    def change(f):
        del f[name]
    return change
edited("no_flag", delete("INDEX/flag"))                                                 # 26
edited("no_index", delete("INDEX"))
edited("no_train_ids", delete("INDEX/trainId"))
edited("no_sources", delete("METADATA/dataSources"))
edited("no_metadata", delete("METADATA"))
edited("timestamps_decrease", xgm_timestamps([1, 2, 3, 5, 4, 6, 7, 8]), file=DA)        # 27
edited("timestamps_zero_inside", xgm_timestamps([1, 2, 0, 4, 5, 6, 7, 8]), file=DA)
edited("timestamps_zero_at_end", xgm_timestamps([1, 2, 3, 4, 5, 6, 0, 0]), file=DA)
def other_pulses(f):                                                                    # 28
    f["INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image/pulseId"][1] = 77
edited("pulse_ids_disagree", other_pulses)
def same_pulse(f):
    ids = f["INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image/pulseId"]
    ids[1] = ids[0]
edited("pulse_id_twice", same_pulse)
path = small_run(root / "counts_disagree")
write_file(path / MODULE, [AGIPDModule("SPB_DET_AGIPD1M-1/DET/0CH0", frames_per_train=3)], ntrains=8, chunksize=1, format_version="1.2")
edited("orphaned_rows", put(f"{IMAGE}/count", 7, 1))                                    # 34
path = small_run(root / "truncated")                                                    # 15
os.truncate(path / MODULE, 1000)
path = small_run(root / "zero_length")
os.truncate(path / MODULE, 0)
path = small_run(root / "foreign")                                                      # 16
(path / MODULE).write_bytes(b"not an HDF5 file" * 100)
path = small_run(root / "foreign_h5")
with h5py.File(path / MODULE, "w") as f:
    f["x"] = 1
path = small_run(root / "out_of_step")                                                  # 29
write_file(path / MODULE, [AGIPDModule("SPB_DET_AGIPD1M-1/DET/0CH0", frames_per_train=4)], ntrains=8, firsttrain=10003, chunksize=1, format_version="1.2")
path = root / "no_trains"                                                              # 30
path.mkdir()
mx.make_sa3_da_file(path / DA, ntrains=0, format_version="1.2")
(root / "nothing").mkdir()
path = root / "old_index"                                                               # 6
path.mkdir()
mx.make_agipd_example_file(path / "CORR-R0001-AGIPD07-S00000.h5")
path = root / "legacy_names"                                                            # 11
path.mkdir()
mx.make_modern_spb_proc_run(path)
path = root / "keys_with_dots"                                                          # 32
path.mkdir()
mx.make_jungfrau_run(path)
path = root / "reduced"                                                                 # 10
path.mkdir()
mx.make_reduced_spb_run(path, format_version="1.2")
path = small_run(root / "stale_cache")                                                  # 33
from extra_data import RunDirectory
RunDirectory(path)
with open(path / "karabo_data_map.json") as f:
    cache = json.load(f)
cache[0]["train_ids"] = cache[0]["train_ids"][:-1]
with open(path / "karabo_data_map.json", "w") as f:
    json.dump(cache, f)
path = small_run(root / "good_cache")
RunDirectory(path)

expected = {}
for case in sorted(p for p in root.iterdir() if p.is_dir()):
    validator = RunValidator(str(case))
    try:
        validator.run_checks()
    except KeyError:
        # it stops at such a key
        if case.name != "keys_with_dots":
            raise
        continue
    found = set()
    for p in validator.problems:
        check = next((name for text, name in CHECKS if p["msg"].startswith(text)), p["msg"])
        file = Path(p["file"]).name if "file" in p else Path(p.get("cache_file", "")).name
        found.add((check, file))
    expected[case.name] = sorted(found)
(root / "expected.json").write_text(json.dumps(expected))
print(len(expected))
