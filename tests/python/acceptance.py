"""Holds a reduced run against what it was made of, as a user of EXtra-data would.

usage: acceptance.py INPUT OUTPUT [OPTIONS]
OPTIONS is a JSON object: "trains" (ids that should be in the output; all of the input when left out), "lost" (sources that
should be missing), "gain-stages" (LPD in parallel gain), "told" (pixels tell whose they are, true unless given), "camera" (a
source whose frames were selected), "skip" (comparisons that the input makes no sense for).
Prints JSON: what differs; what the validator finds in the output alone; frames of each train by detector source.
"""
import glob
import json
import os
import sys
import warnings

import h5py
import hdf5plugin  # noqa: F401  its filters are registered by the import
import numpy as np
from acceptance_pixels import frame_pixels
from extra_data import RunDirectory, by_id
from extra_data.components import AGIPD1M, AGIPD500K, DSSC1M, JUNGFRAU, LPD1M, LPDSolo
from extra_data.validation import RunValidator

warnings.simplefilter("ignore")
source_run, reduced = sys.argv[1:3]
options = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
gain_stages = options.get("gain-stages", False)
differences = []


def differ(what):
    if len(differences) < 40:
        differences.append(what)


def equal(was, now):
    was, now = np.asarray(was), np.asarray(now)
    return was.dtype == now.dtype and was.shape == now.shape and np.array_equal(was, now, equal_nan=was.dtype.kind == "f")


def data_files(run):
    return sorted(p for p in glob.glob(os.path.join(run, "*.h5")) if os.path.basename(p).lower() != "overview.h5")


def validator(run):
    """What EXtra-data's validator says; nothing where it gives up itself (keys with dots)."""
    checker = RunValidator(run)
    try:
        checker.run_checks()
    except KeyError as error:
        return {f"gives up: {error}"}
    return {(p["msg"], p.get("dataset", "")) for p in checker.problems}


new_problems = sorted(" ".join(p) if isinstance(p, tuple) else p for p in validator(reduced) - validator(source_run))

# trains with timestamp and flag: those of the first file in name order that can be read and has them
def trains_of(run):
    known = {}
    for path in data_files(run):
        try:
            with h5py.File(path) as file:
                ids = file["INDEX/trainId"][:]
                legacy = "METADATA/dataFormatVersion" not in file
                version = "" if legacy else file["METADATA/dataFormatVersion"][0].decode()
                flags = file["INDEX/flag"][:len(ids)] if "INDEX/flag" in file else np.ones(len(ids), int)
                flags = (flags == 0).astype(int) if version == "1.1" else flags
                times = file["INDEX/timestamp"][:len(ids)] if "INDEX/timestamp" in file else np.zeros(len(ids), int)
        except (OSError, KeyError):
            continue
        for id, flag, time in zip(ids, flags, times):
            if id:
                known.setdefault(int(id), (int(flag), int(time)))
    return known


before, after = trains_of(source_run), trains_of(reduced)
wanted = set(options.get("trains", before))
if set(after) != wanted:
    differ(f"trains: {sorted(set(after) ^ wanted)[:5]} are in one only")
if "trains-as-in-input" not in options.get("skip", []):
    for id in wanted & set(after) & set(before):
        if before[id] != after[id]:
            differ(f"train {id}: flag and timestamp {after[id]}, in the input {before[id]}")

for path in data_files(reduced):
    with h5py.File(path) as file:
        if "REDU" not in os.path.basename(path):
            version = file["METADATA/dataFormatVersion"][0].decode()
            if version not in ("1.2", "1.3"):
                differ(f"{os.path.basename(path)} is of version {version}")
            ids = file["INDEX/trainId"][:]
            if {len(file[f"INDEX/{k}"]) for k in ("flag", "timestamp", "origin")} != {len(ids)}:
                differ(f"{os.path.basename(path)}: lists of other lengths")

old, new = RunDirectory(source_run), RunDirectory(reduced)
lost, chosen = set(options.get("lost", [])), sorted(wanted & set(after))
ours = {s for s in new.all_sources if "/REDU" in s and s not in old.all_sources}
if new.all_sources - ours != old.all_sources - lost:
    differ(f"sources: {sorted((new.all_sources - ours) ^ (old.all_sources - lost))[:6]} are in one only")
if set(new.legacy_sources) != set(old.legacy_sources) - lost:
    differ(f"old names: {sorted(set(new.legacy_sources) ^ set(old.legacy_sources))[:4]} are in one only")
known = [id for id in chosen if id in set(old.train_ids)]
part = old.select_trains(by_id[known]) if known else old


# slow data, with their units
def read(data):
    """Values and train ids in order of the trains."""
    values, ids = data.ndarray(), data.train_id_coordinates()
    if np.all(ids[1:] >= ids[:-1]):
        return values, ids
    order = np.argsort(ids, kind="stable")
    return values[order], ids[order]


def plain(run, source):
    """Every dataset of a source with a row a train, whatever its keys are called: the rows of chosen trains."""
    values = {}
    with h5py.File(run[source].files[0].filename) as file:
        rows = np.isin(file["INDEX/trainId"][:], chosen)
        file[f"CONTROL/{source}"].visititems(
            lambda name, item: values.update({name: item[()][rows]}) if isinstance(item, h5py.Dataset) else None)
    return values


for source in sorted((old.control_sources & new.control_sources) - ours):
    unread = False
    for key in old.keys_for_source(source):
        try:
            was, now = (part if known else old)[source, key], new[source, key]
        except KeyError:  # a key with a dot in its name
            unread = True
            continue
        had, has = read(was), read(now)
        if not equal(had[0], has[0]) or (known and not equal(had[1], has[1])):
            differ(f"{source} {key} changed")
        if "attributes" not in options.get("skip", []) and str(was.attributes()) != str(now.attributes()):
            differ(f"{source} {key} has other attributes")
    if unread:
        had, has = plain(old, source), plain(new, source)
        if set(had) != set(has) or not all(equal(had[k], has[k]) for k in had):
            differ(f"{source} changed")
    try:
        a, b = old.get_run_values(source), new.get_run_values(source)
    except KeyError:
        continue
    if set(a) != set(b) or not all(equal(a[k], b[k]) for k in a):
        differ(f"{source}: RUN values changed")

# records of earlier reductions and errata
a_names, b_names = set(old.auxiliary.all_sources), set(new.auxiliary.all_sources)
if a_names - lost != b_names:
    differ(f"auxiliary sources: {sorted(a_names ^ b_names)[:4]} are in one only")
for source in sorted(a_names & b_names):
    for key in old.auxiliary[source].keys():
        was = old.auxiliary[source][key].select_trains(by_id[known]) if known else old.auxiliary[source][key]
        if not equal(was.ndarray(), new.auxiliary[source][key].ndarray()):
            differ(f"{source} {key} changed")

detectors = {}
for source in sorted(old.instrument_sources & new.instrument_sources):
    keys = old.keys_for_source(source)
    main = "image.data" if "image.data" in keys else "data.adc" if "data.adc" in keys else None
    if main and source not in set(new.legacy_sources):
        detectors[source] = main
    for key in sorted(keys):
        if main and key.startswith(main.split(".")[0] + "."):
            continue
        if options.get("camera") == source or (main and "as-extra-data" in options.get("skip", [])):
            continue
        was, now = read(part[source, key]), read(new[source, key])
        if not equal(was[0], now[0]):
            differ(f"{source} {key} changed")

# frames: what their pixels say, and every key of the group as EXtra-data reads it in the input
frames = {}
for source, main in detectors.items():
    device = source.split(":")[0].rsplit("/", 1)[1]
    number = int("".join(c for c in device.split("CH")[0] if c.isdigit()))
    group = main.split(".")[0]
    data = new[source, main]
    counts = data.data_counts(labelled=True)
    frames[source] = {str(t): int(n) for t, n in counts.items()}
    for train in [int(t) for t, n in counts.items() if n]:
        one = new.select_trains(by_id[[train]])
        pixels = one[source, main].ndarray()
        if main == "image.data":
            pulses = one[source, "image.pulseId"].ndarray().ravel()
            third = len(pulses) // 3 if gain_stages else len(pulses)
            marks = [(int(pulses[i % third]), i // third) for i in range(len(pulses))]
            if not np.all(one[source, "image.trainId"].ndarray().ravel() == train) and "row-trains" not in options.get("skip", []):
                differ(f"{source}: rows of train {train} state another")
            for frame, (pulse, stage) in zip(pixels, marks):
                if options.get("told", True) and not equal(frame, frame_pixels(frame.shape, frame.dtype, number, train, pulse, stage)):
                    differ(f"{source}: train {train}, pulse {pulse}, stage {stage} has the pixels of {frame.ravel()[:4].tolist()}")
        else:
            marks = None
            for row in pixels:
                for cell, frame in enumerate(row):
                    if options.get("told", True) and not equal(frame, frame_pixels(frame.shape, frame.dtype, number, train, cell)):
                        differ(f"{source}: train {train}, cell {cell} has the pixels of {frame.ravel()[:4].tolist()}")
        if "as-extra-data" in options.get("skip", []) or train not in set(old.train_ids):
            continue
        was = old.select_trains(by_id[[train]])
        if marks is None:
            rows = slice(None)
        else:
            ids = was[source, "image.pulseId"].ndarray().ravel()
            size = len(ids) // 3 if gain_stages else max(len(ids), 1)
            places = {(int(ids[i % size]), i // size): i for i in range(len(ids))}
            if any(m not in places for m in marks):
                differ(f"{source}: train {train} has frames that the input lacks")
                continue
            rows = [places[m] for m in marks]
        for key in sorted(k for k in old.keys_for_source(source) if k.startswith(group + ".")):
            if not equal(was[source, key].ndarray()[rows], one[source, key].ndarray()):
                differ(f"{source} {key}: train {train} changed")

# as a detector
opened, shape, sizes = None, None, None
for component in (AGIPD1M, AGIPD500K, LPD1M, LPDSolo, DSSC1M, JUNGFRAU):
    how = {"parallel_gain": True} if gain_stages and component in (LPD1M, LPDSolo) else {}
    try:
        got = component(new, min_modules=1, **how)
    except Exception as error:
        if "No detector" not in str(error) and "source" not in str(error).lower():
            opened = opened or f"{component.__name__}: {error}"
        continue
    opened = component.__name__
    key = "data.adc" if component is JUNGFRAU else "image.data"
    flat = {} if component is JUNGFRAU else {"unstack_pulses": False}
    array = got.get_array(key, **flat)
    shape = list(array.shape)
    sizes = [int(n) for n in got.frame_counts] if hasattr(got, "frame_counts") else None
    if "as-extra-data" not in options.get("skip", []) and component is not JUNGFRAU:
        whole = component(old.select_trains(by_id[[int(t) for t in got.train_ids]]), min_modules=1, **how)
        had = whole.get_array(key, **flat)
        index = "train_pulse" if "train_pulse" in had.indexes else next(iter(had.indexes))
        had = had.sel({index: array.indexes[index]})
        if not equal(had, array):
            differ(f"{component.__name__}.get_array differs")
    break

print(json.dumps({"differences": differences, "new-problems": new_problems, "frames": frames, "opened": opened,
                  "shape": shape, "sizes": sizes, "trains": sorted(after),
                  "auxiliary": sorted(b_names), "sources": sorted(new.all_sources)}))
