"""Peaks by radius of a simulated run against a plain implementation, OM and the truth: RUN OUTPUT PARAMETERS (of find-peaks).

Plain: loops and lists, f64 throughout, from the description in the kernel's header. OM runs on the same frames and radii where
it is installed. Prints JSON.
"""
import glob
import json
import os
import re
import sys

import h5py
import hdf5plugin  # noqa: F401
import numpy as np
import yaml
from extra_data import RunDirectory


def geometry(path, modules):
    """Radius in pixels [module, slow, fast], NaN without panel, and panels (module, s0, s1, f0, f1), ends included."""
    panels = {}
    for name, key, value in re.findall(r"^(\w+)/(\w+) = (.*)$", open(path).read(), re.M):
        panels.setdefault(name, {})[key] = value
    vector = lambda text: [float(re.search(r"([-+][\d.]+)" + axis, text).group(1)) for axis in "xy"]
    radius, places = np.full((len(modules), 512, 128), np.nan), []
    for p in panels.values():
        if int(p["dim1"]) not in modules:
            continue
        m = modules.index(int(p["dim1"]))
        s0, s1, f0, f1 = (int(p[k]) for k in ("min_ss", "max_ss", "min_fs", "max_fs"))
        s, f = np.mgrid[0 : s1 - s0 + 1, 0 : f1 - f0 + 1] + 0.5
        (fx, fy), (sx, sy) = vector(p["fs"]), vector(p["ss"])
        x, y = float(p["corner_x"]) + f * fx + s * sx, float(p["corner_y"]) + f * fy + s * sy
        radius[m, s0 : s1 + 1, f0 : f1 + 1] = np.hypot(x, y)
        places.append((m, s0, s1, f0, f1))
    return radius, sorted(places)


def rings(v, use, r, snr, threshold):
    """Mean and upper limit by ring."""
    n = int(np.ceil(r[np.isfinite(r)].max())) + 1
    b, v = np.rint(r[use]).astype(int), v[use].astype(np.float64)
    low, high = np.full(n, -1e9), np.full(n, 1e9)
    for _ in range(5):
        i = (v > low[b]) & (v < high[b])
        count = np.bincount(b[i], minlength=n)
        some = np.maximum(count, 1)
        mean = np.bincount(b[i], v[i], n) / some
        variance = np.bincount(b[i], v[i] ** 2, n) / some - mean**2
        sigma = np.where(variance < 0, variance, np.sqrt(np.abs(variance)))
        tiny, huge = float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)
        low = np.where(count > 0, mean - snr * sigma, tiny)
        high = np.where(count > 0, np.maximum(mean + snr * sigma, threshold), huge)
        mean = np.where(count > 0, mean, 0.0)
    return mean, high


def find(frame, use, r, panels, o):
    """Peaks (module, x, y, intensity, snr, pixels) of one frame."""
    mean, high = rings(frame, use, r, o["snr"], o["threshold"])
    b = np.where(use, np.rint(r), 0).astype(int)
    mu, top = mean[b], high[b]
    lit = use & (frame > top)
    peaks = []
    for m, s0, s1, f0, f1 in panels:
        cut = np.s_[m, s0 : s1 + 1, f0 : f1 + 1]
        v, ok, mu_p, top_p = frame[cut].astype(float), use[cut], mu[cut], top[cut]
        h, w = v.shape
        left = set(map(tuple, np.argwhere(lit[cut])))
        for seed in sorted(left):
            if seed not in left or not (0 < seed[0] < h - 1 and 0 < seed[1] < w - 1):
                continue
            left.remove(seed)
            group = [seed]
            for y, x in group:
                for near in ((y + i, x + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
                    if near in left:
                        left.remove(near)
                        group.append(near)
            if not o["min-pixels"] <= len(group) <= o["max-pixels"]:
                continue
            ys, xs = np.array(group).T
            values, weights = v[ys, xs], np.abs(v[ys, xs] - mu_p[ys, xs])
            cy, cx = (int(np.rint((weights * p).sum() / weights.sum())) for p in (ys, xs))
            reach, around = 2 * o["background-radius"], []
            for i in range(-reach, reach):
                for j in range(-reach, reach):
                    y, x = cy + i, cx + j
                    if np.hypot(i, j) <= reach and 0 <= y < h and 0 <= x < w and ok[y, x] and v[y, x] < top_p[y, x]:
                        around.append(v[y, x])
            if around:
                around = np.array(around)
                offset, brightest = around.mean(), max(around.max(), 0.0)
                variance = (around**2).mean() - offset**2
                sigma = 0.01 if variance < 0 else np.sqrt(variance)
            else:
                offset, brightest, sigma = mu_p[cy, cx], 0.0, 0.01
            total, intensity = values.sum(), (values - offset).sum()
            highest = max((values - offset).max(), 0.0)
            if abs(total) < 1e-10:
                continue
            y, x = (values * ys).sum() / abs(total), (values * xs).sum() / abs(total)
            snr = 0.0 if sigma < 1e-10 else intensity / sigma
            if snr < o["snr"] or highest < brightest - offset or not (0 <= y <= h - 1 and 0 <= x <= w - 1):
                continue
            peaks.append((m, x + f0, y + s0, intensity, snr, len(group)))
    return peaks


def stands_free(spot, all_spots):
    """At least 2 pixels from the borders of its panel of 64 x 128, and 6 from every other spot."""
    module, x, y = spot
    inside = 2 <= x <= 125 and 2 <= y % 64 <= 61
    others = [o for o in all_spots if o is not spot and o[0] == module]
    return inside and all((o[1] - x) ** 2 + (o[2] - y) ** 2 >= 36 for o in others)


def beside_om(frame, use, r, o):
    """(module, x, y) by OM, or None where it is not installed."""
    try:
        # a name that numpy no longer has, and om still asks for
        np.float_ = np.float64
        from om.algorithms.crystallography import Peakfinder8PeakDetection
    except ImportError:
        return None
    grid = np.ascontiguousarray(np.where(use, frame, 0).reshape(-1, 128).astype(np.float32))
    finder = Peakfinder8PeakDetection(
        radius_pixel_map=np.ascontiguousarray(np.nan_to_num(r).reshape(-1, 128).astype(np.float32)),
        layout_info={"asic_nx": 128, "asic_ny": 64, "nasics_x": 1, "nasics_y": len(grid) // 64},
        crystallography_parameters={
            "max_num_peaks": 2048, "adc_threshold": o["threshold"], "minimum_snr": o["snr"], "min_pixel_count": o["min-pixels"],
            "max_pixel_count": o["max-pixels"], "local_bg_radius": o["background-radius"], "min_res": 0, "max_res": 1000000,
            "bad_pixel_map_filename": None, "bad_pixel_map_hdf5_path": None,
        },
    )
    finder.set_bad_pixel_map(bad_pixel_map=np.ascontiguousarray(use.reshape(-1, 128).astype(np.int8)))
    found = finder.find_peaks(data=grid)
    return [(int((y + 0.5) // 512), x, y - 512 * int((y + 0.5) // 512)) for x, y in zip(found["fs"], found["ss"])]


def common(a, b, reach):
    """How many of `a` have one of `b` within `reach`."""
    near = lambda p: any(q[0] == p[0] and np.hypot(q[1] - p[1], q[2] - p[2]) <= reach for q in b)
    return sum(map(near, a))


def main(run_folder, output, text):
    asked = yaml.safe_load("{" + text + "}")
    o = {"snr": 5.0, "min-pixels": 2, "max-pixels": 200, "background-radius": 3, **asked}
    truth = json.load(open(os.path.join(run_folder, "simulation.json")))
    modules = [int(re.search(r"/(\d+)CH0", source).group(1)) for source in truth["sources"]]
    r, panels = geometry(os.path.join(run_folder, truth["geometry"]), modules)
    inside = (r > o.get("min-radius", 0)) & (r < (o.get("max-radius", 0) or np.inf))
    run = RunDirectory(run_folder)
    data = np.stack([run[source, "image.data"].ndarray() for source in truth["sources"]], 1)
    masks = np.stack([run[source, "image.mask"].ndarray() for source in truth["sources"]], 1)

    per_frame, rows = [], {}
    for name in sorted(glob.glob(os.path.join(output, "*REDU00*.h5"))):
        with h5py.File(name) as file:
            group = file[f"INSTRUMENT/{truth['detector-name']}/REDU/PEAKS:output"]
            per_frame += list(zip(group["data/trainId"][:], group["data/pulseId"][:], group["data/nPeaks"][:]))
            keys = ("trainId", "pulseId", "module", "x", "y", "intensity", "snr", "nPixels")
            for row in zip(*(group[f"peaks/{key}"][:] for key in keys)):
                rows.setdefault((row[0], row[1]), []).append((modules.index(row[2]), *map(float, row[3:])))

    told = dict(frames=len(per_frame), peaks=0, wrong=[], worst=0.0, spots=0, found=0, true=0)
    om = dict(ours=0, theirs=0, both=0)
    for at, (frame, (train, pulse, count)) in enumerate(zip(truth["frames"], per_frame)):
        ours = rows.get((train, pulse), [])
        use = inside & np.isfinite(data[at]) & (masks[at] == 0)
        plain = find(data[at], use, r, panels, o)
        told["peaks"] += len(plain)
        if (frame["train"], frame["pulse-id"]) != (train, pulse) or not len(ours) == len(plain) == count:
            told["wrong"].append(f"frame {at}: {len(ours)} listed, {count} counted, {len(plain)} by the plain way")
            continue
        for a, b in zip(ours, plain):
            if (a[0], a[5]) != (b[0], b[5]):
                told["wrong"].append(f"frame {at}: {a}, not {b}")
            told["worst"] = max(told["worst"], *(abs(p - q) / max(1.0, abs(q)) for p, q in zip(a[1:5], b[1:5])))
        whole = [(modules.index(s["module"]), s["fast"], s["slow"]) for s in frame.get("spots", [])]
        strong = [s["photons"] >= 150 for s in frame.get("spots", [])]
        # a ring of few pixels has its limit from the spot itself
        ring = lambda spot: int(np.rint(r[spot[0], int(np.rint(spot[2])), int(np.rint(spot[1]))]))  # noqa: E731
        filled = lambda spot: np.count_nonzero(np.rint(r[use]) == ring(spot)) >= 200  # noqa: E731
        spots = [s for s, enough in zip(whole, strong) if enough and stands_free(s, whole) and filled(s)]
        told["spots"] += len(spots)
        told["found"] += common(spots, ours, 1.0)
        told["true"] += common(ours, whole, 1.0)
        theirs = beside_om(data[at], use, r, o)
        if theirs is not None:
            om["ours"], om["theirs"] = om["ours"] + len(ours), om["theirs"] + len(theirs)
            om["both"] += common(ours, theirs, 0.1)
    told["om"] = om if om["theirs"] else None
    print(json.dumps(told))


main(*sys.argv[1:])
