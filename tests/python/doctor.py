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
Prints train, pulse and source as JSON.
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


def told(train, pulse, source):
    print(json.dumps({"train": train, "pulse": pulse, "source": source}))


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
    told(train, pulse, source)
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
            told(int([t for t in file["INDEX/trainId"][:] if t][-1]), None, name.rsplit("/", 2)[0])
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
else:
    raise SystemExit(f"nothing known of {what}")
