//! Slow data carried over: the chosen rows of every kind of dataset, and the check of what was written.

mod support;

use std::path::Path;
use support::{pool, python};
use trainyard_format::map::FileMap;
use trainyard_format::opener::OpenerPool;
use trainyard_format::validate::{validate_run, Options, Severity};
use trainyard_format::write::{verify, CopyRequest, FileReceipt, TrainRow};
use trainyard_format::Error;

fn request(map: &FileMap, output: &Path, trains: &[u64]) -> CopyRequest {
    CopyRequest {
        input: map.path.clone(),
        output: output.into(),
        sources: map.sources.iter().map(|source| source.name.clone()).collect(),
        trains: trains.iter().map(|&id| TrainRow::new(id, 1_700_000_000_000_000_000 + id)).collect(),
        metadata: map.metadata.clone(),
        daq_library: "trainyard test".into(),
    }
}

fn copied(pool: &OpenerPool, input: &Path, output: &Path, trains: &[u64]) -> FileReceipt {
    let map = pool.map(input).unwrap_or_else(|error| panic!("{error:?}"));
    pool.copy(&request(&map, output, trains)).unwrap_or_else(|error| panic!("{error:?}"))
}

#[test]
fn every_kind_of_dataset_is_carried_over_by_row() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = folder.path().join("RAW-R0001-DA01-S00000.h5");
    if python("slow_data.py", &[Path::new("make"), &input]).is_none() {
        return;
    }
    let pool = pool();
    let all: Vec<u64> = (10_000..10_020).collect();
    let sparse: Vec<u64> = all.iter().copied().filter(|id| id % 3 != 1).collect();
    let late = vec![10_019, 10_020, 10_021];
    for (name, trains) in [("all", &all), ("sparse", &sparse), ("late", &late), ("none", &vec![])] {
        let run = folder.path().join(name);
        std::fs::create_dir(&run).expect("a folder");
        let output = run.join("RAW-R0001-DA01-S00000.h5");
        let receipt = copied(&pool, &input, &output, trains);
        assert!(receipt.notes.is_empty(), "{:?}", receipt.notes);
        verify(&receipt, &pool).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let text = python("slow_data.py", &[Path::new("compare"), &input, &output]).expect("python");
        assert_eq!(text.trim(), "ok", "{name}");
        let findings = validate_run(&[run], &pool, Options { deep: true });
        assert!(findings.iter().all(|finding| finding.severity != Severity::Error), "{name}: {findings:#?}");
        // again: the same bytes
        let second = folder.path().join(format!("{name}.h5"));
        copied(&pool, &input, &second, trains);
        assert!(std::fs::read(&output).expect("a file") == std::fs::read(&second).expect("a file"), "{name}");
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_data_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = folder.path().join("RAW-R0001-DA01-S00000.h5");
    if python("slow_data.py", &[Path::new("make"), &input]).is_none() {
        return;
    }
    let pool = pool();
    let output = folder.path().join("out.h5");
    let receipt = copied(&pool, &input, &output, &[10_000, 10_004, 10_005]);
    verify(&receipt, &pool).unwrap_or_else(|error| panic!("{error:?}"));
    let bytes = std::fs::read(&output).expect("a file");
    let paths: Vec<&str> = receipt.datasets.iter().map(|dataset| dataset.path.as_str()).collect();
    let tables = pool.chunks(&output, &paths).expect("chunk tables");
    let mut tried = 0;
    for table in &tables {
        for chunk in table.chunks.iter().flatten() {
            let mut flipped = bytes.clone();
            flipped[(chunk.offset + u64::from(chunk.size) / 2) as usize] ^= 0x10;
            std::fs::write(&output, &flipped).expect("written");
            let error = verify(&receipt, &pool).expect_err("a difference");
            assert!(matches!(error, Error::Resource { .. }), "{error:?}");
            assert_eq!(error.place().source.as_deref(), Some(table.dataset.as_str()));
            tried += 1;
        }
    }
    assert!(tried > 5);
    // a value of a small dataset
    let needle = 1_700_000_000_000_010_004u64.to_le_bytes();
    let at = bytes.windows(8).position(|window| window == needle).expect("the timestamp of a train");
    let mut flipped = bytes.clone();
    flipped[at] ^= 1;
    std::fs::write(&output, &flipped).expect("written");
    let error = verify(&receipt, &pool).expect_err("a difference");
    assert_eq!(error.place().source.as_deref(), Some("/INDEX/timestamp"));
    std::fs::write(&output, &bytes[..bytes.len() - 1]).expect("written");
    assert!(verify(&receipt, &pool).is_err());
    std::fs::write(&output, &bytes).expect("written");
    verify(&receipt, &pool).unwrap_or_else(|error| panic!("{error:?}"));
}

#[test]
fn old_names_are_kept_as_links_and_the_data_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if python("slow_data.py", &[Path::new("legacy"), folder.path()]).is_none() {
        return;
    }
    let pool = pool();
    let input = folder.path().join("RAW-R0001-DA02-S00000.h5");
    let output = folder.path().join("CORR-R0001-AGIPD00-S00000.h5");
    let receipt = copied(&pool, &input, &output, &[10_000, 10_002]);
    verify(&receipt, &pool).unwrap_or_else(|error| panic!("{error:?}"));
    let text = python("slow_data.py", &[Path::new("legacy-compare"), &input, &output]).expect("python");
    assert_eq!(text.trim(), "ok");
}

#[test]
fn an_index_past_the_end_names_source_and_train() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let input = folder.path().join("RAW-R0001-DA02-S00000.h5");
    if python("slow_data.py", &[Path::new("past-end"), &input]).is_none() {
        return;
    }
    let pool = pool();
    let map = pool.map(&input).unwrap_or_else(|error| panic!("{error:?}"));
    let error = pool.copy(&request(&map, &folder.path().join("out.h5"), &[10_000, 10_019])).expect_err("bad input");
    assert!(matches!(error, Error::Input { .. }), "{error:?}");
    assert_eq!(error.place().train, Some(10_019));
    let mut unknown = request(&map, &folder.path().join("out2.h5"), &[10_000]);
    unknown.sources.push("NOT/THERE".into());
    assert!(matches!(pool.copy(&unknown), Err(Error::Request { .. })));
}

#[test]
fn foreign_filters_are_moved_replaced_or_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pool = pool();
    // lzf is unknown to HDF5 here: single rows move as they are, cut chunks are refused, not as damage. HDF5 decodes
    // scale-offset.
    for (filter, rows, notes) in
        [("lzf", "1", Some(0)), ("lzf", "4", None), ("scaleoffset", "1", Some(0)), ("scaleoffset", "4", Some(1))]
    {
        let name = format!("{filter}{rows}");
        let input = folder.path().join(format!("RAW-R0001-{name}-S00000.h5"));
        let words = ["filter", filter, rows].map(Path::new);
        if python("slow_data.py", &[words[0], words[1], words[2], &input]).is_none() {
            return;
        }
        let map = pool.map(&input).unwrap_or_else(|error| panic!("{error:?}"));
        let output = folder.path().join(format!("{name}.h5"));
        let trains: Vec<u64> = (10_000..10_020).filter(|id| id % 4 != 2).collect();
        match (pool.copy(&request(&map, &output, &trains)), notes) {
            (Ok(receipt), Some(notes)) => {
                assert_eq!(receipt.notes.len(), notes, "{name}: {:?}", receipt.notes);
                verify(&receipt, &pool).unwrap_or_else(|error| panic!("{name}: {error:?}"));
                let text = python("slow_data.py", &[Path::new("foreign"), &input, &output]).expect("python");
                assert_eq!(text.trim(), "ok", "{name}");
            }
            (Err(Error::Resource { what, place, .. }), None) => {
                assert!(what.contains("32000 (`lzf`)"), "{what}");
                assert_eq!(place.source.as_deref(), Some("/INSTRUMENT/A/B/C:output/data/foreign"));
            }
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}
