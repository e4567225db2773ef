//! Whatever is built in is read on every path, and a filter that is not there is no damage.

mod support;

use std::path::Path;
use support::{pool, python};
use trainyard_format::Error;

const ROW: u64 = 10 * 12;

#[test]
fn chunks_that_split_rows_are_read_behind_every_filter() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("filters.h5");
    let Some(names) = python("filters.py", &[Path::new(&path)]) else { return };
    let pool = pool();
    let with_plugins = std::env::var_os("HDF5_PLUGIN_PATH").is_some();
    let mut read = 0;
    for name in names.lines() {
        let found = pool.rows(&path, &format!("/{name}"), &[(1, 3), (5, 2)]);
        if name.starts_with("blosc") && !with_plugins {
            let error = found.expect_err("no plug-in is there");
            assert!(matches!(error, Error::Resource { .. }), "{error:?}");
            assert!(error.to_string().contains("filter 32001 (`blosc`)"), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("HDF5_PLUGIN_PATH")), "{error:?}");
            assert_eq!(error.place().source.as_deref(), Some(format!("/{name}").as_str()));
            continue;
        }
        let found = found.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let rows = [(1..4), (5..7)].into_iter().flatten();
        let expected: Vec<u8> = rows
            .flat_map(|row: u64| (row * ROW..(row + 1) * ROW).flat_map(|n| ((n % 499) as u16).to_le_bytes()))
            .collect();
        assert!(found.bytes == expected, "{name}");
        read += 1;
    }
    assert!(read >= 15, "{names}");
}
