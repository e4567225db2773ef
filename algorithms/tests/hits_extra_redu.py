"""Scores, thresholds, hits and misses by EXtra-redu itself, on simulated counts of lit pixels.

usage: hits_extra_redu.py OUT.json      (numbers in f64 are written as their bits, None where there is none)
"""
import json
import struct
import sys
import warnings

import numpy as np
from extra_redu.spi import LitPixelCounter, SpiHitfinder

warnings.filterwarnings("ignore")


class Energies:
    """Stands in for the record of lit frames, of which only the energies are asked."""

    def __init__(self, energies):
        self.energies = energies

    def get_array(self, key, train_ids, pulse_ids):
        assert key == "energyPerFrame"
        return self.energies


def counted(lit, unmasked, counts):
    """A counter that has already counted."""
    frames, modules = lit.shape
    counter = LitPixelCounter.__new__(LitPixelCounter)
    ids = np.arange(10001, 10001 + len(counts), dtype=np.uint64)
    pulses = np.concatenate([np.arange(n) for n in counts]).astype(np.uint64)
    zero = np.zeros_like(lit)
    counter.__dict__.update(
        threshold=0.7, num_events=frames, num_sources=modules, num_modules=modules, max_modules=modules,
        total_intensity=zero, num_lit_px=lit, num_unmasked_px=unmasked, trainId=np.repeat(ids, counts),
        pulseId=pulses, train_ids=[int(i) for i in ids], num_trains=len(counts), count=counts,
        first=np.cumsum(counts) - counts, mask=np.ones((frames, modules), bool), modules=list(range(modules)),
        data_keys={"pulseId": pulses, "litPixels": lit, "unmaskedPixels": unmasked, "totalIntensity": zero})
    return counter


def bits(values):
    return [None if np.isnan(v) else struct.unpack("<Q", struct.pack("<d", float(v)))[0] for v in values]


def main(path):
    rng = np.random.default_rng(20)
    cases, empty_windows = [], 0
    for number in range(160):
        trains = int(rng.integers(2, 60))
        counts = rng.integers(1, rng.integers(2, 60), trains) if number % 3 else np.full(trains, 31)
        frames, modules = int(counts.sum()), int(rng.integers(1, 5))
        lit = rng.poisson(rng.uniform(50, 400), (frames, modules))
        lit[rng.random(frames) < rng.choice([0.02, 0.1, 0.4])] *= 20
        unmasked = rng.integers(40000, 65537, (frames, modules))
        energies = None
        if number % 2:
            energies = rng.uniform(100, 2000, frames)
            energies[rng.random(frames) < rng.choice([0.0, 0.2, 0.7])] = 50
        options = dict(min_scores=int(rng.choice([1, 10, 31, 32, 33, 34, 63, 100, 300])),
                       snr=float(rng.choice([2, 3, 4, 5.5])), lqr=bool(number % 5 == 0))
        misses = dict(miss_fraction=float(rng.choice([0, 0.123, 0.5, 1, 3])),
                      miss_fraction_base=str(rng.choice(["hit", "miss"])),
                      miss_fraction_abs=float(rng.choice([0, 0.01, 0.25])))
        if number % 7 == 0:
            options.update(mode="fixed", fixed_threshold=float(rng.uniform(500, 3000)))
        finder = SpiHitfinder(modules=list(range(modules)), xgm_norm=energies is not None, **options, **misses)
        failed = None
        try:
            # energies given would mark weak pulses even where nothing is normalised by them
            record = () if energies is None else (Energies(energies),)
            finder.find_hits(counted(lit, unmasked, counts), *record)
        except (IndexError, ValueError) as error:
            # no hit at all, or more misses asked for than there are; an empty window, which stops it before the thresholds
            failed = str(error)
        if not hasattr(finder, "hit_mask"):
            empty_windows += 1
            continue
        adaptive = finder.mode == "adaptive"
        cases.append(dict(
            counts=counts.tolist(), lit=lit.tolist(), unmasked=unmasked.tolist(),
            energies=None if energies is None else bits(energies), options=options, misses=misses, failed=failed,
            score=[int(s) for s in finder.hitscore], good=finder.good_mask.tolist(), hit=finder.hit_mask.tolist(),
            threshold=bits(finder.threshold) if adaptive else None, mu=bits(finder.mu) if adaptive else None,
            sigma=bits(finder.sig) if adaptive else None, hit_rate=bits(finder.hitrate_smooth),
            kept=None if failed else int(finder.miss_mask.sum())))
    assert empty_windows < 40, empty_windows
    with open(path, "w") as out:
        json.dump(cases, out)


main(sys.argv[1])
