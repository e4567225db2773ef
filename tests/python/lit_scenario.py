"""A copy of a simulated run with the bunch patterns, pulse energies and timing of a reference scenario.

usage: lit_scenario.py RUN COPY REFERENCE NUMBER
"""
import glob
import json
import os
import shutil
import sys

import h5py
import numpy as np

run, copy, reference, number = sys.argv[1:5]
scenario = json.load(open(reference))["scenarios"][int(number)]
shutil.copytree(run, copy)
table = np.zeros((4, 2700), np.uint32)
for slot, value in scenario["bunch_pattern"]:
    table[:, slot] = value
if "train w/o pulses; shifted" in scenario["name"]:
    table[1] = 0
    table[3, 200:232] = 0
replaced = 0
for path in glob.glob(os.path.join(copy, "*.h5")):
    with h5py.File(path, "r+") as file:
        datasets = {}
        file.visititems(lambda name, item: datasets.__setitem__(name, item) if isinstance(item, h5py.Dataset) else None)
        for name, item in datasets.items():
            if name.endswith("/bunchPatternTable"):
                item[:] = table
            elif name.endswith("/intensityTD"):
                item[:] = 100 + np.arange(item.shape[1])
            elif name.endswith("/intensitySigmaTD"):
                item[:] = (100 + np.arange(item.shape[1])) / 10
            elif name.endswith("FPGA_COMP/bunchStructure/nPulses/value"):
                item[:] = scenario["ncell"]
            elif name.endswith("FPGA_COMP/bunchStructure/repetitionRate/value"):
                item[:] = scenario["rate"]
            elif name.endswith("FPGA_COMP/bunchStructure/firstPulse/value"):
                item[:] = 0
            elif name.endswith("FPGA_COMP/integrationTime/value"):
                item[:] = scenario["integrationTime"]
            elif name.endswith("FPGA_COMP/patternType/value"):
                item[:] = scenario["patternType"]
            else:
                continue
            replaced += 1
assert replaced >= 8, replaced
print(json.dumps({"replaced": replaced}))
