//! Every check of the validator finds its fault in a run that was sound before, and nothing else does.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::{pool, python};
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{ElementType, Metadata, Section};
use trainyard_format::validate::{validate_run, Finding, Options, Severity, CHECKS};
use trainyard_format::write::{FileSpec, FileWriter, PixelSpec, Storage, TrainRow, Values};

const TRAINS: u64 = 8;
const PULSES: u64 = 4;
const FIRST: u64 = 10_000;
const XGM: &str = "SPB_XTD9_XGM/DOOCS/MAIN";

fn writer(folder: &Path, aggregator: &str, sequence: u32) -> FileWriter {
    let first = u64::from(sequence) * TRAINS;
    let text = || Some("test".to_string());
    let metadata = Metadata {
        karabo_framework: text(),
        run_type: text(),
        sample: text(),
        proposal_number: Some(900_000),
        run_number: Some(1),
        sequence_number: Some(sequence),
        ..Metadata::default()
    };
    FileWriter::create(FileSpec {
        path: folder.join(format!("RAW-R0001-{aggregator}-S{sequence:05}.h5")),
        metadata,
        daq_library: "test".into(),
        trains: (first..first + TRAINS).map(|t| TrainRow::new(FIRST + t, 1000 + t)).collect(),
        ..FileSpec::default()
    })
    .expect("a file")
}

fn trains(sequence: u32, rows: u64) -> Vec<u64> {
    let first = FIRST + u64::from(sequence) * TRAINS;
    (0..TRAINS * rows).map(|row| first + row / rows).collect()
}

fn module(folder: &Path, number: u32, sequence: u32) {
    let mut writer = writer(folder, &format!("AGIPD{number:02}"), sequence);
    let source = format!("SPB_DET_AGIPD500K-1/DET/{number}CH0:xtdf");
    let rows = TRAINS * PULSES;
    let pulses: Vec<u64> = (0..rows).map(|row| row % PULSES).collect();
    let cells: Vec<u16> = pulses.iter().map(|&pulse| pulse as u16).collect();
    let small = || Storage::Chunked { rows_per_chunk: 3, filters: Codec::Deflate { level: 1 }.filters(8) };
    writer.instrument_index(&source, "image", &[PULSES; TRAINS as usize]).expect("an index");
    writer.rows(&source, "image.pulseId", &Values::of(&pulses, &[1]).stored(small())).expect("pulse ids");
    writer.rows(&source, "image.cellId", &Values::of(&cells, &[1])).expect("cell ids");
    writer.rows(&source, "image.trainId", &Values::of(&trains(sequence, PULSES), &[1]).stored(small())).expect("ids");
    let filters = Codec::BitshuffleLz4.filters(2);
    let pipeline = Pipeline::new(&filters, 2, 2 * 16 * 16 * 2).expect("a pipeline");
    let spec = PixelSpec {
        element: ElementType::U16,
        row_shape: vec![2, 16, 16],
        rows_per_chunk: 1,
        filters,
        capacity_rows: rows,
        attributes: Vec::new(),
    };
    let pixels = writer.pixels(&source, "image.data", &spec).expect("pixels");
    for row in 0..rows {
        let frame: Vec<u8> = (0..1024u64).map(|i| (i * (row + 7) % 251) as u8).collect();
        let mut stored = Vec::new();
        let mask = pipeline.encode(&frame, &mut stored, &mut Scratch::default()).expect("a chunk");
        writer.write_chunk(pixels, row, mask, &stored).expect("written");
    }
    writer.finish_pixels(pixels, rows).expect("all rows");
    writer.instrument_index(&source, "header", &[1; TRAINS as usize]).expect("an index");
    writer.rows(&source, "header.trainId", &Values::of(&trains(sequence, 1), &[])).expect("ids");
    writer.finish().expect("a file");
}

fn slow(folder: &Path, sequence: u32) {
    let mut writer = writer(folder, "DA01", sequence);
    let times: Vec<u64> = (1..=TRAINS).collect();
    writer.control(XGM, "pulseEnergy.photonFlux", &Values::of(&[1.5f64; TRAINS as usize], &[]), &times).expect("a key");
    let output = format!("{XGM}:output");
    writer.instrument_index(&output, "data", &[1; TRAINS as usize]).expect("an index");
    writer.rows(&output, "data.intensityTD", &Values::of(&[1f32; 10 * TRAINS as usize], &[10])).expect("rows");
    writer.rows(&output, "data.trainId", &Values::of(&trains(sequence, 1), &[])).expect("ids");
    let errata = "TRAINS_OUTSIDE_BUFFER_RANGE";
    writer.index(Section::Errata, errata, "event", &[2; TRAINS as usize]).expect("an index");
    writer
        .rows_in(Section::Errata, errata, "event.types", &Values::of(&[0u8; 2 * TRAINS as usize], &[]))
        .expect("rows");
    writer.finish().expect("a file");
}

/// A fault in rows or trains has a place there.
fn placed(finding: &Finding) -> bool {
    let folder = ["no-files", "sequences", "modules-present"].contains(&&*finding.id);
    finding.place.file.is_some() || folder
}

#[test]
fn every_check_finds_its_fault() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (base, cases) = (folder.path().join("base"), folder.path().join("cases"));
    for path in [&base, &cases] {
        std::fs::create_dir(path).expect("a folder");
    }
    for sequence in 0..2 {
        slow(&base, sequence);
        (0..8).for_each(|number| module(&base, number, sequence));
    }
    let Some(output) = python("doctored_runs.py", &[&base, &cases]) else { return };
    let expected: BTreeMap<String, BTreeSet<String>> = serde_json::from_str(&output).expect("the cases");
    let pool = pool();
    let mut faults = Vec::new();
    for (case, ids) in &expected {
        let findings = validate_run(&[cases.join(case)], &pool, Options { deep: true });
        let found: BTreeSet<String> = findings.iter().map(|finding| finding.id.to_string()).collect();
        let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
        let incomplete = findings.iter().any(|finding| finding.hint.is_none() || !placed(finding));
        if found != *ids || incomplete {
            faults.push(format!("{case}: {ids:?} expected, found\n{}", told.join("\n")));
        }
        if case == "suspect" {
            assert!(findings.iter().all(|finding| finding.severity == Severity::Note));
        }
        if case == "damaged_chunk" {
            assert_eq!(findings[0].place.train, Some(FIRST + 1));
            assert!(findings[0].dataset.as_deref().is_some_and(|dataset| dataset.ends_with("/image/data")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    let tried: BTreeSet<&str> = expected.values().flatten().map(String::as_str).collect();
    // no file can be doctored so that storage fails: end-to-end tests have that
    let all: BTreeSet<&str> = CHECKS.iter().map(|check| check.id).filter(|id| *id != "unreadable").collect();
    assert_eq!(tried, all, "a check without a case");
}
