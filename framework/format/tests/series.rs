//! The series writer: what other programs see of its files, what it refuses, and what it leaves when it is not closed.

mod support;

use std::path::{Path, PathBuf};
use support::{contents, pool, python};
use trainyard_codec::Codec;
use trainyard_format::map::{ElementType, Metadata};
use trainyard_format::validate::{validate_run, Options, Severity};
use trainyard_format::write::series::{Dataset, Layout, Mode, Parameters, SeriesOptions, SeriesWriter};
use trainyard_format::write::{verify, FileReceipt, TrainRow, Values};
use trainyard_format::Error;

const NAME: &str = "CORR-R0001-REDU00-S{seq:05}.h5";
const SECOND: u64 = 1_000_000_000;
const BEGIN: u64 = 1_700_000_000 * SECOND;

fn layout() -> Layout {
    Layout::new()
        .alias("prm", "{det}/REDU/AZINT")
        .alias("res", "{det}/REDU/AZINT:output")
        .dataset("energy", Dataset::of::<f64>("@prm", "photon.energy").unit("photon energy", "keV", "kiloelectronvolt"))
        .dataset("state", Dataset::text(8, "@prm", "state"))
        .dataset("radial", Dataset::of::<f32>("@res", "azimuthal.radial").shape("bins").unit("q", "1/nm", "1/nm"))
        .dataset(
            "intensity",
            Dataset::of::<f32>("@res", "azimuthal.intensity").shape("bins").codec(Codec::BitshuffleLz4),
        )
        .dataset("image", Dataset::of::<u16>("@res", "sum.image").shape("frame").codec(Codec::Deflate { level: 1 }))
}

fn parameters() -> Parameters {
    Parameters::new().text("det", "MID_DET_AGIPD1M-1").number("bins", 50).shape("frame", &[32, 16])
}

fn options(trains_per_file: usize, mode: Mode) -> SeriesOptions {
    let metadata = Metadata { run_number: Some(1), proposal_number: Some(2345), ..Metadata::default() };
    SeriesOptions { trains_per_file: Some(trains_per_file), mode, metadata, ..SeriesOptions::default() }
}

fn create(folder: &Path, options: SeriesOptions) -> Result<SeriesWriter, Error> {
    SeriesWriter::create(folder.join(NAME), &layout(), &parameters(), options)
}

fn trains(ids: std::ops::Range<u64>) -> impl Iterator<Item = TrainRow> {
    ids.map(|id| TrainRow::new(id, BEGIN + (id - 10_000) * SECOND / 10))
}

/// Counts 1, 2, 3, 1, 2, 3 ... in a group of two datasets, train by train.
fn write_all(folder: &Path, trains_per_file: usize, mode: Mode) -> Result<Vec<FileReceipt>, Error> {
    let mut writer = create(folder, options(trains_per_file, mode))?;
    writer.run_value("MID_DET_AGIPD1M-1/REDU/AZINT", "mask", &Values::of(&[1u8, 0, 1], &[3]))?;
    writer.run_text("MID_DET_AGIPD1M-1/REDU/AZINT", "method", "split")?;
    let mut first = 0;
    for (i, train) in trains(10_000..10_009).enumerate() {
        let (id, rows) = (train.id, i as u64 % 3 + 1);
        writer.add_train(train)?;
        let numbers =
            |scale: f32| -> Vec<f32> { (first * 50..(first + rows) * 50).map(|n| n as f32 * scale).collect() };
        writer.put("radial", id, &numbers(1.0))?;
        writer.put("intensity", id, &numbers(0.5))?;
        writer.put("energy", id, &[9.0 + i as f64])?;
        writer.put("state", id, &[if i % 2 == 0 { "ON" } else { "MOVING" }])?;
        if i % 4 == 1 {
            writer.put("image", id, &vec![i as u16; 32 * 16])?;
        }
        first += rows;
    }
    writer.close()
}

fn files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn other_programs_read_a_run_of_several_files() {
    for mode in [Mode::Buffered, Mode::Direct] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let receipts = write_all(folder.path(), 4, mode).expect("files");
        let names = [0, 1, 2].map(|n| format!("CORR-R0001-REDU00-S{n:05}.h5"));
        assert_eq!(files(folder.path()), names);
        let pool = pool();
        receipts.iter().for_each(|receipt| {
            verify(receipt, &pool).expect("what was written");
        });
        let findings = validate_run(&[folder.path().to_owned()], &pool, Options { deep: true });
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
        let Some(output) = python("check_series.py", &[folder.path()]) else { return };
        assert_eq!(output.trim(), "ok", "{mode:?}");
    }
}

#[test]
fn one_train_a_file_and_exactly_full_files() {
    for (trains_per_file, expected) in [(1, 9), (3, 3), (9, 1), (500, 1)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(write_all(folder.path(), trains_per_file, Mode::Buffered).expect("files").len(), expected);
        let findings = validate_run(&[folder.path().to_owned()], &pool(), Options::default());
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
    }
}

#[test]
fn a_series_without_trains_or_without_data_is_whole() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    create(folder.path(), options(4, Mode::Buffered)).expect("a writer").close().expect("a file");
    assert_eq!(files(folder.path()), ["CORR-R0001-REDU00-S00000.h5"]);
    let other = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(other.path(), options(4, Mode::Direct)).expect("a writer");
    writer.add_trains(trains(10_000..10_006)).expect("trains");
    writer.close().expect("files");
    assert_eq!(files(other.path()).len(), 2);
    for folder in [&folder, &other] {
        let findings = validate_run(&[folder.path().to_owned()], &pool(), Options { deep: true });
        assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
        let Some(output) = python("check_empty_series.py", &[folder.path()]) else { return };
        assert_eq!(output.trim(), "ok");
    }
}

#[test]
fn one_file_without_a_sequence_number() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("result.h5");
    let one = SeriesOptions { trains_per_file: None, ..SeriesOptions::default() };
    let mut writer = SeriesWriter::create(&path, &layout(), &parameters(), one).expect("a writer");
    writer.add_trains(trains(10_000..10_700)).expect("trains");
    writer.put_many("radial", &[1; 700], &vec![0.5f32; 700 * 50]).expect("radii");
    writer.put_many("intensity", &[1; 700], &vec![0.5f32; 700 * 50]).expect("intensities");
    let receipts = writer.close().expect("a file");
    assert_eq!(receipts[0].path, path);
    let file = trainyard_format::hdf5::File::open(&path).expect("a file");
    let radial = file.dataset("/INSTRUMENT/MID_DET_AGIPD1M-1/REDU/AZINT:output/azimuthal/radial");
    assert_eq!(radial.expect("a dataset").shape(), [700, 50]);
}

/// The message of a refusal, which has to name what is given.
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, parts: &[&str]) -> Error {
    let error = result.expect_err("a refusal");
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
    let text = error.to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{text:?} lacks one of {parts:?}");
    error
}

#[test]
fn a_writer_may_move_to_another_thread() {
    fn moves<T: Send>() {}
    moves::<SeriesWriter>();
}

#[test]
fn a_refusal_names_dataset_and_train_and_changes_nothing() {
    for mode in [Mode::Buffered, Mode::Direct] {
        let (folder, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let mut writer = create(folder.path(), options(2, mode)).expect("a writer");
        let energy = |trains: usize| vec![9.0f64; trains];
        refused(
            writer.put_many("energy", &[1], &energy(1)),
            &["`energy`", "no train declared", "1 more trains are meant, 0 of those"],
        );
        writer.add_trains(trains(10_000..10_005)).expect("trains");
        refused(writer.add_train(TrainRow::new(10_004, 0)), &["10004 after 10004"]);
        refused(writer.add_trains([TrainRow::new(10_005, 0), TrainRow::new(9, 0)]), &["9 after 10005"]);

        let error = refused(writer.put("enrgy", 10_000, &energy(1)), &["no dataset `enrgy`"]);
        assert_eq!(error.hint(), Some("did you mean `energy`?"));
        refused(writer.put("energy", 10_000, &[9.0f32]), &["`energy`, train 10000", "F32 was given, F64 is declared"]);
        refused(writer.put("energy", 10_000, &["text"]), &["`energy`, train 10000", "texts"]);
        refused(writer.put("energy", 10_001, &energy(2)), &["`energy`, train 10001", "2 rows", "at most one"]);
        refused(writer.put("energy", 10_009, &energy(1)), &["`energy`, train 10009", "not declared"]);
        refused(writer.put("radial", 10_001, &[0f32; 49]), &["`radial`, train 10001", "49 elements"]);
        let shaped = Values::of(&[0f32; 50], &[25, 2]);
        refused(writer.put("radial", 10_000, shaped), &["`radial`, train 10000", "[25, 2]", "[50]"]);
        refused(writer.put("state", 10_000, &["far too long"]), &["`state`, train 10000", "longer than the 8"]);
        refused(writer.put("state", 10_000, &["\u{b5}"]), &["`state`, train 10000", "not ASCII"]);
        refused(
            writer.put_many("energy", &[1; 6], &energy(6)),
            &["`energy`, after train 10004", "6 more trains", "5 of those"],
        );
        refused(writer.put_many("energy", &[1, 0, 1], &energy(1)), &["`energy`, train 10002", "add up to 2"]);
        refused(writer.put_many("energy", &[1, 1], &energy(3)), &["`energy`, train 10001", "3 rows were given"]);
        refused(writer.skip("energy", 6), &["`energy`, after train 10004", "6 more trains", "5 of those"]);
        refused(writer.skip("energy", usize::MAX), &["`energy`, after train 10004"]);
        refused(writer.put_many("radial", &[1, u64::MAX], &[0f32; 50]), &["`radial`, train 10001"]);

        // all of the first file, so that it is finished, and the radii of the second
        let numbers = |rows: usize| vec![0.5f32; rows * 50];
        writer.put_many("radial", &[2, 1, 3, 1], &numbers(7)).expect("radii");
        let error = refused(
            writer.put_many("intensity", &[2, 2], &numbers(4)),
            &["`intensity`, train 10001", "2 rows were given, `radial` has 1"],
        );
        assert_eq!(error.place().train, Some(10_001));
        let path = "INSTRUMENT/MID_DET_AGIPD1M-1/REDU/AZINT:output/azimuthal/intensity";
        assert_eq!(error.place().source.as_deref(), Some(path));
        assert_eq!(error.place().file.as_deref(), Some(folder.path().join(NAME).as_path()));
        refused(
            writer.put("intensity", 10_001, &numbers(1)),
            &["`intensity`, train 10000", "0 rows", "`radial` has 2"],
        );
        writer.put_many("intensity", &[2, 1], &numbers(3)).expect("intensities");
        refused(writer.put("intensity", 10_000, &numbers(2)), &["`intensity`, train 10000", "up to train 10001"]);
        writer.skip("image", 5).expect("no images");
        writer.put_many("energy", &[1; 5], &energy(5)).expect("energies");
        refused(writer.put_many("energy", &[], &energy(1)), &["`energy`, after train 10004"]);
        refused(writer.put_many("energy", &[], &[1u8]), &["`energy`, after train 10004", "U8 was given"]);
        refused(writer.skip("state", 2), &["`state`, train 10000", "0 rows", "`energy` has 1"]);
        refused(writer.put("state", 10_002, &["ON"]), &["`state`, train 10000", "0 rows", "`energy` has 1"]);
        writer.put_many("state", &[1; 5], &["ON"; 5]).expect("states");
        refused(writer.run_text("A/B", "x", "late"), &["run value `x`", "1 are finished"]);
        writer.put("intensity", 10_002, &numbers(3)).expect("intensities");
        writer.put("intensity", 10_003, &numbers(1)).expect("intensities");
        let refusals = writer.close().expect("files");

        // the same without any refused call
        let mut writer = create(other.path(), options(2, mode)).expect("a writer");
        writer.add_trains(trains(10_000..10_005)).expect("trains");
        writer.put_many("radial", &[2, 1, 3, 1], &numbers(7)).expect("radii");
        writer.put_many("intensity", &[2, 1], &numbers(3)).expect("intensities");
        writer.put_many("image", &[0; 5], &[0u16; 0]).expect("no images");
        writer.put_many("energy", &[1; 5], &energy(5)).expect("energies");
        writer.put_many("state", &[1; 5], &["ON"; 5]).expect("states");
        writer.put("intensity", 10_002, &numbers(3)).expect("intensities");
        writer.put("intensity", 10_003, &numbers(1)).expect("intensities");
        for (ours, theirs) in refusals.iter().zip(writer.close().expect("files")) {
            assert!(std::fs::read(&ours.path).expect("a file") == std::fs::read(&theirs.path).expect("a file"));
        }
        assert_eq!(refusals.len(), 3);
    }
}

#[test]
fn data_incomplete_at_the_end_are_an_error_and_leave_no_file() {
    for (mode, trains_per_file) in [(Mode::Buffered, 2), (Mode::Direct, 2), (Mode::Buffered, 500)] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut writer = create(folder.path(), options(trains_per_file, mode)).expect("a writer");
        writer.add_trains(trains(10_000..10_005)).expect("trains");
        // train 10002 has no rows in the group: nobody is late there
        writer.put_many("intensity", &[1, 1, 0, 1, 1], &vec![0.5f32; 200]).expect("intensities");
        writer.put_many("radial", &[1, 1], &vec![0.5f32; 100]).expect("radii");
        let error = refused(writer.close(), &["`radial`, train 10003", "no data", "`intensity` has 1 row"]);
        assert_eq!(error.place().train, Some(10_003));
        assert!(files(folder.path()).is_empty(), "{:?}", files(folder.path()));
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(folder.path(), options(2, Mode::Buffered)).expect("a writer");
    writer.add_trains(trains(10_000..10_002)).expect("trains");
    writer.put_many("energy", &[1, 1], &[9.0, 9.1]).expect("energies");
    refused(writer.close(), &["`state`, train 10000", "`energy` has 1 row"]);
}

#[test]
fn a_writer_that_is_dropped_leaves_nothing_and_no_file_is_replaced() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(folder.path(), options(2, Mode::Direct)).expect("a writer");
    let temporary = "CORR-R0001-REDU00-S00000.h5.part";
    assert_eq!(files(folder.path()), [temporary]);
    let error = create(folder.path(), options(2, Mode::Direct)).expect_err("another one is writing");
    assert!(matches!(error, Error::Resource { .. }) && error.hint().is_some_and(|hint| hint.contains("killed")));
    writer.add_trains(trains(10_000..10_002)).expect("trains");
    drop(writer);
    assert!(files(folder.path()).is_empty());

    std::fs::write(folder.path().join("CORR-R0001-REDU00-S00001.h5"), b"mine").expect("a file");
    let mut writer = create(folder.path(), options(2, Mode::Buffered)).expect("a writer");
    let taken = writer.add_trains(trains(10_000..10_003)).expect_err("the second file exists");
    assert!(matches!(taken, Error::Resource { .. }), "{taken:?}");
    writer.add_trains(trains(10_000..10_002)).expect("trains of the first file");
    writer.close().expect("a file");
    assert_eq!(files(folder.path()).len(), 2);
    assert!(create(folder.path(), options(2, Mode::Buffered)).is_err(), "the first file exists");
    assert_eq!(std::fs::read(folder.path().join("CORR-R0001-REDU00-S00001.h5")).expect("a file"), b"mine");
}

#[test]
fn after_a_failure_of_the_disk_nothing_is_accepted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(folder.path(), options(2, Mode::Direct)).expect("a writer");
    writer.add_trains(trains(10_000..10_004)).expect("trains");
    let foreign = "CORR-R0001-REDU00-S00001.h5.part";
    std::fs::write(folder.path().join(foreign), b"theirs").expect("a file");
    for dataset in ["energy", "state", "radial", "intensity"] {
        writer.skip(dataset, 2).expect("nothing");
    }
    writer.put_many("image", &[1; 2], &[7u16; 2 * 32 * 16]).expect("the first file");
    let error = writer.put("image", 10_002, &[7u16; 32 * 16]).expect_err("the second file cannot be created");
    assert!(matches!(error, Error::Resource { .. }), "{error:?}");
    for again in [writer.put("image", 10_003, &[7u16; 32 * 16]), writer.add_train(TrainRow::new(10_004, 0))] {
        let again = again.expect_err("no further call");
        assert_eq!(again.to_string(), error.to_string());
        assert!(again.hint().is_some_and(|hint| hint.contains("cannot be continued")));
    }
    writer.close().expect_err("no files");
    assert_eq!(files(folder.path()), [foreign]);
}

#[test]
fn direct_rows_are_in_the_file_when_the_call_returns() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(folder.path(), options(3, Mode::Direct)).expect("a writer");
    writer.add_trains(trains(10_000..10_005)).expect("trains");
    let path = folder.path().join("CORR-R0001-REDU00-S00000.h5.part");
    let dataset = "/INSTRUMENT/MID_DET_AGIPD1M-1/REDU/AZINT:output/azimuthal/radial";
    for (i, id) in (10_000..10_003u64).enumerate() {
        writer.put("radial", id, &[i as f32; 50]).expect("radii");
        // a copy: libhdf5 would hand out the handle of the writer
        let copy = folder.path().join("copy.h5");
        std::fs::copy(&path, &copy).expect("a copy");
        let found = contents(&copy);
        let (shape, bytes) = &found[dataset];
        assert_eq!(shape, &[i as u64 + 1, 50]);
        assert_eq!(bytes[bytes.len() - 4..], (i as f32).to_le_bytes());
    }
    assert_eq!(writer.waiting_bytes(), 0);
}

#[test]
fn only_what_waits_for_others_or_for_its_file_is_in_memory() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let row = 50 * 4;
    let mut writer = create(folder.path(), options(100, Mode::Buffered)).expect("a writer");
    writer.add_trains(trains(10_000..10_200)).expect("trains");
    writer.put_many("radial", &[1; 150], &vec![0.5f32; 150 * 50]).expect("radii");
    assert_eq!(writer.waiting_bytes(), 150 * row);
    for dataset in ["energy", "state", "image"] {
        writer.skip(dataset, 200).expect("nothing");
    }
    assert_eq!(writer.waiting_bytes(), 150 * row);
    writer.put_many("intensity", &[1; 120], &vec![0.5f32; 120 * 50]).expect("intensities");
    assert_eq!(writer.waiting_bytes(), 30 * row);
    drop(writer);
    // direct, a dataset waits only for the end of the file
    let mut writer = create(folder.path(), options(100, Mode::Direct)).expect("a writer");
    writer.add_trains(trains(10_000..10_200)).expect("trains");
    writer.put_many("radial", &[1; 150], &vec![0.5f32; 150 * 50]).expect("radii");
    assert_eq!(writer.waiting_bytes(), 50 * row);
}

#[test]
fn all_mistakes_of_a_declaration_are_told_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let u8 = |source: &str, key: &str| Dataset::of::<u8>(source, key);
    let layout = Layout::new()
        .alias("res", "{det}:out")
        .alias("res", "{det}:out")
        .alias("broken", "{det")
        .dataset("good", u8("@res", "data.good"))
        .dataset("good", u8("@res", "data.other"))
        .dataset("alias", u8("@ress", "data.x"))
        .dataset("broken", u8("@broken", "data.x"))
        .dataset("parameter", u8("{dat}:out", "data.x"))
        .dataset("same", u8("@res", "data.good"))
        .dataset("below", u8("@res", "data.good.x"))
        .dataset("group", u8("@res", "nogroup"))
        .dataset("key", u8("A/B", "a..b"))
        .dataset("colon", u8("A/B:out/data", "a.b"))
        .dataset("dimension", u8("A/B", "a").shape("bins"))
        .dataset("zero", u8("A/B", "b").shape("none"))
        .dataset("large", Dataset::of::<f64>("A/B", "c").shape("huge, huge"))
        .dataset("chunk", u8("A/B", "d").chunk_rows(0))
        .dataset("chunks", u8("A/B", "e").chunk_rows(u64::MAX))
        .dataset("type", Dataset::new(ElementType::VarString, "A/B", "f"))
        .dataset("index", u8("trainId", "g"));
    let parameters = Parameters::new().text("det", "A").number("none", 0).number("huge", 1 << 40);
    let create = || SeriesWriter::create(folder.path().join(NAME), &layout, &parameters, SeriesOptions::default());
    let text = refused(create().map(drop), &[]).to_string();
    let lines: Vec<&str> = text.lines().collect();
    let expected = [
        "alias `res`: it is declared twice",
        "dataset `good`: it is declared twice",
        "dataset `alias`: there is no alias `@ress`; did you mean `res`?",
        "dataset `broken`: a brace of `{det` has no partner",
        "dataset `parameter`: parameter `dat` has no value; did you mean `det`?",
        "dataset `same`: `INSTRUMENT/A:out/data/good` is declared twice",
        "dataset `below`: `INSTRUMENT/A:out/data/good/x` and `INSTRUMENT/A:out/data/good` cannot both be datasets",
        "dataset `group`: key `nogroup` of an INSTRUMENT source needs an index group, as in `data.nogroup`",
        "dataset `key`: `a//b` is no key: a name is empty or a single dot",
        "dataset `colon`: `A/B:out/data` is no source name: a colon stands between device and channel, as in `A/B/C:output`",
        "dataset `dimension`: parameter `bins` has no value; there are `det`, `huge`, `none`",
        "dataset `zero`: an entry of shape [0] holds nothing",
        "dataset `large`: an entry of shape [1099511627776, 1099511627776] is larger than 4 GiB, the largest chunk of HDF5",
        "dataset `chunk`: 0 entries of 1 bytes cannot be a chunk: it has to be smaller than 4 GiB",
        "dataset `chunks`: 18446744073709551615 entries of 1 bytes cannot be a chunk: it has to be smaller than 4 GiB",
        "dataset `type`: entries cannot be of type VarString",
    ];
    assert_eq!(lines[..expected.len()], expected);
    let index = "dataset `index`: `INDEX/trainId/first` and `INDEX/trainId` cannot both be datasets";
    assert_eq!(lines[expected.len()..], [index]);
    assert!(files(folder.path()).is_empty());
}

#[test]
fn a_path_has_to_fit_the_splitting() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let create = |name: &str, trains_per_file: Option<usize>| {
        let options = SeriesOptions { trains_per_file, ..SeriesOptions::default() };
        let path: PathBuf = folder.path().join(name);
        SeriesWriter::create(path, &Layout::new(), &Parameters::new(), options).map(drop)
    };
    let error = refused(create("x.h5", Some(500)), &["files of 500 trains need a name with a sequence number"]);
    assert!(error.hint().is_some_and(|hint| hint.contains("{seq:05}")));
    refused(create("x{seq}.h5", Some(0)), &["0 trains"]);
    refused(create("x{sequence}.h5", Some(5)), &["sequence number"]);
    refused(create("x{seq}{run}.h5", Some(5)), &["parameter `run` has no value"]);
    refused(create("x{seq:5}.h5", Some(5)), &["a width is as in"]);
    refused(create("..", None), &["file name"]);
    for (name, trains_per_file) in [("x.h5", None), ("x{seq}.h5", None), ("x{seq:02d}.h5", Some(1))] {
        create(name, trains_per_file).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn run_values_are_checked_and_lie_in_every_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = create(folder.path(), options(2, Mode::Buffered)).expect("a writer");
    let control = "MID_DET_AGIPD1M-1/REDU/AZINT";
    writer.run_value(control, "limits", &Values::of(&[1u32, 2], &[2])).expect("a value");
    refused(writer.run_value(control, "limits", &Values::of(&[1u32], &[])), &["run value `limits`", "declared twice"]);
    refused(writer.run_text(control, "photon.energy", "x"), &["run value `photon.energy`", "declared twice"]);
    refused(writer.run_text(control, "photon", "x\0"), &["run value `photon`", "zero byte"]);
    refused(writer.run_text("A:b", "x", "x"), &["run value `x`", "not declared"]);
    refused(writer.run_text("flag", "x", "x"), &["run value `x`", "INDEX/flag"]);
    refused(writer.run_text("A//B", "photon", "x"), &["run value `photon`", "empty"]);
    refused(writer.run_value("A/B", "x", &Values::of(&[1u8, 2], &[])), &["run value `x`", "not one row"]);
    writer.add_trains(trains(10_000..10_005)).expect("trains");
    writer.put_many("energy", &[0, 0, 0, 1, 1], &[7.5, 8.5]).expect("energies");
    writer.put_many("state", &[0, 0, 0, 1, 1], &["ON", "ON"]).expect("states");
    let receipts = writer.close().expect("files");
    let found: Vec<_> = receipts.iter().map(|receipt| contents(&receipt.path)).collect();
    let run = |key: &str| format!("/RUN/{control}/{key}");
    for file in &found {
        assert_eq!(file[&run("limits/value")], (vec![1, 2], vec![1, 0, 0, 0, 2, 0, 0, 0]));
    }
    // the first value of the series, from the file on that has it, with its time
    assert!(!found[0].contains_key(&run("photon/energy/value")));
    for file in &found[1..] {
        assert_eq!(file[&run("photon/energy/value")], (vec![1], 7.5f64.to_le_bytes().to_vec()));
        assert_eq!(file[&run("photon/energy/timestamp")].1, (BEGIN + 3 * SECOND / 10).to_le_bytes());
    }
    assert_eq!(found[1][&format!("/CONTROL/{control}/photon/energy/value")].0, [1]);
    assert_eq!(found[1][&format!("/INDEX/{control}/count")].1, [0u64, 1].map(u64::to_le_bytes).concat());
}
