"""Frames behind a step that changes them, made again by numpy: RUN OUTPUT PARAMETERS (JSON). Prints JSON.

PARAMETERS: {"bin": [slow, fast]}, {"photon": P, "most": N} or {"below": limit, "value": v}; "bad-below", "bad-above": limits of good
pixels; "bad": an NPY file [module, slow, fast], 1 = bad.

Or `mask PATH MODULES`: a mask of AGIPD modules; `touch FILE SLOW FAST`: one more in that pixel of every frame of the file.
"""
import json
import sys

import numpy as np

if sys.argv[1] == "mask":
    bad = np.zeros((int(sys.argv[3]), 512, 128), np.uint8)
    bad[0, :7, :9], bad[1, 100:103] = 1, 1
    np.save(sys.argv[2], bad)
    sys.exit()
if sys.argv[1] == "touch":
    import h5py
    import hdf5plugin  # noqa: F401: its filters

    with h5py.File(sys.argv[2], "r+") as file:
        found = []
        file["INSTRUMENT"].visititems(lambda name, node: found.append(node) if name.endswith("image/data") else None)
        values = found[0][...]
        values[..., int(sys.argv[3]), int(sys.argv[4])] += 1
        found[0][...] = values
    sys.exit()

import hdf5plugin  # noqa: E402, F401: its filters
from extra_data import RunDirectory  # noqa: E402

run, output, parameters = RunDirectory(sys.argv[1]), RunDirectory(sys.argv[2]), json.loads(sys.argv[3])
USER, NAN = np.uint32(1 << 30), np.uint32(1 << 11)


def pixel_key(data, source):
    return "image.data" if "image.data" in data.keys_for_source(source) else "data.adc"


def ids(data, source, key):
    group = key.split(".")[0]
    keys = data.keys_for_source(source)
    if f"{group}.pulseId" in keys:
        columns = [data[source, f"{group}.{name}"].ndarray().ravel() for name in ("trainId", "pulseId")]
        return [tuple(int(v) for v in pair) for pair in zip(*columns)]
    counts = data[source, key].data_counts(labelled=False)
    return [(int(train), at) for train, count in zip(data.train_ids, counts) for at in range(int(count))]


def expected(stored, mask, bad):
    """Values and mask bits of frames [frame, slow, fast]."""
    image = stored.astype(np.float32)
    marked = bad | ~np.isfinite(image) | (mask != 0)
    if "bad-below" in parameters:
        marked |= image < np.float32(parameters["bad-below"])
    if "bad-above" in parameters:
        marked |= image > np.float32(parameters["bad-above"])
    bits = np.where(marked, mask | np.where(np.isnan(image), NAN, np.uint32(0)), np.uint32(0))
    if "below" in parameters:
        return np.where(image < parameters["below"], np.float32(parameters["value"]), image).astype(stored.dtype), None
    if "photon" in parameters:
        counts = np.floor(image.astype(np.float64) / parameters["photon"] + 0.5)
        counts = np.where(marked, 0, np.clip(counts, 0, parameters["most"]))
        return counts, np.where(marked & (bits == 0), USER, bits)
    a, b = parameters["bin"]
    frames, slow, fast = image.shape
    bins = lambda array: array.reshape(frames, slow // a, a, fast // b, b).transpose(0, 1, 3, 2, 4).reshape(
        frames, slow // a, fast // b, a * b)
    values, marked, bits = bins(image.astype(np.float64)), bins(marked), bins(bits)
    good = (~marked).sum(-1)
    sums = np.where(marked, 0.0, values).cumsum(-1)[..., -1]
    few = 2 * good < a * b
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(good == a * b, sums, sums * (float(a * b) / good))
    own = np.bitwise_or.reduce(bits, axis=-1)
    return np.where(few, np.nan, scaled).astype(np.float32), np.where(few, np.where(own == 0, USER, own), np.uint32(0))


found = {"frames": 0, "different": 0, "mask-different": 0, "marked": 0, "good": 0, "second-different": 0, "sources": 0}
written = [s for s in sorted(output.instrument_sources) if "REDU" not in s and {"image.data", "data.adc"} & set(output.keys_for_source(s))]
whole_bad = np.load(parameters["bad"]) != 0 if "bad" in parameters else None
for number, source in enumerate(written):
    key = pixel_key(run, source)
    group = key.split(".")[0]
    before, after = run[source, key].ndarray(), output[source, key].ndarray()
    rows = {own: row for row, own in enumerate(ids(run, source, key))}
    before = before[[rows[own] for own in ids(output, source, key)]]
    second = None
    if before.ndim == 4 and "image" == group:
        if before.shape[1] == 2:
            second = before[:, 1]
        before = before[:, 0]
    shape = before.shape[-2:]
    mask = np.zeros(before.shape, np.uint32)
    if f"{group}.mask" in run.keys_for_source(source):
        stored = run[source, f"{group}.mask"].ndarray()
        mask = stored[[rows[own] for own in ids(output, source, key)]].reshape(before.shape).astype(np.uint32)
    bad = np.zeros(shape, bool) if whole_bad is None else whole_bad[number]
    flat = before.reshape(-1, *shape)
    values, bits = expected(flat, mask.reshape(flat.shape), bad)
    if after.ndim == 4 and "image" == group:
        if second is not None and after.shape[1] == 2:
            found["second-different"] += int((after[:, 1] != second).sum())
        after = after[:, 0]
    there = after.reshape(-1, *after.shape[-2:])
    found["sources"] += 1
    found["frames"] += len(there)
    found["type"], found["shape"] = str(after.dtype), list(after.shape[-2:])
    if there.shape != values.shape:
        sys.exit(f"{source}: frames are {there.shape}, by numpy {values.shape}")
    found["different"] += int((~((there == values) | (np.isnan(there.astype(float)) & np.isnan(values.astype(float))))).sum())
    if bits is not None:
        made = output[source, f"{group}.mask"].ndarray()
        found["mask-type"] = str(made.dtype)
        made = made.reshape(bits.shape)
        found["mask-different"] += int((made != bits).sum())
        found["marked"] += int((made != 0).sum())
        found["good"] += int((made == 0).sum())
    found["unit"] = output[source, key].units if hasattr(output[source, key], "units") else None
print(json.dumps(found))
