"""Adds datasets with filters that nobody needs to have to an instrument source of a run.

usage: foreign_filters.py FILE NUMBER...      each filter is optional, so that the file can be written without it
"""
import sys

import h5py
import numpy as np

with h5py.File(sys.argv[1], "r+") as file:
    (source,) = [s for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if "/DOOCS:output" in s]
    rows = file[source]["trainId"].shape[0]
    for number in map(int, sys.argv[2:]):
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_chunk((1, 8))
        settings.set_filter(number, h5py.h5z.FLAG_OPTIONAL, (1, 2))
        space = h5py.h5s.create_simple((rows, 8))
        name = f"filtered{number}".encode()
        made = h5py.h5d.create(file[source].id, name, h5py.h5t.NATIVE_FLOAT, space, dcpl=settings)
        h5py.Dataset(made)[:] = np.zeros((rows, 8), "f4")
