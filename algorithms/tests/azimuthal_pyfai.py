"""Integrates with pyFAI what `azimuthal_pyfai.rs` asks for.

usage: azimuthal_pyfai.py FOLDER

FOLDER/cases.json lists cases; the result of case N goes to FOLDER/N.f64: six rows of `bins` f64 (radial, intensity, sigma,
sum_signal, sum_normalization, count), of cases with an `error_model` without the first. With --write-geometry, writes
FOLDER/agipd.geom, FOLDER/stacked.geom and FOLDER/lpd.geom instead.
"""
import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(50)

import numpy as np
import pyFAI
from extra_geom import AGIPD_1MGeometry, LPD_1MGeometry
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

folder = sys.argv[1]
if "--write-geometry" in sys.argv:
    geometry = AGIPD_1MGeometry.from_quad_positions([(-525, 625), (-550, -10), (520, -160), (542.5, 475)])
    keys = dict(adu_per_ev=0.0075, clen=0.2, photon_energy=9300)
    geometry.write_crystfel_geom(f"{folder}/agipd.geom", dims=("frame", "modno", "ss", "fs"), **keys)
    geometry.write_crystfel_geom(f"{folder}/stacked.geom", dims=("frame", "ss", "fs"), **keys)
    lpd = LPD_1MGeometry.from_quad_positions([(11.4, 299), (-11.5, 8), (254.5, -16), (278.5, 275)])
    lpd.write_crystfel_geom(f"{folder}/lpd.geom", dims=("frame", "modno", "ss", "fs"), **(keys | dict(clen=0.3)))
    sys.exit()

integrators = {}


def integrator(case):
    key = (case["geometry"], case.get("distance"), case["wavelength"])
    if key not in integrators:
        if case["geometry"].endswith(".poni"):
            integrators[key] = pyFAI.load(case["geometry"])
        else:
            kind = LPD_1MGeometry if case.get("detector") == "lpd" else AGIPD_1MGeometry
            detector = kind.from_crystfel_geom(case["geometry"]).to_pyfai_detector()
            integrators[key] = AzimuthalIntegrator(
                dist=case["distance"], poni1=0, poni2=0, detector=detector, wavelength=case["wavelength"])
    return integrators[key]


with open(f"{folder}/cases.json") as f:
    cases = json.load(f)


def load(case, key, kind):
    return np.fromfile(case[key], kind).reshape(case["shape"]) if case.get(key) else None


def other(case):
    """Everything but the plain integration."""
    ai, image = integrator(case), load(case, "image", "f4")
    options = dict(
        unit=case["unit"], radial_range=case["range"], mask=load(case, "mask", "u1"), correctSolidAngle=case["solid_angle"],
        polarization_factor=case["polarisation"], dark=load(case, "dark", "f4"), flat=load(case, "flat", "f4"))
    if case["polarisation_angle"]:
        ai.polarization(case["shape"], case["polarisation"], np.deg2rad(case["polarisation_angle"]), with_checksum=True)
        options["polarization_factor"] = True
    if case["variance"]:
        options["variance"] = load(case, "variance", "f4")
    else:
        options["error_model"] = case["error_model"]
    method = (case["splitting"], "csr", "cython")
    if case["clip"]:
        limit, rounds = case["clip"]
        return ai.sigma_clip_ng(image, case["bins"], method=method, thres=limit, max_iter=rounds, **options)
    if case["rows"]:
        return ai.integrate2d_ng(image, case["bins"], case["rows"], azimuth_range=(-180, 180), method=method, **options)
    if case["sector"]:
        options["azimuth_range"] = case["sector"]
    return ai.integrate1d_ng(image, case["bins"], method=method, **options)


for number, case in enumerate(cases):
    if "error_model" in case:
        result = other(case)
        rows = [result.intensity, result.sigma, result.sum_signal, result.sum_normalization, result.count]
        np.asarray(rows, "f8").tofile(f"{folder}/{number}.f64")
        continue
    ai = integrator(case)
    image = np.fromfile(case["image"], "f4").reshape(case["shape"])
    mask = np.fromfile(case["mask"], "u1").reshape(case["shape"]) if case["mask"] else None
    result = ai.integrate1d(
        image, case["bins"], unit=case["unit"], radial_range=case["range"], mask=mask,
        method=(case["splitting"], "csr", "cython"), correctSolidAngle=case["solid_angle"],
        polarization_factor=case["polarisation"], error_model="poisson")
    rows = [result.radial, result.intensity, result.sigma, result.sum_signal, result.sum_normalization, result.count]
    np.asarray(rows, "f8").tofile(f"{folder}/{number}.f64")
