"""Full splitting by exact areas, written apart from ours: a polygon is cut into slabs between its corners, and in each slab the
height between the limits of a row is integrated.

usage: azimuthal_polygons.py FOLDER

FOLDER/polygons.json: poni parameters, image, axes. FOLDER/polygons.f64: sums of signals, then of shares, of each cell (row, bin).
"""
import json
import sys

import numpy as np

folder = sys.argv[1]
case = json.load(open(f"{folder}/polygons.json"))
slow, fast = case["shape"]
image = np.fromfile(f"{folder}/polygons.f32", "f4").reshape(slow, fast).astype(float)
c, s = np.cos(case["rot"]), np.sin(case["rot"])
r1 = np.array([[1, 0, 0], [0, c[0], s[0]], [0, -s[0], c[0]]])
r2 = np.array([[c[1], 0, -s[1]], [0, 1, 0], [s[1], 0, c[1]]])
r3 = np.array([[c[2], -s[2], 0], [s[2], c[2], 0], [0, 0, 1]])
rotation = r3 @ r2 @ r1


def radial_and_azimuth(slow_at, fast_at):
    y, x, z = rotation @ [slow_at * case["pixel"][0] - case["poni"][0], fast_at * case["pixel"][1] - case["poni"][1], case["distance"]]
    two_theta = np.arctan2(np.hypot(x, y), z)
    return 4e-9 * np.pi / case["wavelength"] * np.sin(two_theta / 2), np.arctan2(y, x)


def near(angle, other):
    return other + (angle - other + np.pi) % (2 * np.pi) - np.pi


def corners(i, j):
    points = [radial_and_azimuth(i + a, j + b) for a, b in ((0, 0), (0, 1), (1, 1), (1, 0))]
    along = [points[0][1]]
    for _, angle in points[1:] + points[:1]:
        along.append(near(angle, along[-1]))
    q = [point[0] for point in points]
    if abs(along[4] - along[0]) > 1:
        # the beam is inside: round it, and back at radius 0
        return list(zip(q + [q[0], 0, 0], along + [along[4], along[0]]))
    return list(zip(q, along[:4]))


def area_between(polygon, low, high, bottom, top):
    """Of the polygon, between two limits of the first coordinate and two of the second."""
    edges = list(zip(polygon, polygon[1:] + polygon[:1]))
    stops = {low, high} | {x for x, _ in polygon if low < x < high}
    for (x0, y0), (x1, y1) in edges:
        for level in (bottom, top):
            if (y0 < level) != (y1 < level):
                x = x0 + (level - y0) / (y1 - y0) * (x1 - x0)
                if low < x < high:
                    stops.add(x)
    total = 0.0
    stops = sorted(stops)
    for left, right in zip(stops, stops[1:]):
        middle = (left + right) / 2
        heights = sorted(y0 + (middle - x0) / (x1 - x0) * (y1 - y0) for (x0, y0), (x1, y1) in edges if (x0 < middle) != (x1 < middle))
        inside = sum(max(0.0, min(b, top) - max(a, bottom)) for a, b in zip(heights[::2], heights[1::2]))
        # linear in the slab: the middle is the mean
        total += inside * (right - left)
    return total


bins, rows = case["bins"], case["rows"]
low, high = case["range"]
width = (high * (1 + float(np.finfo("f4").eps)) - low) / bins
start = np.deg2rad(case["start"])
turn = 2 * np.pi / rows
signal, share = np.zeros((rows, bins)), np.zeros((rows, bins))
for i in range(slow):
    for j in range(fast):
        polygon = corners(i, j)
        q, chi = np.array(polygon).T
        whole = area_between(polygon, q.min(), q.max(), chi.min(), chi.max())
        for k in range(max(0, int(np.floor((q.min() - low) / width))), min(bins - 1, int(np.floor((q.max() - low) / width))) + 1):
            for row in range(int(np.floor((chi.min() - start) / turn)), int(np.floor((chi.max() - start) / turn)) + 1):
                part = area_between(polygon, low + k * width, low + (k + 1) * width, start + row * turn, start + (row + 1) * turn) / whole
                signal[row % rows, k] += part * image[i, j]
                share[row % rows, k] += part
np.concatenate([signal.ravel(), share.ravel()]).tofile(f"{folder}/polygons.f64")
