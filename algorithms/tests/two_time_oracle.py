"""Two-time correlation of the trains in a file by numpy, as JSON: a list of rings.

usage: two_time_oracle.py TRAINS.f32 RINGS SIZE... SLOT...
"""
import json
import sys

import numpy as np

path, (rings, *numbers) = sys.argv[1], map(int, sys.argv[2:])
sizes, slots = numbers[:rings], np.array(numbers[rings:])
trains = np.fromfile(path, "<f4").astype(float).reshape(-1, len(slots), sum(sizes))
times = slots.max() + 1
rows = []
first = 0
for size in sizes:
    numerator, denominator = np.zeros((2, times, times))
    a, b = np.full((2, len(trains), times), np.nan)
    for number, train in enumerate(trains[:, :, first : first + size]):
        product = train @ train.T / size
        mean = train.mean(axis=1)
        product[np.diag_indices(len(slots))] -= mean
        outer = np.outer(mean, mean)
        numerator[np.ix_(slots, slots)] += product
        denominator[np.ix_(slots, slots)] += outer
        distance = slots[:, None] - slots
        for lag in np.unique(distance[distance >= 0]):
            a[number, lag], b[number, lag] = product[distance == lag].sum(), outer[distance == lag].sum()
    first += size
    with np.errstate(all="ignore"):
        g2 = a.sum(axis=0) / b.sum(axis=0)
        scatter = ((a - g2 * b) ** 2).sum(axis=0) * len(trains) / (len(trains) - 1)
        sigma = np.sqrt(scatter) / b.sum(axis=0)
    clean = lambda values: [None if np.isnan(value) else value for value in values.ravel().tolist()]
    rows.append({key: clean(value) for key, value in dict(numerator=numerator, denominator=denominator, g2=g2, sigma=sigma).items()})
json.dump(rows, sys.stdout)
