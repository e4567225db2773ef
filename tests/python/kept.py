"""Train and pulse ids of the kept frames of a reduced run: OUTPUT. Prints JSON pairs."""
import glob
import json
import os
import sys

import h5py

pairs = []
for name in sorted(glob.glob(os.path.join(sys.argv[1], "*REDU00*.h5"))):
    with h5py.File(name) as file:
        sources = [s.decode() for s in file["METADATA/dataSources/dataSourceId"][:]]
        data = file[next(s for s in sources if "/FATE:output" in s)]
        rows = zip(data["trainId"][:], data["pulseId"][:], data["fate"][:])
        pairs += [[int(train), int(pulse)] for train, pulse, fate in rows if fate == 0]
print(json.dumps(pairs))
