"""Profiles of a reduced run against pyFAI's of the same frames.

usage: azimuthal.py RUN OUTPUT PARAMETERS SPLITTING
Prints JSON: largest relative deviation of intensity and sigma over bins with equal normalisation, pixels that moved
between bins (by the normalisation that went over), bins compared.
"""
import json
import logging
import os
import re
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(50)

import numpy as np
from extra_data import RunDirectory
from extra_data.components import AGIPD1M
from extra_geom import AGIPD_1MGeometry
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

run_folder, output, parameters, splitting = sys.argv[1:5]
value = dict(re.findall(r"([a-z-]+): (\[[^]]*\]|[^,]+)", parameters))
radial_range = json.loads(value["range"])
truth = json.load(open(os.path.join(run_folder, "simulation.json")))
detector = AGIPD_1MGeometry.from_crystfel_geom(os.path.join(run_folder, "simulated.geom")).to_pyfai_detector()
wavelength = 12398.419843320026e-10 / truth["photon-energy-ev"]
integrator = AzimuthalIntegrator(dist=truth["distance-m"], poni1=0, poni2=0, detector=detector, wavelength=wavelength)

frames = AGIPD1M(RunDirectory(run_folder))
images = frames.get_array("image.data", unstack_pulses=False).transpose("train_pulse", "module", ...).values
masks = frames.get_array("image.mask", unstack_pulses=False).transpose("train_pulse", "module", ...).values
reduced = RunDirectory(output)
(source,) = [s for s in reduced.instrument_sources if "/REDU/AZINT:output" in s]
ours = {key: reduced[source, f"data.{key}"].ndarray().astype("f8") for key in ("intensity", "sigma", "norm")}
(control,) = [s for s in reduced.control_sources if s.endswith("/REDU/AZINT")]
radial = np.asarray(reduced.get_run_value(control, "radial"))

worst = {"intensity": 0.0, "sigma": 0.0}
moved, bins, excepted = 0.0, 0, 0
for number, (image, mask) in enumerate(zip(images, masks)):
    bad = (mask != 0) | ~np.isfinite(image)
    shape = detector.shape
    result = integrator.integrate1d(
        np.where(bad, 0, image).astype("f4").reshape(shape), int(value["bins"]), unit=value["unit"],
        radial_range=radial_range, mask=bad.reshape(shape).astype("i1"), method=(splitting, "csr", "cython"),
        correctSolidAngle=value["solid-angle"] == "true", polarization_factor=float(value["polarisation"]) if "polarisation" in value else None,
        error_model="poisson")
    assert np.allclose(result.radial, radial, rtol=1e-6), "other bins"
    norm, has = ours["norm"][number], result.sum_normalization > 0
    # pyFAI gives pixels (and parts of pixels) just outside the range to the outermost bins, ours leaves them out: these
    # two bins are another quantity
    norm, has = norm.copy(), has.copy()
    for at in (0, -1):
        norm[at], result.sum_normalization[at], has[at] = 0, 0, False
    gap = np.abs(norm - result.sum_normalization)
    # what one pixel weighs: mean weight of a bin's pixels
    pixel = np.divide(result.sum_normalization, result.count, out=np.ones_like(gap), where=result.count > 0)
    same = has & (gap <= 1e-5 * np.abs(result.sum_normalization))
    moved = max(moved, float(np.sum(np.where(same, 0, gap / np.maximum(pixel, 1e-12)))) / 2)
    assert np.array_equal(has, norm > 0) or np.sum(has != (norm > 0)) <= 2, "bins without pixels differ"
    bins = int(np.sum(has))
    for key in worst:
        theirs = getattr(result, key)[same]
        deviation = np.abs(ours[key][number][same] - theirs) / np.maximum(np.abs(theirs), 1e-30)
        worst[key] = max(worst[key], float(deviation.max()))
    excepted = max(excepted, int(np.sum(has & ~same)))
print(json.dumps({**worst, "moved": moved, "bins": bins, "asked": int(value["bins"]), "excepted": excepted, "frames": len(images)}))
