"""Mask files in every form that is read, and whether results made with them are the same.

    masks.py make FOLDER        writes mask.npy of 16 x 512 x 128 and the same mask in other forms; names as JSON
    masks.py same RUN RUN       largest difference of the profiles of two reduced runs, and of what they normalise by
"""
import json
import os
import sys

import h5py
import numpy as np

SHAPE = (16, 512, 128)


def make(folder):
    import fabio

    mask = (np.random.default_rng(3).random(SHAPE) < 0.2).astype(np.uint8)
    stacked = mask.reshape(-1, SHAPE[-1])
    minus_zero = np.where(mask, 2.5, -0.0)
    path = lambda name: os.path.join(folder, name)
    np.save(path("mask.npy"), mask)
    np.save(path("fortran.npy"), np.asfortranarray(mask.astype(bool)))
    np.save(path("big-endian.npy"), minus_zero.astype(">f8"))
    np.save(path("stacked.npy"), stacked.astype(np.int64))
    with open(path("version3.npy"), "wb") as file:
        np.lib.format.write_array(file, mask, version=(3, 0))
    layouts = [
        ("mask", mask, {}),
        ("data/mask", mask, dict(chunks=(1, 64, 128), compression="gzip")),
        ("entry_1/data_1/mask", mask.astype(bool), {}),
        ("entry_1/instrument_1/detector_1/mask", mask.astype(">u4"), {}),
        ("pixel_mask", minus_zero, {}),
        ("entry/instrument/detector/pixel_mask", stacked.astype(np.int8), dict(chunks=True, shuffle=True)),
    ]
    for number, (name, data, how) in enumerate(layouts):
        with h5py.File(path(f"{number}.h5"), "w") as file:
            file.create_dataset(name, data=data, **how)
    # known by its first bytes
    with h5py.File(path("nameless"), "w") as file:
        file["mask"] = mask
    fabio.edfimage.EdfImage(data=stacked).write(path("mask.edf"))
    fabio.edfimage.EdfImage(data=minus_zero.reshape(stacked.shape).astype(np.float32)).write(path("float.edf"))
    fabio.tifimage.TifImage(data=stacked).write(path("mask.tif"))
    fabio.tifimage.TifImage(data=minus_zero.reshape(stacked.shape).astype(np.float32)).write(path("float.tif"))
    names = sorted(set(os.listdir(folder)) - {"mask.npy"})
    # as many pixels in another shape, and what holds no mask
    np.save(path("other.npy"), mask.reshape(16, 128, 512))
    with h5py.File(path("other.h5"), "w") as file:
        file["mask"] = mask.transpose(0, 2, 1)
    with h5py.File(path("none.h5"), "w") as file:
        file["data/badpixels"] = mask
    # bits: bit 0 of the good ones, bit 3 of the bad ones; the upper half of all pixels has another bit
    with h5py.File(path("bits.h5"), "w") as file:
        file["bits"] = np.where(mask, 9, 1).astype(np.uint16) | (np.arange(mask.size).reshape(SHAPE) % 2 * 4).astype(np.uint16)
    return names


def profile(run):
    from extra_data import RunDirectory

    reduced = RunDirectory(run)
    (source,) = [name for name in reduced.control_sources if name.endswith("/REDU/AZINT")]
    return [np.asarray(reduced.get_run_value(source, key)) for key in ("intensity", "norm")]


if sys.argv[1] == "make":
    answer = make(sys.argv[2])
else:
    pairs = zip(profile(sys.argv[2]), profile(sys.argv[3]))
    answer = [float(np.nanmax(np.abs(a - b))) if np.array_equal(np.isnan(a), np.isnan(b)) else 1e9 for a, b in pairs]
print(json.dumps(answer))
