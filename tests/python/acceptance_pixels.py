"""Pixels that tell whose they are: module, train, pulse and gain third of a frame stand in its first elements.

A mock's pixels are all zero, so that a frame in the wrong place would not be noticed. These are filled in by
`acceptance_cases.py` and looked for by `acceptance.py`.
"""
import numpy as np

MARKS = 4


def frame_pixels(shape, dtype, module, train, pulse, third=0):
    """One frame; `shape` without the row dimension. Marks, then a pattern that differs from frame to frame."""
    size = int(np.prod(shape))
    pattern = (np.arange(size) % 251 + 13 * module + 17 * (train % 997) + 5 * pulse + 101 * third) % 229
    pattern[:MARKS] = module, train % 60000, pulse, third
    return pattern.astype(dtype).reshape(shape)
