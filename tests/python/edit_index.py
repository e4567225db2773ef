"""Takes the last train of a file's first source out of its index; neither size nor time of the file change.

usage: edit_index.py FILE
"""
import os
import sys

import h5py

path = sys.argv[1]
before = os.stat(path)
with h5py.File(path, "r+") as file:
    found = []
    file["INDEX"].visititems(lambda name, item: found.append(item) if name.endswith("/count") else None)
    found[0][-1] = 0
os.truncate(path, before.st_size)
os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
