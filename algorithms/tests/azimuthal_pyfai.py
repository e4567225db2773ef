"""Integrates with pyFAI what `azimuthal_pyfai.rs` asks for.

usage: azimuthal_pyfai.py FOLDER

FOLDER/cases.json lists cases; the result of case N goes to FOLDER/N.f64: six rows of `bins` f64 (radial, intensity, sigma,
sum_signal, sum_normalization, count). With --write-geometry, writes FOLDER/agipd.geom and FOLDER/stacked.geom first.
"""
import json
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(50)

import numpy as np
import pyFAI
from extra_geom import AGIPD_1MGeometry
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

folder = sys.argv[1]
if "--write-geometry" in sys.argv:
    geometry = AGIPD_1MGeometry.from_quad_positions([(-525, 625), (-550, -10), (520, -160), (542.5, 475)])
    keys = dict(adu_per_ev=0.0075, clen=0.2, photon_energy=9300)
    geometry.write_crystfel_geom(f"{folder}/agipd.geom", dims=("frame", "modno", "ss", "fs"), **keys)
    geometry.write_crystfel_geom(f"{folder}/stacked.geom", dims=("frame", "ss", "fs"), **keys)
    sys.exit()

integrators = {}


def integrator(case):
    key = (case["geometry"], case.get("distance"), case["wavelength"])
    if key not in integrators:
        if case["geometry"].endswith(".poni"):
            integrators[key] = pyFAI.load(case["geometry"])
        else:
            detector = AGIPD_1MGeometry.from_crystfel_geom(case["geometry"]).to_pyfai_detector()
            integrators[key] = AzimuthalIntegrator(
                dist=case["distance"], poni1=0, poni2=0, detector=detector, wavelength=case["wavelength"])
    return integrators[key]


with open(f"{folder}/cases.json") as f:
    cases = json.load(f)
for number, case in enumerate(cases):
    ai = integrator(case)
    image = np.fromfile(case["image"], "f4").reshape(case["shape"])
    mask = np.fromfile(case["mask"], "u1").reshape(case["shape"]) if case["mask"] else None
    result = ai.integrate1d(
        image, case["bins"], unit=case["unit"], radial_range=case["range"], mask=mask,
        method=(case["splitting"], "csr", "cython"), correctSolidAngle=case["solid_angle"],
        polarization_factor=case["polarisation"], error_model="poisson")
    rows = [result.radial, result.intensity, result.sigma, result.sum_signal, result.sum_normalization, result.count]
    np.asarray(rows, "f8").tofile(f"{folder}/{number}.f64")
