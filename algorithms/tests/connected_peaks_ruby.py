"""Real sparse frames and their published spots.

usage: connected_peaks_ruby.py FOLDER OUT      writes OUT/PANEL.pixels and OUT/PANEL.spots for both panels

PANEL.pixels, u32: frames, slow, fast; by frame: n, then n times row, column, value.
PANEL.spots, f64: by frame: n, then n times slow, fast, maximum, sum, in the order of the table.
"""
import os
import sys

import h5py
import numpy as np

FRAMES = 120
folder, out = sys.argv[1:]
folder = os.path.join(folder, "ruby-peaks")
with h5py.File(os.path.join(folder, "spots_file.h5")) as table:
    for panel in ("ff1", "ff2"):
        stored = np.load(os.path.join(folder, f"mruby-0129_000004_{panel}_000012-cachefile.npz"), allow_pickle=True)
        pixels, spots = [np.array([FRAMES, *stored["shape"]], np.uint32)], []
        for i in range(FRAMES):
            triples = np.stack([stored[f"{i}_row"], stored[f"{i}_col"], stored[f"{i}_data"]], 1).astype(np.uint32)
            pixels += [np.array([len(triples)], np.uint32), triples.ravel()]
            rows = table[f"{panel}/{i}"][()].reshape(-1, 9)
            spots += [np.array([len(rows)], float), rows[:, [0, 1, 7, 8]].ravel()]
        np.concatenate(pixels).astype("<u4").tofile(os.path.join(out, panel + ".pixels"))
        np.concatenate(spots).astype("<f8").tofile(os.path.join(out, panel + ".spots"))
