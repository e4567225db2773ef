//! The writer: what other programs see of its files, equal bytes for equal calls, and refusals.

mod support;

use std::path::Path;
use support::python;
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{ElementType, Metadata, Section};
use trainyard_format::write::{unit, verify, FileReceipt, FileSpec, FileWriter, PixelSpec, Storage, TrainRow, Values};
use trainyard_format::Error;

const DETECTOR: &str = "SPB_DET_AGIPD1M-1";
const COUNTS: [u64; 4] = [2, 0, 3, 2];

fn spec(path: &Path) -> FileSpec {
    FileSpec {
        version: Default::default(),
        path: path.into(),
        metadata: Metadata {
            creation_date: Some("20230101T120000Z".into()),
            proposal_number: Some(700_000),
            run_number: Some(53),
            sequence_number: Some(0),
            ..Metadata::default()
        },
        daq_library: "trainyard test".into(),
        trains: (0..4)
            .map(|i| TrainRow {
                origin: (i == 1).then(|| "CONTROL/A/B/C".into()),
                ..TrainRow::new(10_000 + i, 1_672_574_400_000_000_000 + i)
            })
            .collect(),
    }
}

fn pixel(row: u64, i: usize) -> u16 {
    (row as usize * 100 + i % 7) as u16
}

/// A file with everything the writer can write. Chunks of `rows_per_chunk` frames of 2 x 16 x 8 pixels.
fn write_all(path: &Path, codec: &Codec, rows_per_chunk: u64) -> Result<FileReceipt, Error> {
    let mut writer = FileWriter::create(spec(path))?;
    let attributes = unit("photon energy", "eV", "electronvolt");
    let energy = Values::of(&[9.0f32, 9.1, 9.2, 9.3], &[]).with_attributes(&attributes);
    writer.control("A/B/C", "photon.energy", &energy, &[1, 1, 2, 3])?;
    writer.control("A/B/C", "position", &Values::of(&[0i64; 12], &[3]), &[1, 1, 1, 1])?;
    writer.control_source("A/B/EMPTY");
    writer.run_value("A/B/R", "radial", &Values::of(&[0.5f64, 1.5, 2.5], &[3]))?;
    writer.run_text("A/B/R", "unit", "q_nm^-1")?;
    writer.run_texts("A/B/R", "codes", &["kept", "dark", "\u{b5}"])?;

    let source = format!("{DETECTOR}/DET/0CH0:xtdf");
    writer.instrument_index(&source, "image", &COUNTS)?;
    writer.instrument_index(&source, "header", &[1, 1, 1, 1])?;
    writer.rows(&source, "header.pulseCount", &Values::of(&[2u64, 0, 3, 2], &[]))?;
    let ids: Vec<u64> = vec![0, 4, 0, 4, 8, 0, 4];
    writer.rows(&source, "image.pulseId", &Values::of(&ids, &[1]))?;
    let stored = Storage::Chunked { rows_per_chunk: 4, filters: Codec::Deflate { level: 1 }.filters(8) };
    writer.rows(
        &source,
        "image.trainId",
        &Values::of(&[10_000u64, 10_000, 10_002, 10_002, 10_002, 10_003, 10_003], &[1]).stored(stored),
    )?;
    let id = writer.pixels(
        &source,
        "image.data",
        &PixelSpec {
            element: ElementType::U16,
            row_shape: vec![2, 16, 8],
            rows_per_chunk,
            filters: codec.filters(2),
            capacity_rows: 100,
            attributes: unit("signal", "ADU", "analogue-digital unit"),
        },
    )?;
    let row = 2 * 16 * 8;
    let chunk = row * rows_per_chunk as usize;
    let pipeline =
        Pipeline::new(&codec.filters(2), 2, chunk * 2).map_err(|e| Error::bug(e.to_string(), Default::default()))?;
    let (mut scratch, mut stored) = (Scratch::default(), Vec::new());
    for index in 0..7u64.div_ceil(rows_per_chunk) {
        let pixels: Vec<u8> = (0..rows_per_chunk)
            .flat_map(|r| (0..row).flat_map(move |i| pixel(index * rows_per_chunk + r, i).to_le_bytes()))
            .collect();
        stored.clear();
        let mask = pipeline
            .encode(&pixels, &mut stored, &mut scratch)
            .map_err(|e| Error::bug(e.to_string(), Default::default()))?;
        writer.write_chunk(id, index, mask, &stored)?;
    }
    writer.finish_pixels(id, 7)?;

    let corrected = format!("{DETECTOR}/CORR/0CH0:output");
    writer.instrument_index(&corrected, "image", &[0; 4])?;
    writer.rows(&corrected, "image.pulseId", &Values::of::<u64>(&[], &[]))?;
    writer.legacy_name(&format!("{DETECTOR}/DET/1CH0:xtdf"), &corrected)?;
    writer.instrument_index("A/B/LOG:output", "data", &[1, 0, 0, 1])?;
    writer.strings("A/B/LOG:output", "data.line", &["begin", "end"], &[])?;
    writer.index(Section::Reduction, "REDU/X:xtdf", "image", &[1, 1, 1, 1])?;
    writer.rows_in(Section::Reduction, "REDU/X:xtdf", "image.ratio", &Values::of(&[1.0f64; 4], &[]))?;
    writer.finish()
}

#[test]
fn equal_calls_give_equal_bytes() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, codec, rows) in
        [("a", Codec::BitshuffleLz4, 1), ("b", Codec::Deflate { level: 4 }, 3), ("c", Codec::None, 7)]
    {
        let paths = [folder.path().join(format!("{name}1.h5")), folder.path().join(format!("{name}2.h5"))];
        let receipts = paths.each_ref().map(|path| write_all(path, &codec, rows).unwrap_or_else(|e| panic!("{e:?}")));
        let bytes = paths.each_ref().map(|path| std::fs::read(path).expect("the file"));
        assert!(bytes[0] == bytes[1], "{name} differs");
        assert_eq!(receipts[0].size, bytes[0].len() as u64);
        assert_eq!(receipts[0].datasets, receipts[1].datasets);
        assert_eq!(receipts[0].small, receipts[1].small);
    }
}

#[test]
fn h5py_and_extra_data_read_what_was_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("RAW-R0053-AGIPD00-S00000.h5");
    for (codec, rows) in [
        (Codec::BitshuffleLz4, 1),
        (Codec::BitshuffleLz4, 3),
        (Codec::BitshuffleZstd { level: 3 }, 2),
        (Codec::Deflate { level: 1 }, 4),
        (Codec::Lz4, 1),
        (Codec::Zstd { level: 1 }, 7),
        (Codec::None, 2),
    ] {
        let _ = std::fs::remove_file(&file);
        write_all(&file, &codec, rows).unwrap_or_else(|e| panic!("{e:?}"));
        let Some(output) = python("check_written.py", &[&file]) else { return };
        assert_eq!(output.trim(), "ok", "{codec:?} {rows}");
    }
}

#[test]
fn debian_h5dump_opens_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("x.h5");
    write_all(&file, &Codec::Deflate { level: 1 }, 3).unwrap_or_else(|e| panic!("{e:?}"));
    let Ok(output) = std::process::Command::new("h5dump").arg(&file).output() else {
        println!("skipped: h5dump is not installed");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn refused(result: Result<impl std::fmt::Debug, Error>) -> Error {
    match result {
        Err(error @ Error::Bug { .. }) => error,
        other => panic!("expected a refusal, not {other:?}"),
    }
}

#[test]
fn rows_that_do_not_fit_their_counts_name_dataset_and_train() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = FileWriter::create(spec(&folder.path().join("x.h5"))).expect("a writer");
    writer.instrument_index("A:b", "data", &COUNTS).expect("an index");
    writer.rows("A:b", "data.x", &Values::of(&[1u8; 4], &[])).expect("rows");
    let error = refused(writer.finish());
    assert_eq!(error.place().train, Some(10_002));
    assert_eq!(error.place().source.as_deref(), Some("INSTRUMENT/A:b/data/x"));
}

#[test]
fn misuse_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("x.h5");
    let mut writer = FileWriter::create(spec(&path)).expect("a writer");
    assert!(matches!(FileWriter::create(spec(&path)), Err(Error::Resource { .. })), "the file exists");
    refused(writer.instrument_index("A:b", "data", &[1]));
    refused(writer.control("A", "x", &Values::of(&[1u8; 3], &[]), &[0; 4]));
    refused(writer.control("A", "x", &Values::of(&[1u8; 4], &[]), &[0; 3]));
    refused(writer.rows("A:b", "nogroup", &Values::of(&[1u8], &[])));
    refused(writer.rows("A:b", "data.x", &Values::new(ElementType::U16, &[], &[0; 3])));
    refused(writer.run_value("A", "x", &Values::of(&[1u8; 4], &[])));
    refused(writer.run_text("A", "x", "nul\0"));
    refused(writer.rows("A//B:b", "data.x", &Values::of(&[1u8], &[])));
    let pixels = PixelSpec {
        element: ElementType::U8,
        row_shape: vec![2],
        rows_per_chunk: 1,
        filters: vec![],
        capacity_rows: 1,
        attributes: vec![],
    };
    let id = writer.pixels("A:b", "data.p", &pixels).expect("pixels");
    refused(writer.pixels("A:b", "data.p", &pixels));
    refused(writer.pixels("A:b", "data.q", &PixelSpec { rows_per_chunk: 0, ..pixels.clone() }));
    refused(writer.write_chunk(id, 1, 0, &[1, 2]));
    refused(writer.write_chunk(id, 0, 0, &[]));
    writer.write_chunk(id, 0, 0, &[1, 2]).expect("the first chunk");
    refused(writer.write_chunk(id, 1, 0, &[1, 2]));
    refused(writer.finish_pixels(id, 2));
    refused(writer.finish());
    let mut unordered = spec(&folder.path().join("y.h5"));
    unordered.trains[1].id = 10_000;
    refused(FileWriter::create(unordered));
}

#[test]
fn a_file_without_trains_is_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("RAW-R0053-DA01-S00000.h5");
    let mut writer = FileWriter::create(FileSpec { trains: vec![], ..spec(&file) }).expect("a writer");
    writer.control("A", "x", &Values::of::<f32>(&[], &[]), &[]).expect("a key");
    writer.instrument_index("A:b", "data", &[]).expect("an index");
    writer.rows("A:b", "data.x", &Values::of::<u8>(&[], &[4])).expect("rows");
    writer.finish().expect("a file");
}

/// Attributes, types and names are compared as well as values: whichever of their bytes turns, the file is refused.
#[test]
fn a_turned_byte_of_the_structure_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("CORR-R0001-REDU00-S00000.h5");
    let receipt = write_all(&path, &Codec::BitshuffleLz4, 1).unwrap();
    let pool = support::pool();
    verify(&receipt, &pool).unwrap();
    let whole = std::fs::read(&path).unwrap();
    let place = |text: &[u8]| whole.windows(text.len()).position(|bytes| bytes == text).expect("it is in the file");
    // a value of an attribute, the name of one, the name of a group, the target of a link
    for (text, at) in [(&b"electronvolt"[..], 3), (b"unitSymbol", 4), (b"radial", 1), (b"codes", 2)] {
        let mut bytes = whole.clone();
        bytes[place(text) + at] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        let error = verify(&receipt, &pool).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }), "{}: {error}", String::from_utf8_lossy(text));
    }
    std::fs::write(&path, &whole).unwrap();
    verify(&receipt, &pool).unwrap();
}
