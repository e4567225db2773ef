//! The map of a file and what it leads to: chunk tables, rows, strings. Input: the file.

use std::io::Write;
use trainyard_format::map::ElementType;
use trainyard_format::opener::{Limits, Purpose, Reply, Request};
use trainyard_format::{Error, Result};

pub const LIMITS: Limits = Limits { time: std::time::Duration::from_secs(5), memory: 512 << 20 };

/// `answer` is an opener's, from a process of its own or in this one.
///
/// # Panics
/// When a promise is broken.
pub fn file_map(input: &[u8], answer: impl Fn(Request) -> Result<Reply>) -> bool {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(input).expect("a temporary file");
    let path = || file.path().to_path_buf();
    let ask = |request: Request| match answer(request) {
        Err(error @ (Error::Bug { .. } | Error::Gate { .. })) => panic!("{error:?}"),
        answer => answer.ok(),
    };
    let Some(Reply::Map(map)) = ask(Request::Map { path: path(), purpose: Purpose::Read }) else { return false };
    let groups = || map.sources.iter().flat_map(|source| &source.groups);
    for group in groups() {
        assert_eq!((group.first.len(), group.count.len()), (map.trains.len(), map.trains.len()));
    }
    for dataset in groups().flat_map(|group| &group.datasets) {
        let (name, ranges) = (dataset.path.clone(), vec![(0, dataset.rows())]);
        if let Some(Reply::Chunks(tables)) = ask(Request::Chunks { path: path(), datasets: vec![name.clone()] }) {
            assert_eq!(tables.len(), 1);
            assert_eq!(tables[0].chunks.len() as u64, tables[0].rows.div_ceil(tables[0].rows_per_chunk));
        }
        if matches!(dataset.element, ElementType::FixedString(_) | ElementType::VarString) {
            ask(Request::Strings { path: path(), dataset: name, ranges });
        } else if let Some(Reply::Rows(rows)) = ask(Request::Rows { path: path(), dataset: name, ranges }) {
            assert_eq!(
                Some(rows.bytes.len() as u64),
                dataset.row_bytes().and_then(|row| row.checked_mul(dataset.rows()))
            );
        }
    }
    true
}

/// One module of a simulated detector, two frames, and the control data of its run.
pub fn seeds() -> Vec<Vec<u8>> {
    let run = crate::simulated(
        "powder --detector dssc --raw --trains 2 --pulses 1 --modules 0 --brightness 0.1 --codec bitshuffle-lz4",
    );
    let entries = std::fs::read_dir(run).expect("a run").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "h5")).collect();
    files.sort();
    files.into_iter().map(|file| std::fs::read(file).expect("a file of the run")).collect()
}
