"""A corrected AGIPD run to I(q) and sigma of each frame: MODE RUN GEOMETRY OUTPUT DISTANCE WAVELENGTH. Prints frames.

MODE plain: a loop over the trains, one process. MODE pasha: the trains shared by two processes, results in shared arrays.
"""
import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import h5py
import hdf5plugin  # noqa: F401
import numpy as np
from extra_data import RunDirectory
from extra_data.components import AGIPD1M
from extra_geom import AGIPD_1MGeometry
from pyFAI.integrator.azimuthal import AzimuthalIntegrator

mode, folder, geometry, output = sys.argv[1:5]
distance, wavelength = float(sys.argv[5]), float(sys.argv[6])
BINS, PULSES = 500, 16

detector = AGIPD_1MGeometry.from_crystfel_geom(geometry).to_pyfai_detector()
integrator = AzimuthalIntegrator(dist=distance, poni1=0, poni2=0, detector=detector, wavelength=wavelength)


def profile(modules):
    """Modules [16, 512, 128] to I and sigma."""
    result = integrator.integrate1d(modules.reshape(16 * 512, 128), BINS, unit="q_nm^-1", method=("no", "csr", "cython"),
                                    error_model="poisson", correctSolidAngle=True)
    return result.intensity, result.sigma


run = RunDirectory(folder)
if mode == "plain":
    profiles = []
    for _, train in AGIPD1M(run).trains():
        stack = np.asarray(train["image.data"]).reshape(16, PULSES, 512, 128)
        profiles.extend(profile(stack[:, pulse]) for pulse in range(PULSES))
    intensity, sigma = (np.asarray(part) for part in zip(*profiles))
else:
    import pasha

    pasha.set_default_context("processes", num_workers=2)
    sources = sorted(AGIPD1M(run).source_to_modno.items(), key=lambda pair: pair[1])
    keys = [run[source, "image.data"] for source, _ in sources]
    trains = len(run.train_ids)
    intensity = pasha.alloc(shape=(trains * PULSES, BINS), dtype=np.float64)
    sigma = pasha.alloc(shape=(trains * PULSES, BINS), dtype=np.float64)
    # the lookup table is made once, before the processes part
    profile(np.zeros((16, 512, 128), np.float32))

    def reduce_train(worker, index, train):
        data = [key[train:train + 1].ndarray() for key in keys]
        for pulse in range(PULSES):
            at = train * PULSES + pulse
            intensity[at], sigma[at] = profile(np.stack([module[pulse] for module in data]))

    pasha.map(reduce_train, range(trains))
with h5py.File(output, "w") as file:
    file["intensity"], file["sigma"] = intensity, sigma
print("frames", len(intensity))
