"""Writes a file anew in the latest format, lets readers in (SWMR) and dies before it closes the file.

usage: unclosed.py FILE
"""
import os
import signal
import sys

import h5py

path = sys.argv[1]
os.rename(path, path + ".old")
with h5py.File(path + ".old") as old:
    new = h5py.File(path, "w", libver="latest")
    for name in old:
        old.copy(name, new)
new.flush()
new.swmr_mode = True
os.remove(path + ".old")
os.kill(os.getpid(), signal.SIGKILL)
