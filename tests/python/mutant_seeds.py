"""Small files to be mutated: EXtra-data's mock files, rarer HDF5 structures, and real frames.

usage: mutant_seeds.py FOLDER REAL_DATA|- FILE...
Prints JSON: of the files made in FOLDER and of each FILE, its path and the bytes that hold stored values ([first, end) pairs).
"""
import json
import os
import sys

import h5py
import hdf5plugin
import numpy as np
from extra_data.tests.mockdata.auxiliary import AgipdPulseSelection, LitFrameFinderAux, TrainsOutsideBufferRange
from extra_data.tests.mockdata.detectors import AGIPDModule, LPDModule
from extra_data.tests.mockdata.jungfrau import JUNGFRAUModule
from extra_data.tests.mockdata.mkfile import write_file
from extra_data.tests.mockdata.xgm import XGM

OUT, REAL, *FILES = sys.argv[1:]
AGIPD = "SPB_DET_AGIPD1M-1"
rng = np.random.default_rng(11)
made = []


def path(case, name):
    folder = os.path.join(OUT, case)
    os.makedirs(folder)
    made.append(os.path.join(folder, f"{name}-S00000.h5"))
    return made[-1]


def mock(case, name, devices, version="1.2", trains=2):
    target = path(case, name)
    write_file(target, devices, ntrains=trains, chunksize=4, format_version=version)
    return target


def fill(target, dataset, row_shape=None, **filters):
    """Stores sparse counts instead of the mock's zeros, one row a chunk."""
    with h5py.File(target, "r+") as f:
        old = f[dataset]
        values = (rng.poisson(0.02, old.shape[:1] + (row_shape or old.shape[1:])) * 37).astype(old.dtype)
        del f[dataset]
        f.create_dataset(dataset, data=values, chunks=(1,) + values.shape[1:], maxshape=(None,) + values.shape[1:], **filters)


def agipd(number=0, **kw):
    return AGIPDModule(f"{AGIPD}/DET/{number}CH0", frames_per_train=kw.pop("frames", 2), **kw)


def pixels(number=0):
    return f"INSTRUMENT/{AGIPD}/DET/{number}CH0:xtdf/image/data"


GZIP = dict(compression="gzip", compression_opts=1, shuffle=True)

for version in ("0.5", "1.0", "1.1", "1.3"):
    fill(mock(f"agipd-{version}", "RAW-R0001-AGIPD00", [agipd()], version), pixels(), **GZIP)

target = mock("first-last-status", "RAW-R0001-AGIPD00", [agipd()], "0.5")
fill(target, pixels(), **GZIP)
with h5py.File(target, "r+") as f:
    groups = []
    f["INDEX"].visititems(lambda name, item: groups.append(item) if isinstance(item, h5py.Group) and "count" in item else None)
    for group in groups:
        first, count = group["first"][:], group["count"][:]
        del group["count"]
        group["last"] = (first + np.maximum(count, 1) - 1).astype("u8")
        group["status"] = (count > 0).astype("u4")

fill(mock("reduced", "RAW-R0001-AGIPD03", [
    agipd(3, frames=np.array([0, 3])), AgipdPulseSelection(f"PULSE_REDUCTION/{AGIPD}/DET/3CH0"),
    LitFrameFinderAux("SPB_IRU_AGIPD1M1/REDU/LITFRM"), TrainsOutsideBufferRange("TRAINS_OUTSIDE_BUFFER_RANGE")]), pixels(3), **GZIP)

target = mock("legacy-links", "CORR-R0001-AGIPD00", [AGIPDModule(
    f"{AGIPD}/CORR/0CH0", raw=False, frames_per_train=1, channel_name="output", legacy_name=f"{AGIPD}/DET/0CH0")])
for key in ("data", "gain", "mask"):
    fill(target, f"INSTRUMENT/{AGIPD}/CORR/0CH0:output/image/{key}", **GZIP)

fill(mock("lpd", "RAW-R0001-LPD00", [LPDModule("FXE_DET_LPD1M-1/DET/0CH0", frames_per_train=2)]),
     "INSTRUMENT/FXE_DET_LPD1M-1/DET/0CH0:xtdf/image/data", **hdf5plugin.Zstd(clevel=1))

target = mock("jungfrau", "RAW-R0001-JNGFR01", [JUNGFRAUModule("SPB_IRDA_JF4M/DET/JNGFR01", raw=True)], "1.0")
for key in ("adc", "gain"):
    fill(target, f"INSTRUMENT/SPB_IRDA_JF4M/DET/JNGFR01:daqOutput/data/{key}", row_shape=(16, 64, 128), **hdf5plugin.Bitshuffle(cname="lz4"))

target = mock("control", "RAW-R0001-DA01", [XGM("SPB_XTD9_XGM/DOOCS/MAIN")], "1.3", trains=6)
with h5py.File(target, "r+") as f:
    keys = f["CONTROL/SPB_XTD9_XGM/DOOCS/MAIN"]
    strings = np.array([f"text {i}" * (i % 3) for i in range(6)], object)
    values = {"fixed": (np.array([f"state {i}".encode() for i in range(6)], "S12"), None),
              "words": (strings, h5py.string_dtype("utf-8")), "flag": (np.arange(6) % 2 == 0, None),
              "big": (np.arange(6).astype(">i4"), None), "vector": (rng.normal(size=(6, 3, 2)), None)}
    for key, (data, dtype) in values.items():
        keys.create_dataset(f"{key}/value", data=data, dtype=dtype, chunks=(4,) + data.shape[1:], maxshape=(None,) + data.shape[1:],
                            **(GZIP if key == "vector" else {}))
        keys[f"{key}/timestamp"] = np.arange(1, 7).astype("u8")
        f.create_dataset(f"RUN/SPB_XTD9_XGM/DOOCS/MAIN/{key}/value", data=data[:1], dtype=dtype)
    keys["vector"].attrs["unitSymbol"] = "m"
    keys["vector"].attrs["unitEnum"] = np.array([3], "i4")

# Chunk indexes, layouts and object headers of later versions of HDF5, which no DAQ writes so far, and checksums.
target = mock("latest", "RAW-R0001-AGIPD00", [agipd(frames=3)])
with h5py.File(target) as old, h5py.File(target + ".new", "w", libver="latest") as new:
    for name in old:
        old.copy(name, new)
    group = new[os.path.dirname(pixels())]
    images = (rng.poisson(0.02, old[pixels()].shape) * 37).astype("u2")
    del group["data"]
    group.create_dataset("data", data=images, chunks=(1,) + images.shape[1:], maxshape=(None,) + images.shape[1:], **GZIP)
    few = images[:, 0, :32]
    kinds = {"fixed-array": (dict(chunks=(1, 32, 128), fletcher32=True), few.shape), "b-tree-2": (dict(chunks=(1, 32, 128)), (None, None, 128)),
             "single": (dict(chunks=few.shape, compression="gzip"), few.shape), "contiguous": ({}, None)}
    for name, (options, most) in kinds.items():
        group.create_dataset(name, data=few, **options, **(dict(maxshape=most) if most else {}))
    create = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    create.set_layout(h5py.h5d.COMPACT)
    compact = h5py.h5d.create(group.id, b"compact", h5py.h5t.STD_U8LE, h5py.h5s.create_simple((6, 10)), create)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(60, dtype="u1").reshape(6, 10))
    rows = sum(new[f"INDEX/{AGIPD}/DET/0CH0:xtdf/image/count"][:2])
    assert rows == 6 == len(few)
os.replace(target + ".new", target)

# Several rows a chunk, checksums, and a dataset with holes.
target = mock("rows-per-chunk", "RAW-R0001-DA01", [XGM("SPB_XTD9_XGM/DOOCS/MAIN")], "1.2", trains=6)
with h5py.File(target, "r+") as f:
    name = "SPB_EXP_CAM/CAM/1:daqOutput"
    ids = f["METADATA/dataSources/dataSourceId"]
    ids.resize((len(ids) + 1,))
    ids[-1] = f"INSTRUMENT/{name}/data".encode()
    f[f"INDEX/{name}/data/first"], f[f"INDEX/{name}/data/count"] = np.arange(6, dtype="u8"), np.ones(6, "u8")
    images = rng.poisson(1, (6, 64, 80)).astype("u2")
    options = dict(chunks=(4, 64, 80), maxshape=(None, 64, 80))
    f.create_dataset(f"INSTRUMENT/{name}/data/image/pixels", data=images, fletcher32=True, **GZIP, **options)
    f.create_dataset(f"INSTRUMENT/{name}/data/lz4", data=images, **hdf5plugin.LZ4(), **options)
    f.create_dataset(f"INSTRUMENT/{name}/data/split", data=images, chunks=(2, 32, 80), compression="gzip")
    holes = f.create_dataset(f"INSTRUMENT/{name}/data/holes", (6, 64, 80), "i2", chunks=(1, 64, 80), fillvalue=-7)
    holes[2:4] = images[2:4]
    f[f"INSTRUMENT/{name}/data/trainId"] = np.arange(10000, 10006, dtype="u8")

if REAL != "-":
    sys.path.insert(0, REAL)
    from euxfel_run import RunWriter, xtdf_module

    def writer(case, **kw):
        return RunWriter(os.path.join(OUT, case), train_ids=np.arange(10001, 10003), **kw)

    with writer("real-jungfrau", run=2) as w:
        raw = np.stack([np.fromfile(f"{REAL}/jungfrau-raw/mod5_raw{i}.bin", np.uint16).reshape(512, 1024)[200:264] for i in range(2)])
        w.instrument("JNGFR01", "HED_IA1_JF500K1/DET/JNGFR01:daqOutput", "data",
                     {"adc": (raw & 0x3FFF)[:, None], "gain": (raw >> 14).astype("u1")[:, None], "memoryCell": np.full((2, 1), 15, "u1"),
                      "trainId": w.train_ids}, np.ones(2, int), codec="deflate")
    with writer("real-agipd", run=1, cls="CORR") as w:
        with np.load(f"{REAL}/agipd-powder/data_agipd.npz") as powder:
            image = powder[powder.files[0]][4:6].astype("f4")
        xtdf_module(w, AGIPD, 4, image, [1, 1], [3, 3], [3, 3], raw=False, codec="bslz4")
    with writer("real-dexela", run=4) as w:
        from scipy.sparse import csr_matrix
        z = np.load(f"{REAL}/ruby-peaks/mruby-0129_000004_ff1_000012-cachefile.npz", allow_pickle=True)
        frames = [csr_matrix((z[f"{i}_data"], (z[f"{i}_row"], z[f"{i}_col"])), shape=tuple(z["shape"])).toarray()[1000:1400, 1000:1500] for i in range(2)]
        w.instrument("DEXELA01", "HED_EXP_DEXELA/CAM/PANEL_1:daqOutput", "data", {"image.pixels": np.stack(frames).astype("u2")}, np.ones(2, int), codec="zstd")
    made += [os.path.join(OUT, c, n) for c in ("real-jungfrau", "real-agipd", "real-dexela") for n in os.listdir(os.path.join(OUT, c))]


def stored(name):
    """Where stored values lie, as far as HDF5 tells."""
    ranges = []

    def add(_, item):
        if not isinstance(item, h5py.Dataset):
            return
        if item.chunks:
            for i in range(item.id.get_num_chunks()):
                chunk = item.id.get_chunk_info(i)
                ranges.append([chunk.byte_offset, chunk.byte_offset + chunk.size])
        elif item.id.get_offset():
            ranges.append([item.id.get_offset(), item.id.get_offset() + item.id.get_storage_size()])

    with h5py.File(name) as f:
        f.visititems(add)
    return sorted(ranges)


print(json.dumps([{"file": name, "values": stored(name)} for name in made + FILES]))
