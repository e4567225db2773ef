"""Writes what pyFAI says of each detector it knows: PONI files and the places of some of their pixels.

Called with the file to write. JSON: {"names": [[name, class]], "cases": [{class, orientation, flat, shape, poni,
pixels: [[slow, fast, x, y, z]]}]}, lengths in metres.
"""
import json
import logging
import os
import sys
import tempfile

import numpy as np

logging.disable(logging.CRITICAL)

from pyFAI.detectors import ALL_DETECTORS, Detector
from pyFAI.geometry import Geometry

# pixels above which not every orientation is looked at
LARGE = 2_000_000
random = np.random.default_rng(7)


def sample(shape):
    """Corners, neighbours of likely borders, and any."""
    slow = [0, shape[0] - 1, 0, shape[0] - 1, *random.integers(0, shape[0], 40)]
    fast = [0, 0, shape[1] - 1, shape[1] - 1, *random.integers(0, shape[1], 40)]
    for border in (80, 120, 256, 512, 514, 1024):
        for near in range(border - 2, border + 2):
            if near < shape[0]:
                slow.append(near), fast.append(shape[1] // 3)
            if near < shape[1]:
                slow.append(shape[0] // 3), fast.append(near)
    return np.array(slow, float), np.array(fast, float)


def is_of_one_mind(detector, slow, fast):
    """Whether pixels asked for by index lie where those of the whole picture do."""
    whole = detector.calc_cartesian_positions(use_cython=False)[:2]
    single = detector.calc_cartesian_positions(slow, fast, use_cython=False)[:2]
    at = slow.astype(int), fast.astype(int)
    return all(np.allclose(w[at], s, rtol=1e-5, atol=1e-7) for w, s in zip(whole, single))


def is_flat_grid(detector, slow, fast):
    """Whether the places are those of one grid of equal pixels."""
    places = detector.calc_cartesian_positions(slow, fast, use_cython=False)
    if places[2] is not None or getattr(detector, "CORNERS", 4) != 4:
        return False
    steps = (detector.pixel1, detector.pixel2)
    offsets = [place - index * step for place, index, step in zip(places, (slow, fast), steps)]
    return all(np.ptp(offset) < 1e-3 * step for offset, step in zip(offsets, steps))


def case(cls, orientation):
    detector = cls(orientation=orientation)
    if detector.shape is None:
        return None
    geometry = Geometry(dist=0.31, poni1=0.021, poni2=-0.013, rot1=0.11, rot2=-0.23, rot3=0.4, detector=detector)
    geometry.wavelength = 1.1e-10
    slow, fast = sample(detector.shape)
    try:
        flat = is_flat_grid(cls(), slow, fast)
        if detector.shape[0] * detector.shape[1] <= LARGE:
            flat = flat and is_of_one_mind(detector, slow, fast)
    except Exception:
        flat = False
    z, y, x = geometry.calc_pos_zyx(d1=slow, d2=fast)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.poni")
        geometry.save(path)
        with open(path) as file:
            poni = file.read()
    pixels = [[int(s), int(f), *map(float, place)] for s, f, *place in zip(slow, fast, x, y, z)]
    return dict(name=cls.__name__, orientation=orientation, flat=bool(flat), shape=list(map(int, detector.shape)), poni=poni,
                pixels=pixels)


classes = sorted(set(ALL_DETECTORS.values()) - {Detector}, key=lambda cls: cls.__name__)
cases = []
for position, cls in enumerate(classes):
    large = cls().shape[0] * cls().shape[1] > LARGE
    for orientation in ((3, (1, 2, 4)[position % 3]) if large else (1, 2, 3, 4)):
        try:
            made = case(cls, orientation)
        except (TypeError, IndexError, ValueError) as error:
            if orientation == 3 and cls.IS_FLAT and cls.CORNERS == 4 and cls.IS_CONTIGUOUS:
                raise
            made = dict(name=cls.__name__, orientation=orientation, flat=False, shape=list(map(int, cls().shape)),
                        poni=None, pixels=[], why=repr(error))
        cases.append(made)
names = [[name, cls.__name__] for name, cls in ALL_DETECTORS.items() if cls is not Detector]
with open(sys.argv[1], "w") as file:
    json.dump(dict(names=names, cases=cases), file)
