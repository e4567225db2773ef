//! Chunk indexes with damaged keys: what HDF5 does not find is not read, though it stands in the file.

mod support;

use support::pool;
use trainyard_format::Error;

#[test]
fn chunks_that_a_read_of_hdf5_does_not_find_are_damage() {
    let folder = tempfile::tempdir().unwrap();
    let Some(text) = support::python("chunk_index.py", &[folder.path()]) else { return };
    let told: serde_json::Value = serde_json::from_str(&text).unwrap();
    let intact = serde_json::json!([1, 17, 33, 49, 65]);
    let (pool, file) = (pool(), |name: &str| folder.path().join(format!("{name}.h5")));
    assert_eq!(told["intact"], intact);
    let table = pool.chunks(&file("intact"), &["/d"]).unwrap().remove(0);
    assert!(table.chunks.len() == 5 && table.chunks.iter().all(Option::is_some), "{table:?}");
    for name in ["out-of-order", "another-column", "ends-early"] {
        assert_ne!(told[name], intact, "{name} is no damage");
        let error = pool.chunks(&file(name), &["/d"]).unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{name}: {error:?}");
        assert!(error.to_string().contains("chunk index is damaged"), "{name}: {error}");
    }
}

#[test]
fn chunks_never_written_have_no_values_where_there_is_no_fill_value() {
    let folder = tempfile::tempdir().unwrap();
    let Some(text) = support::python("chunk_index.py", &[folder.path()]) else { return };
    assert!(text.contains("no data can be read"), "{text}");
    let pool = pool();
    let path = folder.path().join("no-fill.h5");
    let table = pool.chunks(&path, &["/d"]).unwrap().remove(0);
    assert_eq!((table.chunks.as_slice(), table.fill.len()), (&[None; 3][..], 0));
    assert!(matches!(pool.rows(&path, "/d", &[(0, 1)]), Err(Error::Input { .. })));
}
