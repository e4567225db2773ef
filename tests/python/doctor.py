"""Changes one thing in a reduced run, as a fault of a disk or a program might.

usage: doctor.py OUTPUT WHAT [PLACE]
  pixel         one bit of one pixel of the last detector file
  swapped       the pixels of the first two frames of a train, not their ids
  reordered     every key of these two frames, ids too
  id            the pulse id of a frame
  gain          one value of the gain of a frame, or of the first other large key
  fate-removed  the row of a frame, INDEX too
  fate-changed  a kept frame is said to be dropped
  fate-id       the pulse id of a row
  control       one value of a CONTROL source, the last of its file
  run-value     one RUN value of a source beside the detector, a text where there is one
  beyond        one pixel by 1000, stored without filters
  timestamp, flag, origin   of a train in a detector file
  proposal, date            in METADATA of a results file
  unit          an attribute of a CONTROL key
  detector-unit an attribute that a detector's key has not
  control-time  the time at which the last value of a CONTROL key was set
  old-name, old-name-moved  the link of a renamed source, removed or to another source
  reduction, errata         one value of such a source
  errata-removed            such a source
  added         a dataset in the group of the pixels
  added-key     a dataset in a slow INSTRUMENT source
  added-result  a source of results
  added-file    a file that holds trains and no source
  result-id     the pulse id of a row of results
  result-swapped            the ids of two rows of results
  result-train  the train id of a row of results
  n-frames      the number of frames of a train
  index         where the rows of a train begin in a detector file
  external-link, virtual, external-storage   the pixels of a detector file lie in INPUT, the third argument, or a file beside
  linked-group  all of INSTRUMENT is a link into INPUT
  soft-link     the pixels are a link to a link into INPUT
  virtual-slow  a slow key is virtual over INPUT
  bound         the pixels of a frame changed, and a bound stated that allows it
  foreign-group, -dataset, -attribute, -index, -key      something that no reduction writes, in a detector file
  altered-row, -column, -run-value                       a derived value
  frame-lost    a kept frame removed everywhere, its fate that of the first `keep`
Prints train, pulse, source, file and dataset as JSON; what it does not know is null.
"""
import glob
import json
import os
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np

output, what = sys.argv[1:3]


def index(file, section, source, group):
    base = f"INDEX/{source}/{group}" if group else f"INDEX/{source}"
    return file[base]


def train_of(file, source, group, row):
    entry = index(file, "", source, group)
    first, count = entry["first"][:], entry["count"][:]
    (position,) = np.flatnonzero((first <= row) & (row < first + count))
    return int(file["INDEX/trainId"][position]), int(position), int(first[position])


def told(train, pulse, source, path=None, dataset=None):
    name = path and os.path.basename(path)
    print(json.dumps({"train": train, "pulse": pulse, "source": source, "file": name, "dataset": dataset}))


def first_file(*words):
    """The last file whose name has one of the words and, where it matters, frames."""
    for path in sorted(glob.glob(os.path.join(output, "*.h5")), reverse=True):
        if any(word in os.path.basename(path) for word in words):
            return path
    raise SystemExit(f"no file {words}")


def sources_of(file, kind="dataSources/dataSourceId"):
    return list(file[f"METADATA/{kind}"].asstr()[:])


def detector_file():
    for path in sorted(glob.glob(os.path.join(output, "*.h5")), reverse=True):
        with h5py.File(path) as file:
            sources = file["METADATA/dataSources/dataSourceId"].asstr()[:]
            images = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in sources if s.endswith("/image")]
            if images and len(file[f"INSTRUMENT/{images[0]}/image/data"]):
                return path, images[0]
    raise SystemExit("no detector file with frames")


def rewrite(group, name, values):
    attributes = dict(group[name].attrs)
    del group[name]
    group[name] = values
    group[name].attrs.update(attributes)


if what in ("pixel", "swapped", "reordered", "id", "gain", "beyond"):
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        group = file[f"INSTRUMENT/{source}/image"]
        # the last train with two frames
        entry = index(file, "", source, "image")
        position = int(np.flatnonzero(entry["count"][:] > 1)[-1])
        row = int(entry["first"][position])
        train = int(file["INDEX/trainId"][position])
        pulse = int(group["pulseId"][row].ravel()[0])
        if what == "pixel":
            pixels = group["data"][row]
            pixels.view(f"u{pixels.dtype.itemsize}").reshape(-1)[1234] ^= 1
            group["data"][row] = pixels
        elif what == "gain":
            key = "gain" if "gain" in group else "mask"
            values = group[key][row]
            values.reshape(-1)[77] += 1
            group[key][row] = values
        elif what == "id":
            group["pulseId"][row] = 999
        elif what == "beyond":
            pixels = group["data"][row]
            pixels.reshape(-1)[4321] += 1000
            group["data"].id.write_direct_chunk((row,) + (0,) * pixels.ndim, pixels.tobytes(), filter_mask=3)
        else:
            for key in (["data"] if what == "swapped" else list(group)):
                a, b = group[key][row], group[key][row + 1]
                group[key][row], group[key][row + 1] = b, a
    key = {"pixel": "data", "swapped": "data", "beyond": "data", "gain": "gain"}.get(what)
    told(train, pulse, source, key and path, key and f"/INSTRUMENT/{source}/image/{key}")
elif what.startswith("fate-"):
    for path in sorted(glob.glob(os.path.join(output, "*-REDU00-*.h5")), reverse=True):
        with h5py.File(path, "r+") as file:
            (source,) = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in
                         file["METADATA/dataSources/dataSourceId"].asstr()[:] if "/FATE:output" in s]
            group = file[f"INSTRUMENT/{source}/data"]
            row = int(np.flatnonzero(group["fate"][:] == 0)[-1])
            train, position, first = train_of(file, source, "data", row)
            pulse = int(group["pulseId"][row])
            if what == "fate-changed":
                group["fate"][row] = 3
            elif what == "fate-id":
                group["pulseId"][row] = 999
            else:
                for key in list(group):
                    rewrite(group, key, np.delete(group[key][:], row))
                entry = index(file, "", source, "data")
                count, firsts = entry["count"][:], entry["first"][:]
                count[position] -= 1
                firsts[position + 1:] -= 1
                entry["count"][:], entry["first"][:] = count, firsts
        told(train, pulse, source)
        break
elif what == "control":
    for path in sorted(glob.glob(os.path.join(output, "*.h5"))):
        with h5py.File(path, "r+") as file:
            if "REDU" in path or "CONTROL" not in file:
                continue
            found = []
            file["CONTROL"].visititems(lambda name, item: found.append(name) if name.endswith("/value")
                                       and item.ndim == 1 and len(item) and item.dtype.kind in "iuf" else None)
            if not found:
                continue
            name = found[-1]
            file["CONTROL"][name][-1] += 1
            told(int([t for t in file["INDEX/trainId"][:] if t][-1]), None, name.rsplit("/", 2)[0], path,
                 f"/CONTROL/{name}")
            break
elif what == "run-value":
    for path in sorted(glob.glob(os.path.join(output, "*.h5"))):
        with h5py.File(path, "r+") as file:
            if "REDU" in path or "CONTROL" not in file:
                continue
            found = []
            file["RUN"].visititems(lambda name, item: found.append((item.dtype.kind in "iuf", name))
                                   if name.endswith("/value") and item.dtype.kind in "iufO" else None)
            if not found:
                continue
            number, name = min(found)
            if number:
                file["RUN"][name][0] += 1
            else:
                file["RUN"][name][0] = "something else"
            told(None, None, f"RUN/{name.rsplit('/', 2)[0]}")
            break
elif what in ("timestamp", "flag", "origin"):
    path, _ = detector_file()
    with h5py.File(path, "r+") as file:
        values = file[f"INDEX/{what}"]
        values[1] = {"timestamp": values[1] + 1, "flag": 0, "origin": 0}[what]
        told(int(file["INDEX/trainId"][1]), None, None, path, f"INDEX/{what}")
elif what in ("proposal", "date"):
    path = first_file("REDU00")
    with h5py.File(path, "r+") as file:
        if what == "proposal":
            name = "proposalNumber"
            file["METADATA/proposalNumber"][0] += 1
        else:
            name = "creationDate"
            file["METADATA/creationDate"][0] = "19990101T000000Z"
    told(None, None, None, path, f"METADATA/{name}")
elif what == "unit":
    path = first_file("DA01")
    with h5py.File(path, "r+") as file:
        found = []
        file["CONTROL"].visititems(lambda name, item: found.append(name) if "unitSymbol" in item.attrs else None)
        del file["CONTROL"][found[0]].attrs["unitSymbol"]
        key = found[0].rsplit("/", 1)[0] if found[0].endswith("/value") else found[0]
        told(None, None, "/".join(key.split("/")[:3]), path, f"/CONTROL/{key}/value")
elif what == "detector-unit":
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        file[f"INSTRUMENT/{source}/image/data"].attrs["unitSymbol"] = "keV"
    told(None, None, source, path, f"/INSTRUMENT/{source}/image/data")
elif what == "control-time":
    path = first_file("DA01")
    with h5py.File(path, "r+") as file:
        found = []
        file["CONTROL"].visititems(lambda name, item: found.append(name) if name.endswith("/timestamp") else None)
        file["CONTROL"][found[0]][-1] += 5
        told(int(file["INDEX/trainId"][-1]), None, "/".join(found[0].split("/")[:3]), path, f"/CONTROL/{found[0]}")
elif what.startswith("old-name"):
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        old = source.replace("/CORR/", "/DET/").replace(":output", ":xtdf")
        names = sources_of(file)
        for section in ("INDEX", "INSTRUMENT"):
            del file[f"{section}/{old}"]
            if what == "old-name-moved":
                file[f"{section}/{old}"] = h5py.SoftLink(f"/{section}/{source}/image")
        if what == "old-name":
            kept = np.array([n for n in names if f"/{old}/" not in n], dtype=h5py.string_dtype("ascii"))
            for name in ("dataSourceId", "root", "deviceId"):
                part = {"dataSourceId": lambda n: n, "root": lambda n: n.split("/", 1)[0],
                        "deviceId": lambda n: n.split("/", 1)[1]}[name]
                values = np.array([part(n) for n in kept.tolist()], dtype=h5py.string_dtype("ascii"))
                rewrite(file["METADATA/dataSources"], name, values)
    for other in glob.glob(os.path.join(output, "*.h5")):
        with h5py.File(other, "r+") as file:
            if other != path and f"INSTRUMENT/{old}" in file and what == "old-name":
                raise SystemExit("the source stands in several files")
    told(None, None, old)
elif what in ("reduction", "errata", "errata-removed"):
    section = "REDUCTION" if what == "reduction" else "ERRATA"
    for path in sorted(glob.glob(os.path.join(output, "*.h5"))):
        with h5py.File(path, "r+") as file:
            if section not in file or not len(sources_of(file, f"auxiliarySources/{section}")):
                continue
            found = []
            file[section].visititems(lambda name, item: found.append(name)
                                     if isinstance(item, h5py.Dataset) and len(item) else None)
            name = found[0]
            source = sources_of(file, f"auxiliarySources/{section}")[0].split("/", 1)[1].rsplit("/", 1)[0]
            if what == "errata-removed":
                rewrite(file["METADATA/auxiliarySources"], "ERRATA", np.array([], dtype=h5py.string_dtype("ascii")))
                told(None, None, source)
            else:
                file[section][name][0] += 1
                told(int(file["INDEX/trainId"][0]), None, None, path, f"/{section}/{name}")
            break
elif what == "added":
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        group = file[f"INSTRUMENT/{source}/image"]
        group["added"] = np.zeros(len(group["pulseId"]), "f4")
    told(None, None, f"{source}/image.added")
elif what.startswith("foreign-"):
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        rows = len(file[f"INSTRUMENT/{source}/image/pulseId"])
        if what == "foreign-group":
            file.create_group(f"INSTRUMENT/{source}/notes/of")
        elif what == "foreign-dataset":
            file["notes"] = np.arange(3)
        elif what == "foreign-index":
            file["INDEX/OTHER/SOURCE/first"] = np.zeros(len(file["INDEX/trainId"]), "u8")
        elif what == "foreign-key":
            file[f"INSTRUMENT/{source}/image/extra"] = np.arange(rows, dtype="f4")
        else:
            file["INDEX/trainId"].attrs["author"] = "somebody"
    told(None, None, source, path)
elif what in ("altered-row", "altered-column", "altered-run-value"):
    path = first_file("REDU01" if what == "altered-run-value" else "REDU00")
    with h5py.File(path, "r+") as file:
        found = []
        top = "RUN" if what == "altered-run-value" else "INSTRUMENT"
        file[top].visititems(lambda name, item: found.append(f"{top}/{name}") if isinstance(item, h5py.Dataset)
                             and item.size and item.dtype.kind == "f" and "/FATE" not in name
                             and ("/COLUMNS:" in name) == (what == "altered-column") else None)
        values = file[found[0]]
        values[(0,) * values.ndim] += 0.5
    told(None, None, None, path, found[0])
elif what == "added-key":
    path = first_file("DA01")
    with h5py.File(path, "r+") as file:
        (source,) = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in sources_of(file) if "XGM" in s and ":output" in s]
        group = file[f"INSTRUMENT/{source}/data"]
        group["added"] = np.zeros(len(group["trainId"]), "f4")
    told(None, None, f"{source}/data.added")
elif what == "added-result":
    path = first_file("REDU00")
    with h5py.File(path, "r+") as file:
        (fate,) = [s for s in sources_of(file) if "/FATE:output" in s]
        name = fate.replace("FATE", "AZINT_7")
        trains = len(file["INDEX/trainId"])
        file[f"INDEX/{name.split('/', 1)[1]}/first"] = np.zeros(trains, "u8")
        file[f"INDEX/{name.split('/', 1)[1]}/count"] = np.zeros(trains, "u8")
        file[f"{name}/trainId"] = np.zeros(0, "u8")
        names = sources_of(file) + [name]
        for key, part in (("dataSourceId", lambda n: n), ("root", lambda n: n.split("/", 1)[0]),
                          ("deviceId", lambda n: n.split("/", 1)[1])):
            rewrite(file["METADATA/dataSources"], key, np.array([part(n) for n in names], dtype=h5py.string_dtype("ascii")))
    told(None, None, name.split("/", 1)[1].rsplit("/", 1)[0])
elif what == "added-file":
    path = first_file("AGIPD1MCTRL00")
    other = path.replace("AGIPD1MCTRL00", "OTHER01")
    with h5py.File(path) as file, h5py.File(other, "w") as copy:
        # no sources, so that nothing else is wrong with it
        for name in ("METADATA", "INDEX/trainId", "INDEX/timestamp", "INDEX/flag", "INDEX/origin"):
            file.copy(name, copy.require_group("INDEX") if "/" in name else copy)
        copy["INDEX/origin"][:] = -1
        for key in ("dataSourceId", "root", "deviceId"):
            rewrite(copy["METADATA/dataSources"], key, np.array([], dtype=h5py.string_dtype("ascii")))
    told(None, None, None, other)
elif what.startswith("result-"):
    path = first_file("REDU00")
    with h5py.File(path, "r+") as file:
        (source,) = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in sources_of(file) if "/AZINT:output" in s]
        group = file[f"INSTRUMENT/{source}/data"]
        row = len(group["pulseId"]) - 2
        train, _, _ = train_of(file, source, "data", row)
        pulse = int(group["pulseId"][row])
        if what == "result-id":
            group["pulseId"][row] = 999
            pulse = 999
        elif what == "result-train":
            group["trainId"][row] = 7
            pulse = None
        else:
            for key in ("pulseId", "cellId"):
                group[key][row], group[key][row + 1] = group[key][row + 1], group[key][row]
        told(train, pulse, source, path, "data/trainId" if what == "result-train" else None)
elif what == "n-frames":
    path = first_file("REDU01")
    with h5py.File(path, "r+") as file:
        (source,) = [s.split("/", 1)[1] for s in sources_of(file) if s.endswith("/FATE")]
        file[f"CONTROL/{source}/nFrames/value"][0] += 1
        told(int(file["INDEX/trainId"][0]), None, source, path, f"/CONTROL/{source}/nFrames/value")
elif what == "index":
    path, source = detector_file()
    with h5py.File(path, "r+") as file:
        index(file, "", source, "image")["first"][0] = 1
    told(None, None, source, path)
elif what in ("external-link", "virtual", "external-storage", "linked-group", "soft-link"):
    path, source = detector_file()
    other = os.path.join(sys.argv[3], os.path.basename(path))
    key = f"INSTRUMENT/{source}/image/data"
    with h5py.File(path, "r+") as file:
        data = file[key]
        values, attributes = data[:], dict(data.attrs)
        del file["INSTRUMENT" if what == "linked-group" else key]
        if what == "external-link":
            file[key] = h5py.ExternalLink(other, f"/{key}")
        elif what == "soft-link":
            file["elsewhere"] = h5py.ExternalLink(other, f"/{key}")
            file[key] = h5py.SoftLink("/elsewhere")
        elif what == "linked-group":
            file["INSTRUMENT"] = h5py.ExternalLink(other, "/INSTRUMENT")
        elif what == "virtual":
            layout = h5py.VirtualLayout(values.shape, values.dtype)
            layout[:] = h5py.VirtualSource(other, key, shape=values.shape)
            file.create_virtual_dataset(key, layout).attrs.update(attributes)
        else:
            beside = os.path.join(os.path.dirname(output), "beside.raw")
            values.tofile(beside)
            made = file.create_dataset(key, values.shape, values.dtype, external=[(beside, 0, values.nbytes)])
            made.attrs.update(attributes)
    where = {"linked-group": "/INSTRUMENT", "soft-link": "/elsewhere"}.get(what, f"/{key}")
    told(None, None, None, path, where)
elif what == "virtual-slow":
    path = first_file("DA01")
    with h5py.File(path, "r+") as file:
        (source,) = [s for s in sources_of(file) if "XGM" in s and ":output" in s]
        name = [n for n in file[source] if file[source][n].ndim == 2][0]
        key = f"{source}/{name}"
        values = file[key][:]
        del file[key]
        layout = h5py.VirtualLayout(values.shape, values.dtype)
        layout[:] = h5py.VirtualSource(os.path.join(sys.argv[3], os.path.basename(path)), key, shape=values.shape)
        file.create_virtual_dataset(key, layout)
    told(None, None, None, path, f"/{key}")
elif what == "bound":
    for path in sorted(glob.glob(os.path.join(output, "*AGIPD??-S*.h5"))):
        with h5py.File(path, "r+") as file:
            (source,) = [s.rsplit("/", 1)[0] for s in sources_of(file) if s.endswith("/image")]
            data = file[f"{source}/image/data"]
            if len(data):
                data[0] = data[0] + 1
            for name, value in {"lossyBound": 1e30, "lossyBoundKind": "absolute", "lossyCodec": "SZ3 3.1",
                                "lossyMaxError": 1.0, "lossyLosslessChunks": 0.0}.items():
                data.attrs[name] = value
    told(None, None, None)
elif what == "frame-lost":
    removed = None
    for path in sorted(glob.glob(os.path.join(output, "*-REDU00-*.h5"))):
        with h5py.File(path, "r+") as file:
            (source,) = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in sources_of(file) if "/FATE:output" in s]
            group = file[f"INSTRUMENT/{source}/data"]
            row = int(np.flatnonzero(group["fate"][:] == 0)[-1])
            train, _, _ = train_of(file, source, "data", row)
            pulse = int(group["pulseId"][row])
            group["fate"][row] = 3
            removed = (train, pulse, os.path.basename(path).rsplit("-", 1)[1])
        break
    train, pulse, sequence = removed
    for path in glob.glob(os.path.join(output, f"*AGIPD??-{sequence}")):
        with h5py.File(path, "r+") as file:
            (module,) = [s.split("/", 1)[1].rsplit("/", 1)[0] for s in sources_of(file) if s.endswith("/image")]
            group = file[f"INSTRUMENT/{module}/image"]
            entry = index(file, "", module, "image")
            position = int(np.flatnonzero(file["INDEX/trainId"][:] == train)[0])
            first, count = entry["first"][:], entry["count"][:]
            rows = range(int(first[position]), int(first[position] + count[position]))
            (row,) = [r for r in rows if int(np.ravel(group["pulseId"][r])[0]) == pulse]
            for key in list(group):
                rewrite(group, key, np.delete(group[key][:], row, axis=0))
            count[position] -= 1
            first[position + 1:] -= 1
            entry["count"][:], entry["first"][:] = count, first
    for path in glob.glob(os.path.join(output, "*-REDU01-*")):
        with h5py.File(path, "r+") as file:
            (source,) = [s.split("/", 1)[1] for s in sources_of(file) if s.endswith("/FATE")]
            position = int(np.flatnonzero(file["INDEX/trainId"][:] == train)[0])
            file[f"CONTROL/{source}/nFrames/value"][position] -= 1
    told(train, pulse, None)
else:
    raise SystemExit(f"nothing known of {what}")
