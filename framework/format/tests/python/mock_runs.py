"""Runs of EXtra-data's mock maker, and their comparison with copies of a few trains: make FOLDER | compare IN OUT."""
import sys
from pathlib import Path

import numpy as np
from extra_data import RunDirectory
from extra_data.tests import make_examples as mx
from extra_data.validation import RunValidator


def make(folder):
    def case(name):
        path = Path(folder) / name
        path.mkdir(parents=True)
        return path

    mx.make_reduced_spb_run(case("reduced"), format_version="1.2")
    mx.make_modern_spb_proc_run(case("modern_proc"))
    mx.make_jungfrau_run(case("jungfrau"))
    mx.make_lpd_run_mini_missed_train(case("lpd_missed_train"))
    mx.make_agipd_example_file(case("old_index") / "CORR-R0001-AGIPD07-S00000.h5")
    mx.make_fxe_da_file(case("fxe_05") / "RAW-R0001-DA01-S00000.h5")
    mx.make_sa3_da_file(case("sa3") / "RAW-R0001-DA01-S00000.h5", format_version="1.0")
    mx.make_sa3_da_file(case("sa3_no_trains") / "RAW-R0001-DA01-S00000.h5", ntrains=0, format_version="1.2")
    mx.make_da_file_with_empty_source(case("empty_source") / "RAW-R0001-DA01-S00000.h5", format_version="1.2")
    mx.make_data_file_bad_device_name(case("bad_device_name") / "RAW-R0001-DA01-S00000.h5", format_version="1.1")


def compare(before, after):
    new = RunDirectory(after)
    old = RunDirectory(before).select_trains(__import__("extra_data").by_id[new.train_ids]) if new.train_ids else RunDirectory(before)
    assert new.all_sources == old.all_sources, new.all_sources ^ old.all_sources
    assert new.legacy_sources == old.legacy_sources
    compared = 0
    for source in sorted(new.all_sources - set(new.legacy_sources)):
        keys = old.keys_for_source(source)
        assert new.keys_for_source(source) == keys, source
        for key in sorted(keys) if new.train_ids else ():
            try:
                a = old[source, key]
            except KeyError:  # EXtra-data cannot read keys whose names contain a dot
                assert "jungfrau" in before, key
                continue
            b = new[source, key]
            counts = [{train: n for train, n in x.data_counts().items() if n} for x in (a, b)]
            assert a.dtype == b.dtype and counts[0] == counts[1], (source, key)
            if a.nbytes < 50_000_000:
                np.testing.assert_array_equal(a.ndarray(), b.ndarray(), err_msg=f"{source} {key}")
            compared += 1
    assert compared or not new.train_ids
    if "jungfrau" not in before:  # a key with a dot: KeyError
        validator = RunValidator(after)
        validator.run_checks()
        assert not validator.problems, validator.problems


command, *paths = sys.argv[1:]
{"make": make, "compare": compare}[command](*paths)
print("ok")
