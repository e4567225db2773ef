"""Makes a run with compressed datasets; prints `file dataset offset` of chunk 2 of each (two chunks a train)."""
import sys
from pathlib import Path

import h5py
import hdf5plugin
import numpy as np
from extra_data.tests.mockdata.detectors import AGIPDModule
from extra_data.tests.mockdata.mkfile import write_file

path = Path(sys.argv[1]) / "CORR-R0001-AGIPD00-S00000.h5"
write_file(path, [AGIPDModule("SPB_DET_AGIPD1M-1/DET/0CH0", frames_per_train=2)], ntrains=4, chunksize=1, format_version="1.2")
with h5py.File(path, "r+") as f:
    image = f["INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image"]
    values = np.random.default_rng(1).poisson(3, (8, 64, 64)).astype("u2")
    for name, filters in [
        ("bslz4", hdf5plugin.Bitshuffle(cname="lz4")),
        ("gzip", {"compression": "gzip", "shuffle": True}),
        ("fletcher", {"fletcher32": True}),
        ("zstd", hdf5plugin.Zstd()),
    ]:
        d = image.create_dataset(name, data=values, chunks=(1, 64, 64), **filters)
        info = d.id.get_chunk_info(2)
        print(path, d.name, info.byte_offset + (16 if name == "bslz4" else 0))
