"""Copies a sound run once for each fault and makes the fault: RUN FOLDER. Prints {case: ids that must be found} as JSON."""
import json
import os
import shutil
import sys
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

base, root = Path(sys.argv[1]), Path(sys.argv[2])
DA, MODULE = "RAW-R0001-DA01-S00000.h5", "RAW-R0001-AGIPD03-S00000.h5"
LAST = DA.replace("S00000", "S00001")
XGM = "SPB_XTD9_XGM/DOOCS/MAIN"
FLUX = f"{XGM}/pulseEnergy/photonFlux"
OUTPUT = f"INSTRUMENT/{XGM}:output/data"
EVENT = "TRAINS_OUTSIDE_BUFFER_RANGE/event"
IMAGE = "INSTRUMENT/SPB_DET_AGIPD500K-1/DET/3CH0:xtdf/image"
expected = {}


def case(name, *ids, file=None):
    """A copy of the run, doctored by the function that follows: as a folder, or as one open file."""
    def make(change):
        folder = root / name
        shutil.copytree(base, folder)
        if file is None:
            change(folder)
        else:
            with h5py.File(folder / file, "r+") as f:
                change(f)
        expected[name] = sorted(ids)
    return make


def put(path, index, value):
    def change(f):
        f[path][index] = value
    return change


def delete(path):
    def change(f):
        del f[path]
    return change


def replace(path, make):
    """The dataset with the values that `make` returns for the old ones."""
    def change(f):
        values = make(f[path][()])
        del f[path]
        f[path] = values
    return change


def both(*changes):
    def change(f):
        for one in changes:
            one(f)
    return change


def remove(*names):
    def change(folder):
        for name in names:
            (folder / name).unlink()
    return change


case("sound")(lambda folder: None)
case("foreign", "open")(lambda folder: (folder / "RAW-R0001-DA02-S00000.h5").write_bytes(b"no HDF5" * 100))
case("nothing", "no-files")(lambda folder: [path.unlink() for path in folder.iterdir()])


@case("soft_link_inside", file=DA)
def _(f):
    f[f"{OUTPUT}/other"] = h5py.SoftLink("/INDEX/trainId")


@case("soft_link", "structure", file=DA)
def _(f):
    f[f"{OUTPUT}/other"] = h5py.SoftLink("/INDEX/nothing")


case("zero_inside", "train-ids-nonzero", "index-length", "trains-agree", file=DA)(put("INDEX/trainId", 3, 0))


def swap(values):
    values[[3, 4]] = values[[4, 3]]
    return values


def repeat(values):
    values[4] = values[3]
    return values


def absurd(values):
    values[-1] = 2**63 + 5
    return values


for name, change, file, ids in [
    ("swapped", swap, DA, ["train-ids-order"]),
    ("repeated", repeat, DA, ["train-ids-repeated", "train-ids-order", "trains-agree"]),
    ("absurd", absurd, LAST, ["train-ids-plausible", "trains-agree"]),
]:
    case(name, *ids, file=file)(both(replace("INDEX/trainId", change), replace(f"{OUTPUT}/trainId", change)))
case("flag", "train-flags", file=DA)(put("INDEX/flag", 2, 7))
case("suspect", "train-flags", file=DA)(put("INDEX/flag", 2, 0))
case("short_origins", "train-lists", file=DA)(replace("INDEX/origin", lambda values: values[:-1]))
case("short_flags", "train-lists", file=DA)(replace("INDEX/flag", lambda values: values[:-1]))
case("short_timestamps", "train-lists", "train-timestamps", file=DA)(replace("INDEX/timestamp", lambda v: v[:-1]))
case("origin", "train-origins", file=DA)(put("INDEX/origin", 0, 99))
case("timestamp", "train-timestamps", file=DA)(put("INDEX/timestamp", 4, 5))
case("row_of_another_train", "row-trains", file=MODULE)(put(f"{IMAGE}/trainId", 5, 10_007))


@case("counts_that_chain_up", "row-trains", file=DA)
def _(f):
    group = f[f"INDEX/{XGM}:output/data"]
    group["count"][2:4] = [0, 2]
    group["first"][3] = 2


case("long_index", "index-length", file=DA)(both(
    replace(f"INDEX/{XGM}/first", lambda v: np.append(v, 8).astype("u8")),
    replace(f"INDEX/{XGM}/count", lambda v: np.append(v, 0).astype("u8"))))
case("overlap_of_errata", "index-contiguous", file=DA)(put(f"INDEX/{EVENT}/first", 2, 3))
case("errata_past_end", "index-inside-data", file=DA)(put(f"INDEX/{EVENT}/count", 7, 3))
case("orphans", "index-orphans", file=DA)(put(f"INDEX/{EVENT}/count", 7, 1))
case("control_missing", "control-count", file=DA)(put(f"INDEX/{XGM}/count", 7, 0))
case("control_twice", "control-count", "index-inside-data", file=DA)(put(f"INDEX/{XGM}/count", 7, 2))
case("time_decreases", "control-timestamps", file=DA)(put(f"CONTROL/{FLUX}/timestamp", 4, 2))
case("time_zero", "control-timestamps", file=DA)(put(f"CONTROL/{FLUX}/timestamp", 4, 0))
case("short_sibling", "group-rows", "index-inside-data", file=DA)(replace(f"{OUTPUT}/intensityTD", lambda v: v[:-1]))
case("long_sibling", "group-rows", "index-orphans", file=DA)(
    replace(f"{OUTPUT}/intensityTD", lambda v: np.concatenate([v, v[:1]])))
case("no_datasets", "group-data", file=DA)(delete(f"ERRATA/{EVENT}/types"))
case("run_value_of_many", "run-values", file=DA)(replace(f"RUN/{FLUX}/value", lambda v: np.repeat(v, 5)))
case("run_value_of_another_type", "run-control", file=DA)(replace(f"RUN/{FLUX}/value", lambda v: v.astype("i4")))
case("run_value_of_another_shape", "run-control", file=DA)(replace(f"RUN/{FLUX}/value", lambda v: np.array([[1.0, 2.0]])))
case("no_sample", "metadata", file=DA)(delete("METADATA/sample"))


@case("lists_differ", "metadata", file=DA)
def _(f):
    devices = f["METADATA/dataSources/deviceId"]
    devices[0] = b"SOMETHING/ELSE"


case("no_roots", "metadata", file=DA)(delete("METADATA/dataSources/root"))
case("sequence_number", "metadata-name", file=DA)(put("METADATA/sequenceNumber", 0, 7))
case("proposal_number", "metadata-agrees", file=DA)(put("METADATA/proposalNumber", 0, 7))


@case("train_in_two_files", "train-once")
def _(folder):
    copy = folder / DA.replace("S00000", "S00002")
    shutil.copy(folder / DA, copy)
    with h5py.File(copy, "r+") as f:
        f["METADATA/sequenceNumber"][0] = 2


case("no_first_sequence", "sequences", "trains-agree")(remove(DA))
case("no_last_sequence", "trains-agree")(remove(LAST))
case("no_module", "modules-present")(remove(MODULE, MODULE.replace("S00000", "S00001")))


@case("no_trains", "empty-file", "trains-agree")
def _(folder):
    with h5py.File(folder / DA) as f, h5py.File(folder / DA.replace("DA01", "DA02"), "w") as new:
        f.copy("METADATA", new)
        for name in ["dataSources", "auxiliarySources"]:
            if f"METADATA/{name}" in new:
                del new[f"METADATA/{name}"]
        for name in ["dataSourceId", "root", "deviceId"]:
            new.create_dataset(f"METADATA/dataSources/{name}", (0,), h5py.string_dtype("ascii"))
        for name in ["trainId", "timestamp", "flag", "origin"]:
            new.create_dataset(f"INDEX/{name}", (0,), f[f"INDEX/{name}"].dtype)
        new.create_group("RUN")


@case("counts_disagree", "modules-count", "modules-ids", file=MODULE)
def _(f):
    f[f"INDEX/{IMAGE.removeprefix('INSTRUMENT/')}/count"][7] = 3
    for key in list(f[IMAGE]):
        replace(f"{IMAGE}/{key}", lambda values: values[:-1])(f)


case("pulse_ids_disagree", "modules-ids", file=MODULE)(put(f"{IMAGE}/pulseId", 5, 77))
case("cell_ids_disagree", "modules-ids", file=MODULE)(put(f"{IMAGE}/cellId", 5, 77))


@case("stale_map", "map-cache")
def _(folder):
    stat = os.stat(folder / DA)
    entry = {"filename": DA, "size": stat.st_size, "mtime": stat.st_mtime, "train_ids": [1], "control_sources": [],
             "instrument_sources": [], "legacy_sources": {}, "suspect_train_indices": []}
    (folder / "karabo_data_map.json").write_text(json.dumps([entry]))


@case("damaged_chunk", "chunks")
def _(folder):
    with h5py.File(folder / MODULE) as f:
        offset = f[f"{IMAGE}/data"].id.get_chunk_info(5).byte_offset
    with open(folder / MODULE, "r+b") as f:
        f.seek(offset)
        f.write(b"\xff" * 16)


print(json.dumps(expected))
