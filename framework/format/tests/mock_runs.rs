//! Runs of EXtra-data's mock maker, carried over for a few trains: EXtra-data sees the same in both, and no fault.

mod support;

use std::path::Path;
use support::{pool, python};
use trainyard_format::map::FileMap;
use trainyard_format::validate::{validate_run, Options, Severity};
use trainyard_format::write::{verify, CopyRequest, TrainRow};

/// A few trains, also of a second sequence: the same in every file that has them.
fn chosen(map: &FileMap) -> Vec<TrainRow> {
    let wanted = [10_001, 10_002, 10_005, 10_033, 10_034];
    let trains = map.trains.iter().enumerate().filter(|(_, id)| wanted.contains(id));
    trains.map(|(i, &id)| TrainRow::new(id, map.timestamps.get(i).copied().unwrap_or(0))).collect()
}

#[test]
fn extra_data_sees_the_same_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    if python("mock_runs.py", &[Path::new("make"), &input]).is_none() {
        return;
    }
    let pool = pool();
    let mut cases: Vec<_> =
        std::fs::read_dir(&input).expect("cases").map(|case| case.expect("a case").file_name()).collect();
    cases.sort();
    assert!(cases.len() >= 8, "{cases:?}");
    for case in cases {
        let copy = output.join(&case);
        std::fs::create_dir_all(&copy).expect("a folder");
        let files = std::fs::read_dir(input.join(&case)).expect("files").map(|file| file.expect("a file").path());
        let maps: Vec<FileMap> =
            files.map(|file| pool.map(&file).unwrap_or_else(|error| panic!("{error:?}"))).collect();
        for map in &maps {
            let request = CopyRequest {
                output: copy.join(map.path.file_name().expect("a name")),
                sources: map.sources.iter().map(|source| source.name.clone()).collect(),
                trains: chosen(map),
                metadata: map.metadata.clone(),
                daq_library: "trainyard test".into(),
                input: map.path.clone(),
            };
            let receipt = pool.copy(&request).unwrap_or_else(|error| panic!("{case:?}: {error:?}"));
            verify(&receipt, &pool).unwrap_or_else(|error| panic!("{case:?}: {error:?}"));
        }
        let findings = validate_run(std::slice::from_ref(&copy), &pool, Options { deep: true });
        let errors: Vec<String> =
            findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.to_string()).collect();
        assert!(errors.is_empty(), "{case:?}: {}", errors.join("\n"));
        let text = python("mock_runs.py", &[Path::new("compare"), &input.join(&case), &copy]).expect("python");
        assert_eq!(text.trim(), "ok", "{case:?}");
    }
}
