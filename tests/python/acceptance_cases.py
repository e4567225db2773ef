"""Runs for the acceptance tests, made by EXtra-data's own mock maker: one folder per case below argv[1].

Numbers are rows of the list of cases; letters are combinations. Pixels of the frames that tests keep tell whose they
are (`acceptance_pixels.py`); where an edit breaks an index, the pixels stay those of the train that recorded them.
"""
import json
import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
from acceptance_pixels import frame_pixels
from extra_data import RunDirectory, by_id
from extra_data.components import AGIPD1M
from extra_data.tests import make_examples as mx
from extra_data.tests.mockdata import write_file
from extra_data.tests.mockdata.agipd import AGIPD1MFPGA, AGIPD1MPSC, AGIPDMDL
from extra_data.tests.mockdata.auxiliary import AgipdPulseSelection, LitFrameFinderAux, TrainsOutsideBufferRange
from extra_data.tests.mockdata.detectors import AGIPDModule, DSSCModule, LPDModule
from extra_data.tests.mockdata.jungfrau import JUNGFRAUControl, JUNGFRAUModule
from extra_data.tests.mockdata.motor import Motor
from extra_data.tests.mockdata.xgm import XGM

base = sys.argv[1]
AGIPD = "SPB_DET_AGIPD1M-1"
FIRST = 10000


def folder(name):
    path = os.path.join(base, name)
    os.makedirs(path)
    return path


def module_number(source):
    """Of a detector's source."""
    member = source.split(":")[0].rsplit("/", 1)[1]
    return int("".join(c for c in member.split("CH")[0] if c.isdigit()))


def detector_sources(file):
    names = {name.split("/", 1)[1].rsplit("/", 1)[0] for name in sources_of(file)
             if name.endswith(("xtdf/image", "CH0:output/image"))}
    names = {name for name in names if not isinstance(file.get(f"INDEX/{name}", getlink=True), h5py.SoftLink)}
    return sorted(names)


def sources_of(file):
    path = "METADATA/dataSources/dataSourceId"
    return [s.decode() for s in file[path if path in file else "METADATA/dataSourceId"][:] if s]


def fill(path, trains=None, below=10**6, gain_stages=False, mask=False):
    """Writes telling pixels into the frames of some trains, of cells below `below`, in all files of a run."""
    for name in sorted(os.listdir(path)):
        with h5py.File(os.path.join(path, name), "r+") as file:
            for source in detector_sources(file):
                image = file[f"INSTRUMENT/{source}/image"]
                pulses, cells, shape = image["pulseId"][:].ravel(), image["cellId"][:].ravel(), image["data"].shape[1:]
                first, count = (file[f"INDEX/{source}/image/{key}"][:] for key in ("first", "count"))
                number = module_number(source)
                for train, begin, length in zip(file["INDEX/trainId"][:], first, count):
                    if length == 0 or (trains is not None and train not in trains):
                        continue
                    rows = range(int(begin), int(begin + length))
                    third = len(rows) // 3 if gain_stages else len(rows)
                    for at, row in enumerate(rows):
                        valid = rows[at % third]
                        if cells[valid] < below:
                            marks = number, int(train), int(pulses[valid]), at // third
                            image["data"][row] = frame_pixels(shape, image["data"].dtype, *marks)
                            if mask:
                                image["mask"][row, 5, :7] = 1 + at
                                image["gain"][row, 3, :9] = at % 3


def fill_rows(path):
    """The same for rows of cells (JUNGFRAU): the cell stands for the pulse."""
    for name in sorted(os.listdir(path)):
        with h5py.File(os.path.join(path, name), "r+") as file:
            for source in [s.split("/", 1)[1] for s in sources_of(file) if s.endswith(":daqOutput/data")]:
                source = source.rsplit("/", 1)[0]
                group = file[f"INSTRUMENT/{source}/data"]
                adc = group["adc"]
                for row, train in enumerate(group["trainId"][:]):
                    for cell in range(adc.shape[1]):
                        if train:
                            adc[row, cell] = frame_pixels(adc.shape[2:], adc.dtype, module_number(source), int(train), cell)
                    group["memoryCell"][row] = np.arange(adc.shape[1])


def slow(file_name, trains=8, version="1.2", more=(), first=FIRST):
    """A file of slow data with values that differ from train to train."""
    write_file(file_name, [XGM("SA1_XTD2_XGM/DOOCS/MAIN"), AGIPDMDL("SPB_IRU_AGIPD1M1/MDL/FPGA_COMP"),
                           AGIPD1MFPGA("SPB_IRU_AGIPD1M1/FPGA/MASTER_H1"), AGIPD1MPSC("SPB_IRU_AGIPD1M/PSC/HV"), *more],
               ntrains=trains, chunksize=8, format_version=version, firsttrain=first)
    with h5py.File(file_name, "r+") as file:
        value = file["CONTROL/SA1_XTD2_XGM/DOOCS/MAIN/pulseEnergy/photonFlux/value"]
        value[:] = np.arange(len(value)) * 0.25 + first
        if version == "1.3":
            group = file["CONTROL/SA1_XTD2_XGM/DOOCS/MAIN/pulseEnergy/photonFlux"]
            group.attrs["unitSymbol"], group.attrs["metricPrefixSymbol"] = "J", "u"


def agipd_file(path, number, trains=8, frames=4, version="1.2", first=FIRST, sequence=0, **more):
    write_file(f"{path}/RAW-R0001-AGIPD{number:02}-S{sequence:05}.h5",
               [AGIPDModule(f"{AGIPD}/DET/{number}CH0", frames_per_train=frames, **more)],
               ntrains=trains, chunksize=8, format_version=version, firsttrain=first)


def small(name, modules=2, trains=8, frames=4, version="1.2"):
    """The small run: some modules of AGIPD and slow data."""
    path = folder(name)
    for number in range(modules):
        agipd_file(path, number, trains, frames, version)
    fill(path)
    slow(f"{path}/RAW-R0001-DA01-S00000.h5", trains, version)
    return path


def like_small(name, *without):
    """A copy of the small run; files share their bytes until `edit` gives one its own."""
    path = folder(name)
    for file in os.listdir(os.path.join(base, "small")):
        if file.endswith(".h5") and file not in without:
            os.link(os.path.join(base, "small", file), os.path.join(path, file))
    return path


def own(path, file):
    """Makes a linked file this run's own."""
    whole = os.path.join(path, file)
    shutil.copy(whole, whole + ".copy")
    os.replace(whole + ".copy", whole)
    return whole


def edit(path, number=0):
    return h5py.File(own(path, f"RAW-R0001-AGIPD{number:02}-S00000.h5"), "r+")


def index(number=0, part="image"):
    return f"INDEX/{AGIPD}/DET/{number}CH0:xtdf/{part}"


def data(number=0, part="image"):
    return f"INSTRUMENT/{AGIPD}/DET/{number}CH0:xtdf/{part}"


MODULE_1 = "RAW-R0001-AGIPD01-S00000.h5"

small("small")

# 1, 2, 3: a whole raw run
mx.make_agipd1m_run(folder("01"))
fill(f"{base}/01", trains=range(10003, 10006), below=4)

# 4, 5: versions
for version in ["0.5", "1.0", "1.2", "1.3"]:
    small(f"04-{version}", version=version)
small("05-as-made", version="1.1")
small("05", version="1.1")
for name in os.listdir(f"{base}/05"):
    with h5py.File(f"{base}/05/{name}", "r+") as f:
        f["INDEX/flag"][:8] = [0, 0, 3, 0, 0, 0, 1, 0]

# 6: the old index
path = folder("06")
mx.make_agipd_example_file(f"{path}/CORR-R0803-AGIPD07-S00000.h5")


def old_index(path):
    """first and count become first, last and status."""
    for name in os.listdir(path):
        with h5py.File(own(path, name), "r+") as file:
            found = []
            file["INDEX"].visititems(lambda key, item: found.append(key) if key.endswith("/count") else None)
            for key in found:
                group = file["INDEX"][key.rsplit("/", 1)[0]]
                first, count = group["first"][:], group["count"][:]
                del group["count"]
                group["last"] = np.where(count > 0, first + np.maximum(count, 1) - 1, first).astype("u8")
                group["status"] = (count > 0).astype("u4")


old_index(small("06-small", version="0.5"))

# 7: a module misses a train
mx.make_lpd_run_mini_missed_train(folder("07"))
fill(f"{base}/07")


def zero_pulses(name, counts, modules=2):
    path = folder(name)
    for number in range(modules):
        agipd_file(path, number, frames=np.array(counts, "u8"))
    fill(path)
    slow(f"{path}/RAW-R0001-DA01-S00000.h5")


# 8, 9: trains without pulses
zero_pulses("08", [4, 0, 4, 0, 0, 4, 4, 0])
zero_pulses("09", [0] * 8)

# 10: reduced runs
for name, raw in [("10-raw", True), ("10-corrected", False)]:
    mx.make_reduced_spb_run(folder(name), raw=raw, rng=np.random.RandomState(7), format_version="1.2")
    fill(f"{base}/{name}", trains=range(10000, 10002))
    if raw:
        with h5py.File(f"{base}/{name}/RAW-R0238-AGIPD03-S00000.h5", "r+") as f:
            f["REDUCTION/SPB_IRU_AGIPD1M1/REDU/LITFRM:daqFilter/data/dataFramePattern"][:64] = np.arange(64)[:, None] % 7

# 11, 12: corrected data
mx.make_modern_spb_proc_run(folder("11"))
fill(f"{base}/11", trains=range(10010, 10012), below=3, mask=True)
mx.make_spb_run(folder("12"), raw=False, format_version="1.2")
fill(f"{base}/12", trains=range(10010, 10012), below=3, mask=True)

# 13: sequences
mx.make_scs_run(folder("13"))
fill(f"{base}/13", trains=range(10060, 10068), below=2)

# 14, 15, 16: files that are not there, or not files
like_small("14", MODULE_1)
with open(own(like_small("15-truncated"), MODULE_1), "r+b") as f:
    f.truncate(5000)
open(own(like_small("15-empty"), MODULE_1), "w").close()
path = own(like_small("16-text"), MODULE_1)
with open(path, "w") as f:
    f.write("this is not HDF5, but it has some bytes" * 100)
path = own(like_small("16-hdf5"), MODULE_1)
with h5py.File(path, "w") as f:
    f["x"] = 1

# 17 to 21: odd train ids
with edit(like_small("17")) as f:
    f["INDEX/trainId"][3] = 0
with edit(like_small("18")) as f:
    f["INDEX/trainId"][3] = 9990
with edit(like_small("19")) as f:
    f["INDEX/trainId"][7] = 2**63 + 5
    f[f"{data()}/trainId"][28:] = 2**63 + 5
with edit(like_small("20")) as f:
    f["INDEX/trainId"][3] = 10002
path = like_small("21")
shutil.copy(f"{path}/RAW-R0001-AGIPD00-S00000.h5", f"{path}/RAW-R0001-AGIPD00-S00001.h5")

like_small("20-without", "RAW-R0001-AGIPD00-S00000.h5")

# 22: suspect trains
path = like_small("22")
for number in range(2):
    with edit(path, number) as f:
        f["INDEX/flag"][2] = 0
        f["INDEX/origin"][2] = 0

# 23, 24, 25: the index of the frames
with edit(like_small("23-gap")) as f:
    f[f"{index()}/count"][2] = 2
with edit(like_small("23-overlap")) as f:
    f[f"{index()}/first"][2] = 9
with edit(like_small("23-past-end")) as f:
    f[f"{index()}/count"][7] = 400
with edit(like_small("23-overflow")) as f:
    f[f"{index()}/first"][7] = 2**64 - 2
path = folder("24")
zero_pulses("24-made", [4, 4, 0, 4, 4, 0, 4, 4])
for name in os.listdir(f"{base}/24-made"):
    os.link(f"{base}/24-made/{name}", f"{path}/{name}")
for number in range(2):
    with edit(path, number) as f:
        f[f"{index(number)}/first"][[2, 5]] = 0
with edit(like_small("25-short")) as f:
    for key in ("first", "count"):
        f[f"{index()}/{key}"].resize((6,))
with edit(like_small("25-long")) as f:
    for key in ("first", "count"):
        f[f"{index()}/{key}"].resize((12,))

# 26: missing objects
for name, missing in {"trainId": "INDEX/trainId", "flag": "INDEX/flag", "METADATA": "METADATA"}.items():
    with edit(like_small(f"26-{name}")) as f:
        del f[missing]

# 27: times of slow data that go back, and that are 0 between others
path = like_small("27")
with h5py.File(own(path, "RAW-R0001-DA01-S00000.h5"), "r+") as f:
    f["CONTROL/SA1_XTD2_XGM/DOOCS/MAIN/pulseEnergy/photonFlux/timestamp"][:] = [10, 20, 30, 25, 40, 50, 60, 70]
    f["CONTROL/SPB_IRU_AGIPD1M1/MDL/FPGA_COMP/gainModeIndex/timestamp"][:] = [10, 20, 0, 25, 40, 50, 60, 70]

# 28: modules that disagree
with edit(like_small("28-ids"), 1) as f:
    f[f"{data(1)}/pulseId"][4:8, 0] = [0, 1, 2, 77]
    f[f"{data(1)}/data"][7] = frame_pixels((2, 512, 128), "u2", 1, 10001, 77)
path = folder("28-counts")
for number, frames in enumerate([4, 3]):
    agipd_file(path, number, frames=frames)
fill(path)

# 29: files out of step
path = folder("29")
for number, first in enumerate([10000, 10003]):
    agipd_file(path, number, first=first)
fill(path)
slow(f"{path}/RAW-R0001-DA01-S00000.h5")

# 30, 31: runs without modules
path = folder("30-empty-source")
mx.make_da_file_with_empty_source(f"{path}/RAW-R0001-DA01-S00000.h5", format_version="1.2")
path = folder("30-run-only")
mx.make_sa3_da_file(f"{path}/RAW-R0001-DA02-S00000.h5", format_version="1.2")
path = folder("30-no-trains")
mx.make_sa3_da_file(f"{path}/RAW-R0001-DA02-S00000.h5", format_version="1.2", ntrains=0)
path = like_small("30-beside")
os.link(f"{base}/30-no-trains/RAW-R0001-DA02-S00000.h5", f"{path}/RAW-R0001-DA02-S00000.h5")
path = folder("31")
mx.make_data_file_bad_device_name(f"{path}/RAW-R0001-DA01-S00000.h5", format_version="1.2")

# 32: JUNGFRAU; the maker's chunks span rows, so that the filled one is small
mx.make_jungfrau_run(folder("32"))


def jungfrau(name, modules=(1, 2), trains=6, raw=False, first=FIRST):
    path = folder(name)
    for number in modules:
        write_file(f"{path}/RAW-R0012-JNGFR{number:02}-S00000.h5", [JUNGFRAUModule(f"SPB_IRDA_JF4M/DET/JNGFR{number:02}", raw=raw)],
                   ntrains=trains, chunksize=1, format_version="1.2", firsttrain=first)
    write_file(f"{path}/RAW-R0012-JNGFRCTRL00-S00000.h5", [JUNGFRAUControl("SPB_IRDA_JF4M/DET/CONTROL")],
               ntrains=trains, chunksize=1, format_version="1.2", firsttrain=first)
    fill_rows(path)
    return path


jungfrau("32-cells", modules=(1,), trains=2)


def voview(path):
    subprocess.run([sys.executable, "-W", "ignore", "-m", "extra_data.voview", path], check=True, stdout=subprocess.DEVNULL)


# 33: what lies beside the data
path = like_small("33")
for file in os.listdir(path):
    own(path, file)
voview(path)
with open(f"{path}/karabo_data_map.json", "w") as f:
    f.write('[{"filename": "RAW-R0001-AGIPD00-S00000.h5", "mtime": 1.0, "size": 7, "train_ids": [1, 2]}]')

# a list that claims to be of the file as it is
path = like_small("33-wrong-list")
stat = os.stat(f"{path}/RAW-R0001-AGIPD00-S00000.h5")
with open(f"{path}/karabo_data_map.json", "w") as f:
    json.dump([{"filename": "RAW-R0001-AGIPD00-S00000.h5", "mtime": stat.st_mtime, "size": stat.st_size, "train_ids": [1, 2],
                "control_sources": [], "instrument_sources": [], "legacy_sources": {}, "suspect_train_indices": []}], f)

# 34: rows that belong to no train
with edit(like_small("34")) as f:
    f[f"{index()}/count"][7] = 1


def lpd(name, kind, modules=(0, 1), trains=6, frames=12, raw=True, detector="FXE_DET_LPD1M-1", version="1.2"):
    """LPD in parallel gain; `kind` of the ids of the second and third thirds: as the mock makes them, or no ids."""
    path = folder(name)
    for number in modules:
        file_name = f"{path}/{'RAW' if raw else 'CORR'}-R0450-LPD{number:02}-S00000.h5"
        write_file(file_name, [LPDModule(f"{detector}/DET/{number}CH0", raw=raw, frames_per_train=frames)],
                   ntrains=trains, chunksize=8, format_version=version)
    fill(path, gain_stages=True)
    if kind == "junk":
        for file_name in os.listdir(path):
            with h5py.File(f"{path}/{file_name}", "r+") as file:
                (source,) = detector_sources(file)
                image = file[f"INSTRUMENT/{source}/image"]
                counts = file[f"INDEX/{source}/image/count"][:]
                at = 0
                for count in counts:
                    third = int(count) // 3
                    for key in ("pulseId", "cellId"):
                        ids = image[key][:]
                        flat = ids.reshape(-1)
                        flat[at + third:at + int(count)] = np.resize([7, 0, 7, 3], 2 * third)
                        image[key][:] = ids
                    at += int(count)
    return path


# 36: LPD in parallel gain
mx.make_lpd_parallelgain_run(folder("36"))
fill(f"{base}/36", trains=range(10002, 10004), below=4, gain_stages=True)
lpd("36-junk", "junk")
lpd("36-corrected", "junk", raw=False)

# 37: what EXtra-data writes
path = folder("37-write")
run = RunDirectory(f"{base}/small")
run.write(f"{path}/RAW-R0001-EVERYTHING-S00000.h5")
path = folder("37-frames")
AGIPD1M(run, min_modules=1).write_frames(f"{path}/RAW-R0001-FRAMES-S00000.h5", np.repeat(np.arange(10001, 10005), 2),
                                         np.tile([1, 3], 4).astype("u8"))

# A: flags of 1.1, suspect trains, old names
path = folder("a")
for number in range(2):
    write_file(f"{path}/CORR-R0001-AGIPD{number:02}-S00000.h5",
               [AGIPDModule(f"{AGIPD}/CORR/{number}CH0", channel_name="output", raw=False, frames_per_train=4,
                            legacy_name=f"{AGIPD}/DET/{number}CH0")], ntrains=8, chunksize=8, format_version="1.1")
fill(path, mask=True)
slow(f"{path}/RAW-R0001-DA01-S00000.h5", version="1.1")
for name in os.listdir(path):
    with h5py.File(f"{path}/{name}", "r+") as f:
        f["INDEX/flag"][:8] = [0, 2, 0, 0, 0, 1, 0, 0]

# B: reduced before in two sequences, one module gone, trains without pulses
path = folder("b")
for sequence, counts in enumerate([[3, 0, 4, 2], [0, 5, 1, 0]]):
    for number in (0, 2):
        write_file(f"{path}/RAW-R0001-AGIPD{number:02}-S{sequence:05}.h5",
                   [AGIPDModule(f"{AGIPD}/DET/{number}CH0", frames_per_train=np.array(counts, "u8")),
                    AgipdPulseSelection(f"PULSE_REDUCTION/{AGIPD}/DET/{number}CH0"),
                    LitFrameFinderAux("SPB_IRU_AGIPD1M1/REDU/LITFRM")],
                   ntrains=4, firsttrain=FIRST + 4 * sequence, chunksize=8, format_version="1.2")
        with h5py.File(f"{path}/RAW-R0001-AGIPD{number:02}-S{sequence:05}.h5", "r+") as f:
            pattern = f["REDUCTION/SPB_IRU_AGIPD1M1/REDU/LITFRM:daqFilter/data/dataFramePattern"]
            pattern[:4] = np.arange(4)[:, None] + 10 * number + 100 * sequence
fill(path)
for sequence in range(2):
    slow(f"{path}/RAW-R0001-DA01-S{sequence:05}.h5", trains=4, first=FIRST + 4 * sequence,
         more=[TrainsOutsideBufferRange("TRAINS_OUTSIDE_BUFFER_RANGE")])

# C: DSSC of the oldest files, in two sequences
path = folder("c")
for number in range(2):
    for sequence in range(2):
        write_file(f"{path}/RAW-R0163-DSSC{number:02}-S{sequence:05}.h5",
                   [DSSCModule(f"SCS_DET_DSSC1M-1/DET/{number}CH0", frames_per_train=5)],
                   ntrains=4, firsttrain=FIRST + 4 * sequence, chunksize=8, format_version="0.5")
fill(path)
old_index(path)

# D: parallel gain with empty trains, and a module that misses one
path = lpd("d", "junk", frames=np.array([6, 0, 9, 6, 0, 12], "u8"))
with h5py.File(f"{path}/RAW-R0450-LPD01-S00000.h5", "r+") as f:
    f["INDEX/FXE_DET_LPD1M-1/DET/1CH0:xtdf/image/count"][3] = 0

# E: JUNGFRAU, 16 cells; one module began later, and one train is missing
path = jungfrau("e", trains=4, raw=True)
with h5py.File(f"{path}/RAW-R0012-JNGFR02-S00000.h5", "r+") as f:
    f["INDEX/trainId"][:4] = [10001, 10002, 10004, 10005]
    group = f["INSTRUMENT/SPB_IRDA_JF4M/DET/JNGFR02:daqOutput/data"]
    group["trainId"][:4] = [10001, 10002, 10004, 10005]
    for row, train in enumerate([10001, 10002, 10004, 10005]):
        for cell in range(16):
            group["adc"][row, cell] = frame_pixels((512, 1024), "u2", 2, train, cell)

# F: sequences cut elsewhere by each module, and a file that ends early
path = folder("f")
for number, cuts in [(0, (4, 4)), (1, (6, 2)), (2, (4, 4))]:
    first = FIRST
    for sequence, trains in enumerate(cuts):
        agipd_file(path, number, trains=trains, first=first, sequence=sequence)
        first += trains
fill(path)
slow(f"{path}/RAW-R0001-DA01-S00000.h5", first=FIRST + 2)
shutil.copytree(path, f"{base}/f-intact")
with open(f"{path}/RAW-R0001-AGIPD02-S00001.h5", "r+b") as f:
    f.truncate(100_000)

# H: two sequences share a train
path = folder("h")
for sequence, first in enumerate([FIRST, FIRST + 3]):
    agipd_file(path, 0, trains=4, first=first, sequence=sequence)
fill(path)

path = folder("h-first")
os.link(f"{base}/h/RAW-R0001-AGIPD00-S00000.h5", f"{path}/RAW-R0001-AGIPD00-S00000.h5")

# I: a module whose file lists no train
path = like_small("i")
agipd_file(path, 3, trains=1, frames=0)
with h5py.File(f"{path}/RAW-R0001-AGIPD03-S00000.h5", "r+") as f:
    f["INDEX"].visititems(lambda _, item: item.resize((0,)) if isinstance(item, h5py.Dataset) else None)

# J: virtual files
path = folder("j")
RunDirectory(f"{base}/small").write_virtual(f"{path}/RAW-R0001-VIRTUAL-S00000.h5")
path = like_small("k")
shutil.copy(f"{base}/33/overview.h5", f"{path}/RAW-R0001-OVERVIEW.h5")

# L: other detectors
for name, module, detector, numbers, more in [
    ("l-dssc", DSSCModule, "SQS_DET_DSSC1M-1", (0, 15), {}),
    ("l-lpd-mini", LPDModule, "FXE_DET_LPD_MINI", (0, 1), {}),
    ("l-lpd-solo", LPDModule, "FXE_DET_LPD_SOLO-1", (0,), {}),
    ("l-agipd500k", AGIPDModule, "HED_DET_AGIPD500K2G", (0, 7), {}),
    ("l-dssc-corrected", DSSCModule, "SCS_DET_DSSC1M-1", (4,), {"raw": False}),
]:
    path = folder(name)
    for number in numbers:
        write_file(f"{path}/RAW-R0007-DET{number:02}-S00000.h5",
                   [module(f"{detector}/DET/{number}CH0", frames_per_train=4, **more)],
                   ntrains=3, chunksize=4, format_version="1.2")
    fill(path)

# M: two detectors in one run
path = like_small("m")
for number in (1, 2):
    write_file(f"{path}/RAW-R0001-JNGFR{number:02}-S00000.h5", [JUNGFRAUModule(f"SPB_IRDA_JF4M/DET/JNGFR{number:02}", raw=True)],
               ntrains=2, chunksize=1, format_version="1.2")
    with h5py.File(f"{path}/RAW-R0001-JNGFR{number:02}-S00000.h5", "r+") as f:
        adc = f[f"INSTRUMENT/SPB_IRDA_JF4M/DET/JNGFR{number:02}:daqOutput/data/adc"]
        for row, cell in np.ndindex(2, 16):
            adc[row, cell] = frame_pixels((512, 1024), "u2", number, FIRST + row, cell)

# N: slow data whose train ids go back, and whose lists are padded
path = like_small("n")
with h5py.File(own(path, "RAW-R0001-DA01-S00000.h5"), "r+") as f:
    f["INDEX/trainId"][:] = [10000, 10001, 10003, 10002, 10004, 10005, 10006, 10007]
path = like_small("n-padded")
with h5py.File(own(path, "RAW-R0001-DA01-S00000.h5"), "r+") as f:
    for key, item in f["INDEX"].items():
        if isinstance(item, h5py.Dataset):
            item.resize((16,))

# O: JUNGFRAU with one cell, in rows of its own
path = folder("o")


class OneCell(JUNGFRAUModule):
    instrument_keys = [("frameNumber", "u8", (1,)), ("gain", "u1", (1, 512, 1024)), ("memoryCell", "u1", (1,)),
                       ("timestamp", "f8", (1,)), ("adc", "u2", (1, 512, 1024))]


for number in (1, 2):
    write_file(f"{path}/RAW-R0012-JNGFR{number:02}-S00000.h5", [OneCell(f"SPB_IRDA_JF4M/DET/JNGFR{number:02}")],
               ntrains=6, chunksize=1, format_version="1.0")
fill_rows(path)
