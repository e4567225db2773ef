"""Adds a file of slow sources to a run: copies of its XGM's under other names.

usage: many_sources.py RUN COUNT
"""
import glob
import os
import shutil
import sys

import h5py

run, count = sys.argv[1], int(sys.argv[2])
(path,) = glob.glob(os.path.join(run, "*-DA01-S00000.h5"))
new = path.replace("DA01", "DA02")
shutil.copy(path, new)
with h5py.File(new, "r+") as file:
    old = [s.split("/", 1) for s in file["METADATA/dataSources/dataSourceId"].asstr()[:] if s]
    xgm = next(name for section, name in old if section == "CONTROL")
    names = [f"SPB_IRU_DEVICE/MOTOR/NUMBER_{n:02}" for n in range(count)]
    for section in ("CONTROL", "RUN", "INDEX"):
        for name in names:
            file.copy(file[f"{section}/{xgm}"], file.require_group(section), name=name)
    for section, name in old:
        for top in (section, "INDEX", "RUN"):
            whole = f"{top}/{name.split('/')[0] + '/' + '/'.join(name.split('/')[1:3])}"
            if whole in file:
                del file[whole]
    del file["METADATA/dataSources"]
    sources = file.create_group("METADATA/dataSources")
    text = [f"CONTROL/{name}".encode() for name in names]
    sources["dataSourceId"] = text
    sources["deviceId"] = [name.encode() for name in names]
    sources["root"] = [b"CONTROL"] * count
