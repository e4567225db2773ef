"""Slow data of every kind, and the comparison of a copy with its original.

make FILE | compare INPUT OUTPUT | legacy FOLDER | legacy-compare INPUT OUTPUT | past-end FILE |
filter lzf|scaleoffset ROWS FILE | foreign INPUT OUTPUT
"""
import sys
import warnings
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
from extra_data import H5File
from extra_data.file_access import FileAccess
from extra_data.tests.mockdata.detectors import AGIPDModule
from extra_data.tests.mockdata.mkfile import write_file
from extra_data.tests.mockdata.xgm import XGM
from extra_data.validation import FileValidator

N = 20
COUNTS = np.array([0, 1, 2, 3] * 5, "u8")
FAST = "A/B/C:output"


def make(path):
    write_file(path, [XGM("SPB_XTD9_XGM/DOOCS/MAIN")], ntrains=N, chunksize=7, format_version="1.3")
    rng = np.random.default_rng(5)
    rows = int(COUNTS.sum())
    with h5py.File(path, "r+") as f:
        sources = [s for s in f["METADATA/dataSources/dataSourceId"][:] if s]
        sources += [b"CONTROL/T/E/S", b"CONTROL/RUN/ONLY/X", f"INSTRUMENT/{FAST}/data".encode(), f"INSTRUMENT/{FAST}/empty".encode()]
        del f["METADATA/dataSources"]
        vlen = h5py.string_dtype("ascii")
        for key, values in [("dataSourceId", sources), ("root", [s.split(b"/", 1)[0] for s in sources]), ("deviceId", [s.split(b"/", 1)[1] for s in sources])]:
            f.create_dataset(f"METADATA/dataSources/{key}", data=np.array(values, object), dtype=vlen)
        f["METADATA"].create_dataset("auxiliarySources/REDUCTION", data=np.array([b"REDUCTION/R/X:out/image"], object), dtype=vlen)
        for source in ("T/E/S", "RUN/ONLY/X"):
            has = source == "T/E/S"
            f[f"INDEX/{source}/first"] = np.arange(N, dtype="u8") * has
            f[f"INDEX/{source}/count"] = np.full(N, has, "u8")
        g = f.create_group("CONTROL/T/E/S")
        keys = {
            "fixed": np.array([f"state {i}".encode() for i in range(N)], "S12"),
            "vlen": np.array([f"text {i}" * (i % 3) for i in range(N)], object),
            "flag": np.arange(N) % 2 == 0,
            "big": (np.arange(N) * 1000).astype(">i4"),
            "vector": rng.normal(size=(N, 3, 2)).astype("f8"),
        }
        for key, values in keys.items():
            dtype = h5py.string_dtype("utf-8") if key == "vlen" else None
            g.create_dataset(f"{key}/value", data=values, dtype=dtype, chunks=(7,) + values.shape[1:], maxshape=(None,) + values.shape[1:])
            g[f"{key}/timestamp"] = np.arange(1, N + 1).astype("u8")
            f.create_dataset(f"RUN/T/E/S/{key}/value", data=values[:1], dtype=dtype)
            f[f"RUN/T/E/S/{key}/timestamp"] = np.array([1], "u8")
        g["vector"].attrs["unitSymbol"] = "m"
        g["vector"].attrs["unitEnum"] = np.array([3], "i4")
        f["RUN/RUN/ONLY/X/classId/value"] = np.array([b"Thing"], object)
        f["RUN/RUN/ONLY/X/list/value"] = np.arange(500.0)[None]
        f.create_group("CONTROL/RUN/ONLY/X")
        for group, counts in (("data", COUNTS), ("empty", np.zeros(N, "u8"))):
            f[f"INDEX/{FAST}/{group}/count"] = counts
            f[f"INDEX/{FAST}/{group}/first"] = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype("u8")
        data = f.create_group(f"INSTRUMENT/{FAST}/data")
        data["trainId"] = np.repeat(np.arange(10000, 10000 + N), COUNTS.astype(int)).astype("u8")
        images = rng.poisson(2, (rows, 20, 16)).astype("u2")
        bshuf, zstd = hdf5plugin.Bitshuffle(cname="lz4"), hdf5plugin.Zstd(clevel=3)
        for name, chunk, kw in [
            ("gzip1", 1, dict(compression="gzip", shuffle=True)),
            ("gzip4", 4, dict(compression="gzip", compression_opts=1, fletcher32=True)),
            ("bslz4", 4, bshuf), ("bslz4_1", 1, bshuf), ("zstd64", 64, zstd),
            ("plain", 3, {}),
        ]:
            data.create_dataset(name, data=images, chunks=(min(chunk, rows), 20, 16) if chunk < 64 else (64, 20, 16), maxshape=(None, 20, 16), **kw)
        data.create_dataset("split", data=images, chunks=(4, 10, 16), compression="gzip")
        data.create_dataset("biggzip", data=images.astype(">u2"), chunks=(3, 20, 16), compression="gzip")
        sparse = data.create_dataset("unwritten", shape=(rows, 4), chunks=(2, 4), dtype="f4", compression="gzip", fillvalue=7)
        sparse[4:6] = 1
        data["unitless/deep.er/value"] = np.arange(rows).astype("i2")
        data["gzip1"].attrs["unitSymbol"] = "ADU"
        data["pair"] = np.array([(i, i / 2) for i in range(rows)], [("a", "i4"), ("b", "f8")])
        data.create_dataset("words", data=np.array([f"w{i}" for i in range(rows)], object), dtype=vlen)
        lists = data.create_dataset("lists", (rows,), h5py.vlen_dtype("i4"))
        mixed = data.create_dataset("mixed", (rows, 2), np.dtype([("n", "i2"), ("list", h5py.vlen_dtype("f8")), ("text", h5py.string_dtype())]))
        for i in range(rows):
            lists[i] = np.arange(i % 5, dtype="i4")
            for k in range(2):
                mixed[i, k] = (i, np.arange(k * i % 3) / 2, "t" * (i % 4))
        f.create_dataset(f"INSTRUMENT/{FAST}/empty/x", shape=(0, 5), maxshape=(None, 5), dtype="f4", chunks=(10, 5), compression="gzip")
        f["INDEX/R/X:out/image/first"] = np.arange(N, dtype="u8")
        f["INDEX/R/X:out/image/count"] = np.ones(N, "u8")
        f["REDUCTION/R/X:out/image/ratio"] = np.linspace(0, 1, N)


def plain(values):
    """Lists of lists, whatever arrays and records hold."""
    if isinstance(values, (np.ndarray, np.void, tuple, list)):
        return [plain(value) for value in (values.tolist() if isinstance(values, np.ndarray) and values.dtype.kind not in "OV" else list(values))]
    return values


def compare(before, after):
    warnings.simplefilter("error", UserWarning)
    with h5py.File(before) as a, h5py.File(after) as b:
        ids = b["INDEX/trainId"][:].tolist()
        old = a["INDEX/trainId"][:N].tolist()
        assert b["INDEX/timestamp"][:].tolist() == [1_700_000_000_000_000_000 + i for i in ids]
        index = {}

        def rows_of(path):
            """Rows of the index group that a dataset belongs to."""
            section, rest = path.split("/", 1)
            names = [n for n in index if rest.startswith(n + "/")]
            return index[max(names, key=len)] if names else None

        def collect(name, obj):
            if name.endswith("/count"):
                base = name[: -len("/count")]
                counts = obj[:N].astype(int)
                first = a[f"INDEX/{base}/first"][:N].astype(int)
                rows, new = [], []
                for i in ids:
                    k = old.index(i) if i in old else None
                    new.append(counts[k] if k is not None else 0)
                    if k is not None:
                        rows.extend(range(first[k], first[k] + counts[k]))
                index[base] = rows
                assert b[f"INDEX/{base}/count"][:].tolist() == new, base
                assert b[f"INDEX/{base}/first"][:].tolist() == np.concatenate([[0], np.cumsum(new)[:-1]]).tolist()[: len(new)], base

        a["INDEX"].visititems(collect)
        seen = 0

        def check(path, obj):
            nonlocal seen
            if not isinstance(obj, h5py.Dataset) or path.split("/")[0] not in ("CONTROL", "RUN", "INSTRUMENT", "REDUCTION"):
                return
            new = b[path]
            assert new.dtype == obj.dtype, (path, new.dtype, obj.dtype)
            values = obj[:] if path.startswith("RUN/") else obj[:][np.array(rows_of(path), int)]
            if path.endswith(("/lists", "/mixed")):
                assert repr(plain(new[:])) == repr(plain(values)), path
            else:
                np.testing.assert_array_equal(new[:], values, err_msg=path)
            filters = lambda d: [d.id.get_create_plist().get_filter(i)[0] for i in range(d.id.get_create_plist().get_nfilters())]
            if path != f"INSTRUMENT/{FAST}/data/split":
                assert filters(new) == filters(obj), (path, filters(new), filters(obj))
            assert set(obj.attrs) == set(new.attrs), path
            for key, value in obj.attrs.items():
                assert new.attrs[key] == value and type(new.attrs[key]) == type(value), (path, key)
            seen += 1

        a.visititems(check)
        assert seen > 30, seen
        assert b["CONTROL/T/E/S/vector"].attrs["unitSymbol"] == "m"
        assert b["CONTROL/T/E/S/vector"].attrs["unitEnum"].tolist() == [3]
        assert "RUN/RUN/ONLY/X/list/value" in b and "CONTROL/RUN/ONLY/X" in b
        assert sorted(filter(None, a["METADATA/dataSources/dataSourceId"][:])) == b["METADATA/dataSources/dataSourceId"][:].tolist()
    run = H5File(after)
    if run.train_ids:
        assert run.get_run_value("RUN/ONLY/X", "classId") in (b"Thing", "Thing")
        assert "for 1 sources" in str(run.auxiliary), str(run.auxiliary)
    # index_instrument stops with a KeyError at the key `deep.er`
    problems = FileValidator(FileAccess(str(after)), skip_checks=("index_instrument",)).run_checks()
    assert not problems, problems


def legacy(folder):
    write_file(Path(folder) / "RAW-R0001-DA02-S00000.h5", [AGIPDModule("SPB_DET_AGIPD1M-1/CORR/0CH0", raw=False, frames_per_train=3, channel_name="output", legacy_name="SPB_DET_AGIPD1M-1/DET/0CH0")],
               ntrains=4, chunksize=1, format_version="1.2")


def legacy_compare(before, after):
    with h5py.File(after) as f:
        links = [f"{s}/{n}" for s in ("INDEX", "INSTRUMENT") for n in ("SPB_DET_AGIPD1M-1/DET/0CH0:xtdf",)]
        for link in links:
            assert isinstance(f.get(link, getlink=True), h5py.SoftLink), link
    old, new = H5File(before), H5File(after)
    assert new.legacy_sources == old.legacy_sources and new.legacy_sources
    assert new.all_sources == old.all_sources
    assert new.train_ids == [10000, 10002]


command, *paths = sys.argv[1:]
if command == "past-end":
    make(paths[0])
    with h5py.File(paths[0], "r+") as f:
        f[f"INDEX/{FAST}/data/count"][N - 1] = 100
elif command == "filter":  # one more dataset, with a filter that only h5py knows, or only HDF5
    name, rows, path = paths
    make(path)
    kw = {"compression": "lzf"} if name == "lzf" else {"scaleoffset": 0}
    with h5py.File(path, "r+") as f:
        images = f[f"INSTRUMENT/{FAST}/data/plain"][:]
        f.create_dataset(f"INSTRUMENT/{FAST}/data/foreign", data=images, chunks=(int(rows), 20, 16), **kw)
elif command == "foreign":  # the copy's values
    with h5py.File(paths[0]) as a, h5py.File(paths[1]) as b:
        ids = b[f"INSTRUMENT/{FAST}/data/trainId"][:]
        rows = np.flatnonzero(np.isin(a[f"INSTRUMENT/{FAST}/data/trainId"][:], ids))
        np.testing.assert_array_equal(b[f"INSTRUMENT/{FAST}/data/foreign"][:], a[f"INSTRUMENT/{FAST}/data/foreign"][:][rows])
else:
    {"make": make, "compare": compare, "legacy": legacy, "legacy-compare": legacy_compare}[command](*paths)
print("ok")
