"""Runs for the reading tests, made by EXtra-data's own mock maker: one folder per case below argv[1]."""

import json
import os
import shutil
import sys

import h5py
import numpy as np
from extra_data.tests import make_examples as mx
from extra_data.tests.mockdata import write_file
from extra_data.tests.mockdata.agipd import AGIPD1MFPGA, AGIPD1MPSC, AGIPDMDL
from extra_data.tests.mockdata.detectors import AGIPDModule, DSSCModule
from extra_data.tests.mockdata.xgm import XGM

base = sys.argv[1]


def folder(name):
    path = os.path.join(base, name)
    os.makedirs(path)
    return path


SMALL = "SPB_DET_AGIPD1M-1"


def small_agipd_run(name, modules=2, trains=8, frames=4, **kw):
    path = folder(name)
    for number in range(modules):
        write_file(f"{path}/RAW-R0001-AGIPD{number:02}-S00000.h5",
                   [AGIPDModule(f"{SMALL}/DET/{number}CH0", frames_per_train=frames)],
                   ntrains=trains, chunksize=8, format_version=kw.get("version", "1.2"))
    write_file(f"{path}/RAW-R0001-DA01-S00000.h5",
               [XGM("SA1_XTD2_XGM/DOOCS/MAIN"), AGIPDMDL("SPB_IRU_AGIPD1M1/MDL/FPGA_COMP")],
               ntrains=trains, chunksize=8, format_version=kw.get("version", "1.2"))
    return path


def edit(path, number=0):
    return h5py.File(f"{path}/RAW-R0001-AGIPD{number:02}-S00000.h5", "r+")


IMAGE = f"INDEX/{SMALL}/DET/0CH0:xtdf/image"
DATA = f"INSTRUMENT/{SMALL}/DET/0CH0:xtdf/image"

for name, make in {
    "agipd1m": mx.make_agipd1m_run,
    "reduced": lambda path: mx.make_reduced_spb_run(path, rng=np.random.RandomState(7)),
    "modern": mx.make_modern_spb_proc_run,
    "jungfrau": mx.make_jungfrau_run,
    "two-jungfraus": mx.make_fxe_jungfrau_run,
    "dssc": mx.make_scs_run,
    "parallel-gain": mx.make_lpd_parallelgain_run,
    "corrected": lambda path: mx.make_spb_run(path, raw=False),
    "missed-train": mx.make_lpd_run_mini_missed_train,
}.items():
    make(folder(name))

for version in ["0.5", "1.0", "1.1", "1.2", "1.3"]:
    small_agipd_run(f"version-{version}", modules=1, version=version)
with h5py.File(f"{base}/version-1.1/RAW-R0001-AGIPD00-S00000.h5", "r+") as f:
    f["INDEX/flag"][:8] = [0, 0, 3, 0, 0, 0, 1, 0]

path = folder("old-index")
mx.make_agipd_example_file(f"{path}/CORR-R0803-AGIPD07-S00000.h5")

path = folder("zero-pulses")
for number in range(2):
    write_file(f"{path}/RAW-R0001-AGIPD{number:02}-S00000.h5",
               [AGIPDModule(f"{SMALL}/DET/{number}CH0", frames_per_train=np.array([4, 0, 4, 0, 0, 4, 4, 0]))],
               ntrains=8, chunksize=8, format_version="1.2")

path = small_agipd_run("truncated")
with open(f"{path}/RAW-R0001-AGIPD01-S00000.h5", "r+b") as f:
    f.truncate(5000)
path = small_agipd_run("empty-file")
open(f"{path}/RAW-R0001-AGIPD01-S00000.h5", "w").close()
path = small_agipd_run("foreign")
with open(f"{path}/RAW-R0001-AGIPD01-S00000.h5", "w") as f:
    f.write("this is not HDF5, but it has some bytes" * 100)
path = small_agipd_run("foreign-hdf5")
with h5py.File(f"{path}/RAW-R0001-AGIPD01-S00000.h5", "w") as f:
    f["x"] = 1

with edit(small_agipd_run("zero-id")) as f:
    f["INDEX/trainId"][3] = 0
with edit(small_agipd_run("descending-id")) as f:
    f["INDEX/trainId"][3] = 9990
with edit(small_agipd_run("absurd-id")) as f:
    f["INDEX/trainId"][7] = 2**63 + 5
    f[f"{DATA}/trainId"][28:] = 2**63 + 5
with edit(small_agipd_run("duplicate-train")) as f:
    f["INDEX/trainId"][3] = 10002
path = small_agipd_run("train-in-two-sequences")
shutil.copy(f"{path}/RAW-R0001-AGIPD00-S00000.h5", f"{path}/RAW-R0001-AGIPD00-S00001.h5")
with edit(small_agipd_run("suspect")) as f:
    f["INDEX/flag"][2] = 0
    f["INDEX/origin"][2] = 0
with edit(small_agipd_run("past-end")) as f:
    f[f"{IMAGE}/count"][7] = 400
with edit(small_agipd_run("overflowing")) as f:
    f[f"{IMAGE}/first"][7] = 2**64 - 2
with edit(small_agipd_run("gap")) as f:
    f[f"{IMAGE}/count"][2] = 2
with edit(small_agipd_run("shifted")) as f:
    f[f"{IMAGE}/first"][2] = 9
with edit(small_agipd_run("zero-first")) as f:
    for part in ["header", "image"]:
        f[f"INDEX/{SMALL}/DET/0CH0:xtdf/{part}/first"][3] = 0
        f[f"INDEX/{SMALL}/DET/0CH0:xtdf/{part}/count"][3] = 0
with edit(small_agipd_run("short-index")) as f:
    f[f"{IMAGE}/first"].resize((6,))
    f[f"{IMAGE}/count"].resize((6,))
with edit(small_agipd_run("long-index")) as f:
    f[f"{IMAGE}/first"].resize((12,))
    f[f"{IMAGE}/count"].resize((12,))
for name, missing in {
    "no-train-ids": "INDEX/trainId", "no-flag": "INDEX/flag", "no-metadata": "METADATA", "no-index": IMAGE,
    "no-sources": "METADATA/dataSources/dataSourceId",
}.items():
    with edit(small_agipd_run(name)) as f:
        del f[missing]
with edit(small_agipd_run("unknown-section")) as f:
    f["METADATA/dataSources/dataSourceId"][0] = "NOWHERE/A/B/C"
with edit(small_agipd_run("other-pulses"), 1) as f:
    f[f"{DATA.replace('0CH0', '1CH0')}/pulseId"][4:8, 0] = [0, 1, 2, 77]
with edit(small_agipd_run("repeated-pulse")) as f:
    f[f"{DATA}/pulseId"][9, 0] = 0
with edit(small_agipd_run("no-pulse-ids")) as f:
    del f[f"{DATA}/pulseId"]
with edit(small_agipd_run("other-shape"), 1) as f:
    del f[f"{DATA.replace('0CH0', '1CH0')}/data"]
    f.create_dataset(f"{DATA.replace('0CH0', '1CH0')}/data", (32, 2, 512, 64), "u2", chunks=(1, 2, 512, 64))

path = folder("out-of-step")
for number, first in enumerate([10000, 10003]):
    write_file(f"{path}/RAW-R0001-AGIPD{number:02}-S00000.h5",
               [AGIPDModule(f"{SMALL}/DET/{number}CH0", frames_per_train=4)],
               ntrains=8, firsttrain=first, chunksize=8, format_version="1.2")

path = folder("empty-source")
mx.make_da_file_with_empty_source(f"{path}/RAW-R0001-DA01-S00000.h5", format_version="1.2")
path = folder("slow")
mx.make_sa3_da_file(f"{path}/RAW-R0001-DA02-S00000.h5", format_version="1.2")
with h5py.File(f"{path}/RAW-R0001-DA02-S00000.h5", "r+") as f:
    f["CONTROL/SA3_XTD10_XGM/XGM/DOOCS/pulseEnergy/wavelengthUsed/value"][:] = np.arange(500) * 0.5
    group = f["CONTROL/SA3_XTD10_XGM/XGM/DOOCS/pulseEnergy/wavelengthUsed"]
    group.attrs["unitSymbol"] = "m"
    group.attrs["metricPrefixSymbol"] = np.bytes_("n")
    group.attrs["unitEnum"] = np.array([3], dtype="i4")
path = folder("no-trains")
mx.make_sa3_da_file(f"{path}/RAW-R0001-DA01-S00000.h5", ntrains=0, format_version="1.2")
path = folder("odd-name")
mx.make_data_file_bad_device_name(f"{path}/RAW-R0001-DA01-S00000.h5", format_version="1.2")
path = folder("cameras")
mx.make_fxe_da_file(f"{path}/RAW-R0001-DA01-S00000.h5", format_version="1.2")

path = small_agipd_run("overview")
shutil.copy(f"{path}/RAW-R0001-AGIPD00-S00000.h5", f"{path}/OverView.h5")
shutil.copy(f"{path}/RAW-R0001-AGIPD00-S00000.h5", f"{path}/.hidden.h5")
with open(f"{path}/karabo_data_map.json", "w") as f:
    f.write("stale")

# What the same files hold, as h5py sees it.
with h5py.File(f"{base}/reduced/RAW-R0238-AGIPD03-S00000.h5") as f:
    counts = f["INDEX/SPB_DET_AGIPD1M-1/DET/3CH0:xtdf/image/count"][:].tolist()
print(json.dumps({"reduced_counts": counts}))
