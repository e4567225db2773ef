"""A copy of a run with one thing about it that is odd, or wrong, and that a reduction has to live with.

usage: blemish.py RUN COPY WHAT
  control-times     timestamps of a CONTROL key decrease
  zero-times        INDEX/timestamp of the first detector file begins with 0
  orphans           slow INSTRUMENT data have two rows more than the index counts
  gap               rows of slow INSTRUMENT data that belong to no train, between two trains
  padded            trainId and its lists of the slow file end in zeros, the index too
  long-index        first and count of slow data are longer than the list of trains
  unsorted          two trains of the slow file in another order
  module-missing    the last file of a module is not there
  sequence-missing  a sequence of the slow file is not there
  flags             a train is suspect in every file, and a slow source told of it first
  texts             keys of texts in CONTROL and INSTRUMENT
  frame-texts       keys of texts beside the frames of a module, and in its other groups
  run-only          a source that has RUN values and nothing else
  legacy            corrected data under their old names too
  auxiliary         REDUCTION and ERRATA sources
  run-number        METADATA of every file state another run
  foreign-name      a slow file whose name is none
  no-trains         a file of slow data that has none
"""
import glob
import os
import re
import shutil
import sys

import h5py
import numpy as np

run, copy, what = sys.argv[1:4]
shutil.copytree(run, copy)
files = sorted(glob.glob(os.path.join(copy, "*.h5")))
slow = [f for f in files if "DA01" in f]
detector = [f for f in files if re.search(r"AGIPD\d\d-", f)]
xgm = "SPB_XTD9_XGM/XGM/DOOCS"


def replace(file, path, values):
    """The dataset with other values, or of another length."""
    attributes = dict(file[path].attrs) if path in file else {}
    if path in file:
        del file[path]
    file[path] = values
    file[path].attrs.update(attributes)


def list_sources(file, names, group="dataSources/dataSourceId"):
    path = f"METADATA/{group}"
    known = list(file[path].asstr()[:]) if path in file else []
    lists = {"dataSourceId": known + names}
    if group.startswith("dataSources"):
        lists["root"] = [n.split("/", 1)[0] for n in known + names]
        lists["deviceId"] = [n.split("/", 1)[1] for n in known + names]
        for name, values in lists.items():
            replace(file, f"METADATA/dataSources/{name}", np.array(values, dtype=h5py.string_dtype("ascii")))
    else:
        replace(file, path, np.array(known + names, dtype=h5py.string_dtype("ascii")))


def modules(file):
    """Path of each module's source, and its groups that tell trains by row."""
    sources = {}
    for name in file["METADATA/dataSources/dataSourceId"].asstr()[:]:
        source, group = name.rsplit("/", 1)
        if f"{name}/trainId" in file:
            sources.setdefault(source, []).append(group)
    return sources.items()


def index(file, name, counts):
    counts = np.asarray(counts, "u8")
    file[f"INDEX/{name}/count"] = counts
    file[f"INDEX/{name}/first"] = (np.cumsum(counts) - counts).astype("u8")


if what == "control-times":
    for path in slow:
        with h5py.File(path, "r+") as file:
            times = file[f"CONTROL/{xgm}/pulseEnergy/photonFlux/timestamp"]
            times[-1] = times[0] - 1
elif what == "zero-times":
    with h5py.File(detector[0], "r+") as file:
        file["INDEX/timestamp"][0] = 0
elif what == "orphans":
    for path in slow:
        with h5py.File(path, "r+") as file:
            group = file[f"INSTRUMENT/{xgm}:output/data"]
            for name in list(group):
                replace(group, name, np.append(group[name][:], group[name][:2], axis=0))
elif what == "gap":
    for path in slow:
        with h5py.File(path, "r+") as file:
            file[f"INDEX/{xgm}:output/data/count"][0] = 0
elif what == "padded":
    for path in slow:
        with h5py.File(path, "r+") as file:
            pad = lambda name: replace(file, name, np.append(file[name][:], np.zeros(2, file[name].dtype)))  # noqa: E731
            for name in ("trainId", "timestamp", "flag", "origin"):
                pad(f"INDEX/{name}")
elif what == "long-index":
    for path in slow:
        with h5py.File(path, "r+") as file:
            for name in ("first", "count"):
                values = file[f"INDEX/{xgm}:output/data/{name}"][:]
                replace(file, f"INDEX/{xgm}:output/data/{name}", np.append(values, np.zeros(2, "u8")))
elif what == "unsorted":
    with h5py.File(slow[0], "r+") as file:
        ids = file["INDEX/trainId"][:]
        ids[[0, 1]] = ids[[1, 0]]
        file["INDEX/trainId"][:] = ids
elif what == "module-missing":
    os.remove(detector[-1])
elif what == "sequence-missing":
    os.remove(slow[0])
elif what == "flags":
    for path in files:
        with h5py.File(path, "r+") as file:
            file["INDEX/flag"][1] = 0
            file["INDEX/origin"][1] = 0
elif what == "texts":
    for path in slow:
        with h5py.File(path, "r+") as file:
            trains = len(file["INDEX/trainId"])
            texts = np.array([f"état {i}" for i in range(trains)], dtype=h5py.string_dtype("utf-8"))
            key = file.create_group(f"CONTROL/{xgm}/state")
            key["value"], key["timestamp"] = texts, file["INDEX/timestamp"][:]
            file[f"RUN/{xgm}/state/value"] = texts[:1]
            file[f"RUN/{xgm}/state/timestamp"] = file["INDEX/timestamp"][:1]
            rows = len(file[f"INSTRUMENT/{xgm}:output/data/trainId"])
            file[f"INSTRUMENT/{xgm}:output/data/comment"] = np.array([b"%d" % i for i in range(rows)], "S5")
elif what == "frame-texts":
    for path in detector:
        with h5py.File(path, "r+") as file:
            ((source, groups),) = modules(file)
            for group in groups:
                rows = len(file[f"{source}/{group}/trainId"])
                texts = [f"{group} état {i}" for i in range(rows)]
                file[f"{source}/{group}/comment"] = np.array(texts, dtype=h5py.string_dtype("utf-8"))
                file[f"{source}/{group}/label"] = np.array([b"%d" % i for i in range(rows)], "S5")
elif what == "run-only":
    for path in slow:
        with h5py.File(path, "r+") as file:
            file["RUN/A/B/C/classId/value"] = np.array(["Nothing"], dtype=h5py.string_dtype("ascii"))
            file["RUN/A/B/C/classId/timestamp"] = file["INDEX/timestamp"][:1]
            file.create_group("CONTROL/A/B/C")
            index(file, "A/B/C", np.zeros(len(file["INDEX/trainId"])))
            list_sources(file, ["CONTROL/A/B/C"])
elif what == "legacy":
    for path in detector:
        with h5py.File(path, "r+") as file:
            names = list(file["METADATA/dataSources/dataSourceId"].asstr()[:])
            (new,) = {n.split("/", 1)[1].rsplit("/", 1)[0] for n in names if n.endswith("/image")}
            old = new.replace("/CORR/", "/DET/").replace(":output", ":xtdf")
            for section in ("INDEX", "INSTRUMENT"):
                file.require_group(f"{section}/{old.rsplit('/', 1)[0]}")
                file[f"{section}/{old}"] = h5py.SoftLink(f"/{section}/{new}")
            list_sources(file, [n.replace(new, old) for n in names if new in n])
elif what == "auxiliary":
    for path in detector:
        with h5py.File(path, "r+") as file:
            names = list(file["METADATA/dataSources/dataSourceId"].asstr()[:])
            (source,) = {n.split("/", 1)[1].rsplit("/", 1)[0] for n in names if n.endswith("/image")}
            trains = len(file["INDEX/trainId"])
            base = f"PULSE_REDUCTION/{source}/image"
            index(file, base, np.ones(trains))
            file[f"REDUCTION/{base}/data/reductionRatio"] = np.linspace(1, 2, trains)
            file[f"REDUCTION/{base}/data/wasReduced"] = np.ones(trains, "u1")
            list_sources(file, [f"REDUCTION/{base}"], "auxiliarySources/REDUCTION")
    for path in slow:
        with h5py.File(path, "r+") as file:
            base = "TRAINS_OUTSIDE_BUFFER_RANGE/event"
            counts = np.zeros(len(file["INDEX/trainId"]))
            counts[0] = 2
            index(file, base, counts)
            file[f"ERRATA/{base}/originalTrainIds"] = np.arange(2, dtype="u8")
            list_sources(file, [f"ERRATA/{base}"], "auxiliarySources/ERRATA")
elif what == "run-number":
    for path in files:
        with h5py.File(path, "r+") as file:
            file["METADATA/runNumber"][0] = 77
elif what == "foreign-name":
    os.rename(slow[0], os.path.join(copy, "slow data.h5"))
elif what == "no-trains":
    path = slow[0].replace("DA01", "DA02")
    shutil.copy(slow[0], path)
    with h5py.File(path, "r+") as file:
        found = []
        file.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
        for name in found:
            if name.startswith("INDEX") or name.startswith("CONTROL"):
                replace(file, name, file[name][:0])
        names = [n.replace("DOOCS", "EMPTY") for n in file["METADATA/dataSources/dataSourceId"].asstr()[:] if n == f"CONTROL/{xgm}"]
        for name in ("dataSourceId", "root", "deviceId"):
            replace(file, f"METADATA/dataSources/{name}", np.array([], dtype=h5py.string_dtype("ascii")))
        for section in ("CONTROL", "RUN", "INDEX"):
            file.move(f"{section}/{xgm}", f"{section}/{xgm.replace('DOOCS', 'EMPTY')}")
        list_sources(file, names)
else:
    raise SystemExit(f"nothing known of {what}")
print("{}")
