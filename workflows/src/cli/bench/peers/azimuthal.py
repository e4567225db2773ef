"""pyFAI, CSR, on f32 frames of a raw file: FILE GEOMETRY SPLITTING DISTANCE WAVELENGTH BINS. Prints frames/s, best pass."""
import logging
import sys
import time
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy as np
from extra_geom import AGIPD_1MGeometry
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

path, geometry, splitting = sys.argv[1:4]
distance, wavelength, bins = float(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
frames = np.fromfile(path, "<f4").reshape(-1, 16 * 512, 128)
detector = AGIPD_1MGeometry.from_crystfel_geom(geometry).to_pyfai_detector()
integrator = AzimuthalIntegrator(dist=distance, poni1=0, poni2=0, detector=detector, wavelength=wavelength)
best = float("inf")
for number in range(6):
    start = time.perf_counter()
    for frame in frames:
        integrator.integrate1d(frame, bins, unit="q_nm^-1", method=(splitting, "csr", "cython"), error_model="poisson",
                               correctSolidAngle=True)
    if number > 0:
        best = min(best, time.perf_counter() - start)
print("rate", len(frames) / best)
