//! Looking into files through children: every kind of dataset, and children that hang, crash or lie.

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use support::pool;
use trainyard_format::map::{AttributeValue, ElementType, Layout};
use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};
use trainyard_format::Error;

struct Files {
    _folder: tempfile::TempDir,
    kinds: PathBuf,
    userblock: PathBuf,
    chunks: PathBuf,
    foreign: PathBuf,
    plugins: String,
}

fn files() -> Option<&'static Files> {
    static FILES: OnceLock<Option<Files>> = OnceLock::new();
    FILES
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let path = |name| folder.path().join(name);
            let (kinds, userblock, chunks, foreign) = (path("a.h5"), path("b.h5"), path("c.h5"), path("d.h5"));
            let text = support::python("dataset_kinds.py", &[&kinds, &userblock, &chunks, &foreign])?;
            Some(Files { kinds, userblock, chunks, foreign, plugins: text.trim().to_owned(), _folder: folder })
        })
        .as_ref()
}

/// Children with environment variables set.
fn pool_with(environment: &[(&str, &str)], limits: Limits, workers: usize) -> OpenerPool {
    let mut args: Vec<String> = environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    args.push(env!("CARGO_BIN_EXE_trainyard-opener").into());
    OpenerPool::start(OpenerCommand { program: "/usr/bin/env".into(), args }, workers, limits)
}

/// A file that is just HDF5 enough to be handed to a child.
fn signature_only(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, b"\x89HDF\r\n\x1a\n and then nothing").unwrap();
    path
}

#[test]
fn numbers_come_as_little_endian_rows() {
    let Some(files) = files() else { return };
    let pool = pool();
    for (code, element) in [
        ("u1", ElementType::U8),
        ("u2", ElementType::U16),
        ("u4", ElementType::U32),
        ("u8", ElementType::U64),
        ("i1", ElementType::I8),
        ("i2", ElementType::I16),
        ("i4", ElementType::I32),
        ("i8", ElementType::I64),
        ("f4", ElementType::F32),
        ("f8", ElementType::F64),
    ] {
        let rows = pool.rows(&files.kinds, &format!("/numbers/{code}"), &[(2, 1), (0, 1)]).unwrap();
        assert_eq!((rows.element, rows.row_shape.as_slice()), (element, [2].as_slice()));
        assert_eq!(rows.bytes.len(), 4 * element.size());
        let big = pool.rows(&files.kinds, &format!("/big/{code}"), &[(0, 3)]).unwrap();
        let expected: Vec<u8> = match element {
            ElementType::F32 => [0f32, 1., 100.].iter().flat_map(|v| v.to_le_bytes()).collect(),
            ElementType::F64 => [0f64, 1., 100.].iter().flat_map(|v| v.to_le_bytes()).collect(),
            _ => [0u64, 1, 100].iter().flat_map(|v| v.to_le_bytes().into_iter().take(element.size())).collect(),
        };
        assert_eq!((big.element, big.bytes), (element, expected), "{code}");
    }
    let rows = pool.rows(&files.kinds, "/numbers/u2", &[(2, 1), (0, 1)]).unwrap();
    assert_eq!(rows.bytes, [100, 0, 101, 0, 0, 0, 1, 0]);
    assert_eq!(pool.rows(&files.kinds, "/bool", &[(0, 3)]).unwrap().bytes, [1, 0, 1]);
    assert_eq!(pool.rows(&files.kinds, "/bool", &[(0, 3)]).unwrap().element, ElementType::Bool);
    assert_eq!(pool.rows(&files.kinds, "/scalar", &[(0, 1)]).unwrap().bytes, 2.5f64.to_le_bytes());
    assert_eq!(pool.rows(&files.kinds, "/virtual", &[(1, 1)]).unwrap().bytes, [2, 0, 3, 0]);
    assert_eq!(pool.rows(&files.kinds, "/compound", &[(0, 1)]).unwrap().element, ElementType::Other(12));
}

/// HDF5 gives fill values for them, as if zeros had been recorded.
#[test]
fn rows_of_a_virtual_dataset_whose_source_is_gone_are_refused() {
    let Some(files) = files() else { return };
    let pool = pool();
    let rows = |range| pool.rows(&files.kinds, "/virtual-gone", &[range]);
    assert_eq!(rows((0, 3)).unwrap().bytes, pool.rows(&files.kinds, "/numbers/u2", &[(0, 3)]).unwrap().bytes);
    for (range, text) in [((3, 1), "the file `gone.h5` is not there"), ((4, 1), "`numbers/gone` is not there")] {
        let error = rows(range).unwrap_err();
        assert!(matches!(error, Error::Input { .. }) && error.to_string().contains(text), "{error}");
    }
    assert!(rows((0, 5)).is_err());
}

#[test]
fn strings_of_both_kinds_come_without_padding() {
    let Some(files) = files() else { return };
    let pool = pool();
    for name in ["fixed", "ascii"] {
        let strings = pool.strings(&files.kinds, &format!("/strings/{name}"), &[(0, 3)]).unwrap();
        assert_eq!(strings, ["one", "", "three"]);
        assert_eq!(
            pool.strings(&files.kinds, &format!("/strings/{name}"), &[(2, 1), (0, 1)]).unwrap(),
            ["three", "one"]
        );
    }
    assert_eq!(pool.strings(&files.kinds, "/strings/utf8", &[(0, 1)]).unwrap(), ["µJ"]);
    assert!(matches!(pool.strings(&files.kinds, "/bool", &[(0, 1)]), Err(Error::Input { .. })));
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_child_lives_on() {
    let Some(files) = files() else { return };
    let pool = pool();
    for (dataset, ranges, text) in [
        ("/numbers/u2", vec![(2u64, 2u64)], "it has 3 rows"),
        ("/numbers/u2", vec![(u64::MAX, 2)], "it has 3 rows"),
        ("/ragged", vec![(0, 1)], "no fixed size"),
        ("/strings/ascii", vec![(0, 1)], "no fixed size"),
        ("/nowhere", vec![(0, 1)], "failed to open the dataset"),
    ] {
        let error = pool.rows(&files.kinds, dataset, &ranges).unwrap_err();
        assert!(matches!(error, Error::Input { .. }) && error.to_string().contains(text), "{dataset}: {error}");
        assert_eq!(error.place().source.as_deref(), Some(dataset));
    }
    let small = pool_with(&[], Limits { memory: 1 << 30, ..Limits::default() }, 1);
    let many = vec![(0u64, 3u64); 60_000_000 / 3];
    let error = small.rows(&files.kinds, "/numbers/u8", &many).unwrap_err();
    assert!(error.to_string().contains("are more than 268435456 bytes"), "{error}");
}

#[test]
fn chunk_tables_tell_where_bytes_lie() {
    let Some(files) = files() else { return };
    let pool = pool();
    let bytes = std::fs::read(&files.kinds).unwrap();
    let tables = pool.chunks(&files.kinds, &["/unwritten", "/numbers/u2", "/empty", "/masked"]).unwrap();
    let unwritten = &tables[0];
    assert_eq!((unwritten.rows, unwritten.rows_per_chunk, unwritten.fill.as_slice()), (10, 2, [7, 0].as_slice()));
    let written: Vec<bool> = unwritten.chunks.iter().map(Option::is_some).collect();
    assert_eq!(written, [false, false, true, false, false]);
    let chunk = unwritten.chunks[2].unwrap();
    let stored = &bytes[chunk.offset as usize..][..chunk.size as usize];
    assert_eq!(stored, [5u8, 0].repeat(8));
    let contiguous = tables[1].chunks[2].unwrap();
    assert_eq!(bytes[contiguous.offset as usize..][..contiguous.size as usize], [100, 0, 101, 0]);
    assert!(tables[2].chunks.is_empty());
    assert_eq!((tables[3].chunks.len(), tables[3].rows_per_chunk), (3, 4));
    for (dataset, text) in
        [("/split", "do not span whole rows"), ("/compact", "it is compact"), ("/virtual", "it is virtual")]
    {
        let error = pool.chunks(&files.kinds, &[dataset]).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn a_user_block_is_counted_in() {
    let Some(files) = files() else { return };
    let bytes = std::fs::read(&files.userblock).unwrap();
    let tables = pool().chunks(&files.userblock, &["/chunked", "/contiguous"]).unwrap();
    for (table, value) in tables.iter().zip([[0xCDu8, 0xAB], [0x34, 0x12]]) {
        for chunk in table.chunks.iter().flatten() {
            assert_eq!(bytes[chunk.offset as usize..][..chunk.size as usize], value.repeat(8));
        }
        assert!(table.chunks.len() == 3 && table.chunks.iter().all(Option::is_some));
    }
}

#[test]
fn chunks_decode_with_and_without_plugins() {
    let Some(files) = files() else { return };
    let expected: Vec<u8> = (16u16..32).flat_map(u16::to_le_bytes).collect();
    assert_eq!(pool().decode_chunk(&files.kinds, "/masked", 1).unwrap(), expected);
    assert_eq!(pool().decode_chunk(&files.kinds, "/masked", 2).unwrap().len(), 2 * 4 * 2);
    assert!(pool().decode_chunk(&files.kinds, "/masked", 3).is_err());
    let without = pool_with(&[("HDF5_PLUGIN_PATH", "/nowhere")], Limits::default(), 1);
    let error = without.decode_chunk(&files.foreign, "/d", 1).unwrap_err();
    assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("32001 (`blosc`)"), "{error:?}");
    let pool = pool_with(&[("HDF5_PLUGIN_PATH", &files.plugins)], Limits::default(), 1);
    let expected: Vec<u8> = (1024u16..2048).flat_map(u16::to_le_bytes).collect();
    assert_eq!(pool.decode_chunk(&files.foreign, "/d", 1).unwrap(), expected);
}

#[test]
fn a_hundred_thousand_chunks_are_listed_in_a_moment() {
    let Some(files) = files() else { return };
    let pool = pool();
    pool.chunks(&files.chunks, &["/d0"]).unwrap();
    let start = Instant::now();
    let tables = pool.chunks(&files.chunks, &["/d1", "/d2"]).unwrap();
    let time = start.elapsed();
    println!("200000 chunks in {time:?}");
    assert!(tables.iter().all(|table| table.chunks.len() == 100_000 && table.chunks.iter().all(Option::is_some)));
    // an index that is listed in quadratic time takes a minute
    assert!(time < Duration::from_secs(20), "{time:?}");
}

#[test]
fn layouts_links_and_attributes_are_told() {
    let Some(files) = files() else { return };
    use trainyard_format::hdf5::{File, Link, ObjectKind};
    let file = File::open(&files.kinds).unwrap();
    let layout = |name: &str| file.dataset(name).unwrap().layout().unwrap();
    assert_eq!(layout("/compact"), Layout::Compact);
    assert_eq!(layout("/virtual"), Layout::Virtual);
    assert!(matches!(layout("/numbers/u2"), Layout::Contiguous { offset: Some(_) }));
    assert_eq!(layout("/unwritten"), Layout::Chunked { chunk: vec![2, 4] });
    assert_eq!(file.dataset("/null").unwrap().shape(), [0]);
    let links = file.group("/links").unwrap();
    let children: Vec<(String, Link)> =
        links.children(10).unwrap().into_iter().map(|child| (child.name, child.link)).collect();
    let external = Link::External { file: "other.h5".into(), path: "/a".into() };
    assert_eq!(children[0], ("external".into(), external));
    assert_eq!(children[1], ("hard".into(), Link::Hard));
    assert_eq!(children[2], ("soft".into(), Link::Soft("/numbers".into())));
    assert_eq!(links.kind("soft").unwrap(), ObjectKind::Group);
    assert_eq!(links.kind("hard").unwrap(), ObjectKind::Dataset);
    assert!(links.kind("external").is_err());
    assert!(links.children(2).is_err());
    let attributes = file.dataset("/scalar").unwrap().attributes().unwrap();
    let value = |name| attributes.iter().find(|a| a.name == name).map(|a| a.value.clone());
    assert_eq!(value("text"), Some(AttributeValue::Text("µJ".into())));
    assert_eq!(value("fixed"), Some(AttributeValue::Text("uJ".into())));
    let numbers = AttributeValue::Int { values: vec![1, -2], shape: vec![1, 2], element: ElementType::I16 };
    assert_eq!(value("numbers"), Some(numbers));
    let real = AttributeValue::Float { values: vec![0.25], shape: vec![], element: ElementType::F64 };
    assert_eq!(value("real"), Some(real));
    assert_eq!(value("texts"), None);
}

#[test]
fn a_hanging_child_is_killed_in_time_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, other) = (signature_only(folder.path(), "endless.h5"), signature_only(folder.path(), "other.h5"));
    let limits = Limits { time: Duration::from_millis(300), ..Limits::default() };
    let pool = pool_with(&[("TRAINYARD_OPENER_FAULT", "hang:endless")], limits, 1);
    for _ in 0..2 {
        let start = Instant::now();
        let error = pool.map(&bad).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("no answer"), "{error}");
        assert_eq!(error.place().file.as_deref(), Some(bad.as_path()));
        assert!(start.elapsed() < Duration::from_secs(5));
        let error = pool.map(&other).unwrap_err();
        assert!(matches!(error, Error::Input { .. }), "{error}");
    }
}

#[test]
fn children_that_end_are_explained_by_how_they_end() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, other) = (signature_only(folder.path(), "bad.h5"), signature_only(folder.path(), "other.h5"));
    let limits = Limits { memory: 512 << 20, ..Limits::default() };
    for (kind, text, lasting) in [
        ("crash", "crashes the HDF5 library (signal 6)", true),
        ("memory", "crashes the HDF5 library (signal 6)", true),
        ("exit", "ended unexpectedly (exit status: 9)", false),
        ("long", "larger than the limit", false),
    ] {
        let pool = pool_with(&[("TRAINYARD_OPENER_FAULT", &format!("{kind}:bad"))], limits, 1);
        let error = pool.map(&bad).unwrap_err();
        assert!(error.to_string().contains(text), "{kind}: {error}");
        assert_eq!(matches!(error, Error::Input { .. }), lasting, "{kind}: {error:?}");
        assert_eq!(matches!(error, Error::Resource { .. }), !lasting, "{kind}: {error:?}");
        assert_eq!(error.place().file.as_deref(), Some(bad.as_path()));
        let error = pool.map(&other).unwrap_err();
        assert!(error.to_string().contains("failed to open the file"), "{kind}: {error}");
    }
}

/// Somebody may end a child, or the machine: only what happens again is the file's.
#[test]
fn a_child_that_ends_is_asked_again_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = signature_only(folder.path(), "once.h5");
    let pool = pool_with(&[("TRAINYARD_OPENER_FAULT", "once:once.h5")], Limits::default(), 1);
    let error = pool.map(&path).unwrap_err();
    assert!(folder.path().join("once.h5.struck").exists(), "it was not ended");
    assert!(error.to_string().contains("failed to open the file"), "{error}");
}

#[test]
fn a_program_that_is_not_there_is_a_resource_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = signature_only(folder.path(), "a.h5");
    let command = OpenerCommand { program: "/nowhere/opener".into(), args: Vec::new() };
    let error = OpenerPool::start(command, 2, Limits::default()).map(&path).unwrap_err();
    assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("/nowhere/opener"), "{error}");
}

#[test]
fn files_that_libhdf5_need_not_see_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let pool = pool();
    for (path, text, lasting) in [
        (path("empty.h5", b""), "the file is empty", true),
        (path("text.h5", &[b'x'; 3000]), "it is not an HDF5 file", true),
        (path("short.h5", b"abc"), "it is not an HDF5 file", true),
        (folder.path().to_owned(), "it is not a regular file", true),
        (folder.path().join("missing.h5"), "No such file", false),
    ] {
        let error = pool.map(&path).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert_eq!(matches!(error, Error::Input { .. }), lasting, "{error:?}");
        assert_eq!(error.place().file.as_deref(), Some(path.as_path()));
    }
}

#[test]
fn many_threads_share_few_children() {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = (0..40).map(|n| signature_only(folder.path(), &format!("{n}.h5"))).collect();
    let pool = pool_with(&[("TRAINYARD_OPENER_FAULT", "crash:7.h5")], Limits::default(), 3);
    let results: Vec<String> = pool.maps(&paths).into_iter().map(|result| result.unwrap_err().to_string()).collect();
    for (number, text) in results.iter().enumerate() {
        let crashed = number % 10 == 7;
        assert_eq!(text.contains("crashes"), crashed, "{number}: {text}");
    }
}
