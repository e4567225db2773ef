"""Holds a file open for writing, with HDF5's lock on it, until it is killed.

usage: hold.py FILE READY      READY is created once the file is open
"""
import pathlib
import sys
import time

import h5py

file = h5py.File(sys.argv[1], "r+", locking=True)
pathlib.Path(sys.argv[2]).touch()
time.sleep(600)
