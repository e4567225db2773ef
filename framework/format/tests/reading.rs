//! Runs made by EXtra-data's mock maker, intact and edited: what the reader makes of them.

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use support::pool;
use trainyard_format::detector::{Detector, DetectorKind, FrameState, FrameTable};
use trainyard_format::map::{AttributeValue, ElementType, FormatVersion, Section};
use trainyard_format::run::{OpenPolicy, Run, RunValue};
use trainyard_format::{Error, Result};

/// All cases, made once; `None` without Python.
fn cases() -> Option<&'static (PathBuf, serde_json::Value)> {
    static CASES: OnceLock<Option<(tempfile::TempDir, PathBuf, serde_json::Value)>> = OnceLock::new();
    static VIEW: OnceLock<Option<(PathBuf, serde_json::Value)>> = OnceLock::new();
    VIEW.get_or_init(|| {
        let made = CASES.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let text = support::python("reading_cases.py", &[folder.path()])?;
            let facts = serde_json::from_str(text.lines().last().unwrap()).unwrap();
            let path = folder.path().to_owned();
            Some((folder, path, facts))
        });
        made.as_ref().map(|(_, path, facts)| (path.clone(), facts.clone()))
    })
    .as_ref()
}

fn open(folder: &Path, skip_bad: bool) -> Result<Run> {
    Run::open(&[folder.to_owned()], &pool(), OpenPolicy { skip_bad, files: false })
}

/// The run of a case, or returns from the test.
macro_rules! case {
    ($name:expr) => {{
        let Some((base, _)) = cases() else { return };
        open(&base.join($name), false).unwrap()
    }};
}

macro_rules! case_error {
    ($name:expr) => {{
        let Some((base, _)) = cases() else { return };
        open(&base.join($name), false).unwrap_err()
    }};
}

fn detector(run: &Run) -> Detector {
    Detector::find(run, None, None).unwrap()
}

fn frames(run: &Run, detector: &Detector) -> (FrameTable, Vec<Error>) {
    let (table, problems) = detector.frames(run, &run.train_ids(), &pool()).unwrap();
    let count = table.len();
    assert_eq!(table.starts.len(), table.trains.len() + 1);
    assert_eq!(table.starts.last(), Some(&count));
    assert!(table.rows.len() == detector.modules.len() && table.rows.iter().all(|rows| rows.len() == count));
    assert!(table.cell_id.len() == count && table.state.len() == count && table.third.len() == count);
    (table, problems)
}

/// The frames of one train: (pulse id, state, row of every module).
fn train(table: &FrameTable, id: u64) -> Vec<(u64, FrameState, Vec<Option<u64>>)> {
    let t = table.trains.iter().position(|&train| train == id).unwrap();
    (table.starts[t]..table.starts[t + 1])
        .map(|frame| {
            let rows = table.rows.iter().map(|rows| rows[frame].map(|row| row.row)).collect();
            (table.pulse_id[frame], table.state[frame], rows)
        })
        .collect()
}

#[track_caller]
fn assert_names(error: &Error, text: &str, file: &str) {
    assert!(matches!(error, Error::Input { .. }), "{error:?}");
    assert!(error.to_string().contains(text), "{error}");
    let place = error.place().file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    assert!(place.ends_with(file), "{error:?}");
}

const MODULE_0: &str = "RAW-R0001-AGIPD00-S00000.h5";
const MODULE_1: &str = "RAW-R0001-AGIPD01-S00000.h5";

#[test]
fn raw_agipd_is_recognised_with_all_its_frames() {
    let run = case!("agipd1m");
    assert_eq!((run.files.len(), run.trains.len(), run.trains[0].flag), (17, 100, 1));
    assert!(run.trains[0].timestamp > 0 && run.problems.is_empty() && run.skipped.is_empty());
    let detector = detector(&run);
    assert_eq!((detector.name.as_str(), detector.kind, detector.raw), ("SPB_DET_AGIPD1M-1", DetectorKind::Agipd, true));
    assert_eq!((detector.planes, detector.slow, detector.fast, detector.element), (2, 512, 128, ElementType::U16));
    assert_eq!((detector.pixel_key.as_str(), detector.mask_key.as_deref()), ("image.data", None));
    assert_eq!(detector.modules.iter().map(|m| m.number).collect::<Vec<_>>(), (0..16).collect::<Vec<_>>());
    assert_eq!(detector.modules[15].aggregator, "AGIPD15");
    let (table, problems) = frames(&run, &detector);
    assert!(problems.is_empty() && table.len() == 6400);
    assert!(table.state.iter().all(|&state| state == FrameState::Complete));
    assert_eq!(train(&table, 10_003)[5], (5, FrameState::Complete, vec![Some(3 * 64 + 5); 16]));
    assert_eq!(table.train_id(3 * 64 + 5), 10_003);
}

#[test]
fn some_modules_and_some_trains_can_be_asked_for() {
    let run = case!("agipd1m");
    let found = Detector::find(&run, Some("SPB_DET_AGIPD1M-1"), Some(&[3, 7])).unwrap();
    assert_eq!(found.modules.iter().map(|m| m.number).collect::<Vec<_>>(), [3, 7]);
    let (table, _) = found.frames(&run, &[10_050, 10_002], &pool()).unwrap();
    assert_eq!((table.trains.as_slice(), table.len()), ([10_050, 10_002].as_slice(), 128));
    assert_eq!(train(&table, 10_002)[0].2, [Some(128), Some(128)]);
    let one = Detector::find(&run, Some("SPB_DET_AGIPD1M-1/DET/9CH0:xtdf"), None).unwrap();
    assert_eq!(one.modules.len(), 1);
    let error = Detector::find(&run, None, Some(&[16])).unwrap_err();
    assert!(matches!(error, Error::Request { .. }) && error.hint().unwrap().contains("15"));
    let error = Detector::find(&run, Some("SPB_DET_AGIPD1M-2"), None).unwrap_err();
    assert!(error.hint().unwrap().contains("did you mean `SPB_DET_AGIPD1M-1`"));
}

#[test]
fn every_format_version_is_read() {
    for (version, stated, origins) in [("0.5", false, 0), ("1.0", true, 0), ("1.2", true, 8), ("1.3", true, 8)] {
        let run = case!(format!("version-{version}"));
        let file = &run.files[0];
        let expected = if stated { FormatVersion::Stated(version.into()) } else { FormatVersion::Legacy };
        assert_eq!((&file.version, file.origins.len()), (&expected, origins));
        assert_eq!(file.timestamps.len(), if stated { 8 } else { 0 });
        assert_eq!((file.trains.len(), file.stored_trains, file.flags.as_slice()), (8, 8, [1; 8].as_slice()));
        assert_eq!(file.metadata.run_number, stated.then_some(1));
        assert_eq!(frames(&run, &detector(&run)).0.len(), 32);
    }
}

#[test]
fn flags_of_format_1_1_are_turned_round() {
    let run = case!("version-1.1");
    assert_eq!(run.files[0].flags, [1, 1, 0, 1, 1, 1, 0, 1]);
}

#[test]
fn the_old_index_of_first_last_status_is_read() {
    let run = case!("old-index");
    let detector = detector(&run);
    assert_eq!((run.trains.len(), run.files[0].stored_trains), (250, 256));
    assert_eq!((detector.raw, detector.planes, detector.mask_key.as_deref()), (false, 0, None));
    let image = &run.files[0].sources[0].groups.iter().find(|group| group.name == "image").unwrap();
    assert!(image.count.iter().all(|&count| count == 64) && image.first[249] == 249 * 64);
    let (table, problems) = frames(&run, &detector);
    assert!(problems.is_empty() && table.len() == 16_000);
    assert_eq!(table.pulse_id[63], 125);
}

#[test]
fn a_module_may_miss_a_train_without_shifting_others() {
    let run = case!("missed-train");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    assert_eq!(train(&table, 10_002)[0], (0, FrameState::Complete, vec![Some(20), None]));
    assert_eq!(train(&table, 10_003)[8], (8, FrameState::Complete, vec![Some(38), Some(28)]));
}

#[test]
fn trains_without_pulses_stay() {
    let run = case!("zero-pulses");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    assert_eq!(table.starts, [0, 4, 4, 8, 8, 8, 12, 16, 16]);
}

#[test]
fn a_reduced_run_keeps_its_counts_and_auxiliary_sources() {
    let Some((_, facts)) = cases() else { return };
    let run = case!("reduced");
    let counts: Vec<u64> = serde_json::from_value(facts["reduced_counts"].clone()).unwrap();
    let (table, problems) = frames(&run, &detector(&run));
    let found: Vec<u64> = table.starts.windows(2).map(|pair| (pair[1] - pair[0]) as u64).collect();
    assert!(problems.is_empty() && found == counts);
    let shared = run.source("AGIPD03@SPB_IRU_AGIPD1M1/REDU/LITFRM:daqFilter").unwrap();
    assert_eq!((shared.section, shared.files.len()), (Section::Reduction, 1));
    let own = run.source("PULSE_REDUCTION/SPB_DET_AGIPD1M-1/DET/3CH0:xtdf").unwrap();
    assert_eq!(own.section, Section::Reduction);
    let errata = run.source("TRAINS_OUTSIDE_BUFFER_RANGE").unwrap();
    assert_eq!((errata.section, errata.files.len()), (Section::Errata, 2));
    let pattern = run
        .group_rows("AGIPD03@SPB_IRU_AGIPD1M1/REDU/LITFRM:daqFilter", "data.dataFramePattern", &[10_005], &pool())
        .unwrap();
    assert_eq!((pattern.rows(), pattern.row_bytes()), (1, 352));
}

#[test]
fn old_names_of_corrected_data_are_known_but_not_read_twice() {
    let run = case!("modern");
    let old = run.source("SPB_DET_AGIPD1M-1/DET/3CH0:xtdf").unwrap();
    assert_eq!(old.legacy.as_deref(), Some("SPB_DET_AGIPD1M-1/CORR/3CH0:output"));
    let detector = detector(&run);
    assert_eq!((detector.modules.len(), detector.raw), (16, false));
    assert_eq!(detector.modules[3].source, "SPB_DET_AGIPD1M-1/CORR/3CH0:output");
    assert_eq!(detector.mask_key.as_deref(), Some("image.mask"));
    assert!(run.files[0].sources.iter().find(|s| s.legacy_target.is_some()).unwrap().groups.is_empty());
    assert_eq!(frames(&run, &detector).0.len(), 64 * 32);
    let by_old_name = run.group_rows("SPB_DET_AGIPD1M-1/DET/3CH0:xtdf", "image.pulseId", &[10_001], &pool()).unwrap();
    assert_eq!(by_old_name.rows(), 32);
}

#[test]
fn corrected_data_tell_their_filters_and_fixed_shapes() {
    let run = case!("corrected");
    let detector = detector(&run);
    assert_eq!((detector.raw, detector.element, detector.planes), (false, ElementType::F32, 0));
    let part = detector.modules[0].parts[0];
    let group = &run.files[part.file].sources[part.source].groups[part.group];
    let mask = group.datasets.iter().find(|dataset| dataset.key == "mask").unwrap();
    assert_eq!((mask.filters.len(), mask.filters[0].id, mask.filters[0].values.as_slice()), (1, 1, [1].as_slice()));
    assert_eq!(mask.max_shape, mask.shape);
    let data = group.datasets.iter().find(|dataset| dataset.key == "data").unwrap();
    assert_eq!(data.chunk(), Some([1, 512, 128].as_slice()));
}

#[test]
fn sequences_follow_each_other() {
    let run = case!("dssc");
    let detector = detector(&run);
    assert_eq!((detector.kind, detector.planes, detector.modules[0].parts.len()), (DetectorKind::Dssc, 1, 2));
    let (table, problems) = frames(&run, &detector);
    assert!(problems.is_empty() && table.len() == 8192);
    let at = table.starts[65];
    assert_eq!((table.trains[65], table.rows[9][at].unwrap().part, table.rows[9][at].unwrap().row), (10_065, 1, 64));
}

#[test]
fn jungfrau_rows_hold_cells() {
    let run = case!("jungfrau");
    let detector = detector(&run);
    assert_eq!((detector.kind, detector.cells_per_row, detector.raw), (DetectorKind::Jungfrau, 16, false));
    assert_eq!((detector.slow, detector.fast, detector.pixel_key.as_str()), (512, 1024, "data.adc"));
    assert_eq!(detector.modules.iter().map(|m| m.number).collect::<Vec<_>>(), (1..=8).collect::<Vec<_>>());
    let (table, problems) = frames(&run, &detector);
    assert!(problems.is_empty() && table.len() == 1600);
    let frame = table.starts[7] + 11;
    let row = table.rows[4][frame].unwrap();
    assert_eq!((table.pulse_id[frame], row.row, row.cell), (11, 7, 11));
    // A key with a dot in its own name.
    assert_eq!(run.key("SPB_IRDA_JF4M/DET/CONTROL", "dataStorage.enable").unwrap().len(), 1);
}

#[test]
fn several_detectors_must_be_told_apart() {
    let run = case!("two-jungfraus");
    let error = Detector::find(&run, None, None).unwrap_err();
    assert!(matches!(error, Error::Request { .. }));
    assert!(error.hint().unwrap().contains("`FXE_XAD_JF1M`, `FXE_XAD_JF500K`"));
    let found = Detector::find(&run, Some("FXE_XAD_JF500K"), None).unwrap();
    assert_eq!(found.modules.iter().map(|m| m.number).collect::<Vec<_>>(), [3]);
}

#[test]
fn thirds_of_parallel_gain_stay_aligned() {
    let run = case!("parallel-gain");
    let mut detector = detector(&run);
    detector.look_for_parallel_gain(&run, &pool()).unwrap();
    assert_eq!((detector.kind, detector.parallel_gain), (DetectorKind::Lpd, false), "the mock's ids go on counting");
    detector.parallel_gain = true;
    let (table, problems) = frames(&run, &detector);
    assert!(problems.is_empty() && table.len() == 30_000);
    for (row, pulse, third) in [(7, 7, 0), (107, 7, 1), (207, 7, 2)] {
        let frame = table.starts[2] + row;
        assert_eq!((table.pulse_id[frame], table.third[frame]), (pulse, third));
        assert_eq!(table.rows[0][frame].unwrap().row, (600 + row) as u64);
    }
}

#[test]
fn cameras_are_found_by_source_and_by_glob() {
    let run = case!("cameras");
    let name = "FXE_XAD_GEC/CAM/CAMERA:daqOutput";
    let one = Detector::find(&run, Some(name), None).unwrap();
    assert_eq!((one.kind, one.name.as_str()), (DetectorKind::Camera, "FXE_XAD_GEC/CAM/CAMERA"));
    assert_eq!((one.slow, one.fast, one.pixel_key.as_str()), (255, 1024, "data.image.pixels"));
    let (table, problems) = frames(&run, &one);
    assert!(problems.is_empty() && table.len() == 400);
    assert_eq!((table.pulse_id[17], table.rows[0][17].unwrap().row), (0, 17));
    let both = Detector::find(&run, Some("FXE_XAD_GEC/CAM/CAMERA*:daqOutput"), None).unwrap();
    assert_eq!(both.modules.iter().map(|m| m.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(both.name, "FXE_XAD_GEC/CAM/CAMERA");
    let error = Detector::find(&run, Some("SA1_XTD2_XGM/DOOCS/MAIN"), None).unwrap_err();
    assert!(error.to_string().contains("holds no images"), "{error}");
    assert!(Detector::find(&run, None, None).unwrap_err().to_string().contains("2 detectors"));
    let alone = case!("odd-name");
    assert_eq!(Detector::find(&alone, None, None).unwrap().name, "SPB_IRU_SIDEMIC_CAM");
}

#[test]
fn bad_files_stop_or_are_skipped_by_name() {
    for (name, text) in [
        ("truncated", "truncated"),
        ("empty-file", "the file is empty"),
        ("foreign", "it is not an HDF5 file"),
        ("foreign-hdf5", "missing METADATA"),
    ] {
        assert_names(&case_error!(name), text, MODULE_1);
        let Some((base, _)) = cases() else { return };
        let run = open(&base.join(name), true).unwrap();
        assert_eq!((run.files.len(), run.skipped.len()), (2, 1));
        assert_names(&run.skipped[0], text, MODULE_1);
        assert_eq!(detector(&run).modules.len(), 1);
    }
}

#[test]
fn missing_objects_are_named() {
    for (name, text) in [
        ("no-train-ids", "missing INDEX/trainId"),
        ("no-flag", "missing INDEX/flag"),
        ("no-metadata", "missing METADATA"),
        ("no-sources", "missing METADATA/dataSources/dataSourceId"),
        ("no-index", "missing INDEX/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/image/first"),
        ("unknown-section", "`NOWHERE/A/B/C`"),
    ] {
        assert_names(&case_error!(name), text, MODULE_0);
    }
}

#[test]
fn a_zero_inside_train_ids_shifts_nothing() {
    let run = case!("zero-id");
    assert_eq!((run.files[0].trains[3], run.trains.len()), (0, 8));
    assert!(run.problems[0].to_string().contains("INDEX/trainId"));
    let (table, problems) = frames(&run, &detector(&run));
    assert_eq!(problems.len(), 1);
    assert_names(&problems[0], "of a train whose id is 0: 4 rows", MODULE_0);
    assert_eq!(train(&table, 10_003)[0], (0, FrameState::Complete, vec![None, Some(12)]));
    assert_eq!(train(&table, 10_004)[0], (0, FrameState::Complete, vec![Some(16), Some(16)]));
}

#[test]
fn odd_train_ids_are_read_by_row() {
    let run = case!("descending-id");
    let (table, problems) = frames(&run, &detector(&run));
    assert_eq!((run.trains.len(), problems.len()), (9, 0));
    assert_eq!(train(&table, 9990)[0].2, [Some(12), None]);
    assert_eq!(train(&table, 10_003)[0].2, [None, Some(12)]);
    assert_eq!(train(&table, 10_004)[0].2, [Some(16), Some(16)]);
    let run = case!("absurd-id");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    assert_eq!(train(&table, (1 << 63) + 5)[0].2, [Some(28), None]);
}

#[test]
fn the_same_train_twice_is_refused() {
    let error = case_error!("duplicate-train");
    assert_names(&error, "the train stands twice in the file", MODULE_0);
    assert_eq!(error.place().train, Some(10_002));
    let error = case_error!("train-in-two-sequences");
    assert_names(&error, "a file of the same aggregator", "RAW-R0001-AGIPD00-S00001.h5");
    let Some((base, _)) = cases() else { return };
    let run = open(&base.join("train-in-two-sequences"), true).unwrap();
    assert_eq!((run.files.len(), run.skipped.len()), (3, 1));
}

#[test]
fn suspect_trains_come_with_their_origin() {
    let run = case!("suspect");
    let (suspect, good) = (&run.trains[2], &run.trains[1]);
    assert_eq!((suspect.flag, good.flag, good.origin.as_deref()), (0, 1, None));
    assert_eq!(suspect.origin.as_deref(), Some("INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/detector"));
}

#[test]
fn a_wrong_index_is_reported_by_train_and_does_not_panic() {
    for (name, train_id, text) in [
        ("past-end", 10_007, "the index leads to rows 28+400, the dataset has 32"),
        ("overflowing", 10_007, "the dataset has 32"),
        ("shifted", 10_002, "the index leads to rows of train 10003, which are its own"),
        ("repeated-pulse", 10_002, "pulse id 0 stands twice in the train"),
    ] {
        let run = case!(name);
        let (table, problems) = frames(&run, &detector(&run));
        assert_eq!(problems.len(), 1, "{name}: {problems:?}");
        assert_names(&problems[0], text, MODULE_0);
        assert_eq!(problems[0].place().train, Some(train_id));
        let damaged = train(&table, train_id);
        assert!(damaged.len() == 4 && damaged.iter().all(|f| f.1 == FrameState::Incomplete && f.2[0].is_none()));
        assert_eq!(train(&table, 10_001)[0], (0, FrameState::Complete, vec![Some(4), Some(4)]));
    }
}

#[test]
fn frames_that_a_module_lacks_are_incomplete() {
    let run = case!("gap");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    let states: Vec<_> = train(&table, 10_002).into_iter().map(|frame| frame.1).collect();
    use FrameState::{Complete, Incomplete};
    assert_eq!(states, [Complete, Complete, Incomplete, Incomplete]);
    let run = case!("other-pulses");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    let other = train(&table, 10_001);
    assert_eq!(other.iter().map(|frame| frame.0).collect::<Vec<_>>(), [0, 1, 2, 3, 77]);
    assert_eq!(other[3], (3, Incomplete, vec![Some(7), None]));
    assert_eq!(other[4], (77, Incomplete, vec![None, Some(7)]));
}

#[test]
fn pulse_ids_that_are_not_there_make_a_module_unusable() {
    let run = case!("no-pulse-ids");
    let (table, problems) = frames(&run, &detector(&run));
    assert_eq!(problems.len(), 1);
    assert_names(&problems[0], "missing image.pulseId", MODULE_0);
    assert!(table.state.iter().all(|&state| state == FrameState::Incomplete) && table.len() == 32);
}

#[test]
fn modules_of_different_shape_are_refused() {
    let error = Detector::find(&case!("other-shape"), None, None).unwrap_err();
    assert_names(&error, "[2 planes, 512, 64] here", MODULE_1);
}

#[test]
fn an_index_of_another_length_is_fitted_and_reported() {
    let run = case!("short-index");
    assert!(run.problems.iter().any(|problem| problem.to_string().contains("6 entries for 8 trains")));
    let (table, problems) = frames(&run, &detector(&run));
    assert_eq!(problems.len(), 2);
    assert_names(&problems[0], "none for this one", MODULE_0);
    assert_eq!(train(&table, 10_006)[0], (0, FrameState::Incomplete, vec![None, Some(24)]));
    let run = case!("long-index");
    let image = run.files[0].sources[0].groups.iter().find(|group| group.name == "image").unwrap();
    assert_eq!((image.first.len(), image.stored_index.first), (8, Some(12)));
    assert_eq!(frames(&run, &detector(&run)).0.len(), 32);
}

#[test]
fn a_first_of_zero_for_an_empty_train_is_accepted() {
    let run = case!("zero-first");
    let (table, problems) = frames(&run, &detector(&run));
    assert!(problems.is_empty());
    assert_eq!(train(&table, 10_003)[0].2, [None, Some(12)]);
}

#[test]
fn files_out_of_step_are_aligned_by_id() {
    let run = case!("out-of-step");
    let (table, _) = frames(&run, &detector(&run));
    assert_eq!(run.trains.len(), 11);
    assert_eq!(train(&table, 10_001)[0].2, [Some(4), None]);
    assert_eq!(train(&table, 10_004)[0].2, [Some(16), Some(4)]);
    assert_eq!(train(&table, 10_009)[0].2, [None, Some(24)]);
}

#[test]
fn slow_data_are_read_by_train() {
    let run = case!("slow");
    let values = run.values("SA3_XTD10_XGM/XGM/DOOCS", "pulseEnergy.wavelengthUsed", &pool()).unwrap();
    assert_eq!((values.scalar(10_004), values.scalar(9), values.trains.len()), (Some(2.0), None, 500));
    let part = run.key("SA3_XTD10_XGM/XGM/DOOCS", "pulseEnergy.wavelengthUsed.value").unwrap();
    let attributes = part.last().unwrap().group.key_attributes.iter().find(|a| a.0 == "pulseEnergy.wavelengthUsed");
    let attribute = |name| attributes.unwrap().1.iter().find(|a| a.name == name).map(|a| a.value.clone());
    assert_eq!(attribute("unitSymbol"), Some(AttributeValue::Text("m".into())));
    assert_eq!(attribute("metricPrefixSymbol"), Some(AttributeValue::Text("n".into())));
    let number = AttributeValue::Int { values: vec![3], shape: vec![1], element: ElementType::I32 };
    assert_eq!(attribute("unitEnum"), Some(number));
    let vector = run.values("SA3_XTD10_XGM/XGM/DOOCS:output", "data.intensityTD", &pool()).unwrap();
    assert_eq!(
        (vector.row_shape.as_slice(), vector.of_train(10_001).map(<[f64]>::len)),
        ([1000].as_slice(), Some(1000))
    );
}

#[test]
fn sources_without_data_and_run_only_sources_are_listed() {
    let run = case!("empty-source");
    let empty = run.values("SA3_XTD10_VAC/GAUGE/G30520C", "value", &pool()).unwrap();
    assert!(empty.trains.is_empty());
    let run = case!("slow");
    let run_only = run.source("SA3_REMI_DLD6/DET/TOP").unwrap();
    assert_eq!(run_only.section, Section::Control);
    let value = run.run_value("SA3_REMI_DLD6/DET/TOP", "digitizer.baseline_region", &pool()).unwrap();
    assert_eq!(value, RunValue::Text(":1000".into()));
    let number = run.run_value("SA3_XTD10_XGM/XGM/DOOCS", "pulseEnergy.wavelengthUsed", &pool()).unwrap();
    assert_eq!(number.number(), Some(0.0));
    assert_eq!(case!("no-trains").trains.len(), 0);
}

#[test]
fn misspelt_names_come_with_the_nearest() {
    let run = case!("slow");
    let error = run.values("SA3_XTD10_XGM/XGM/DOCS", "x", &pool()).unwrap_err();
    assert!(matches!(error, Error::Request { .. }));
    assert_eq!(error.hint(), Some("did you mean `SA3_XTD10_XGM/XGM/DOOCS`?"));
    let error = run.values("SA3_XTD10_XGM/XGM/DOOCS", "pulseEnergy.wavelengthUsd.value", &pool()).unwrap_err();
    assert_eq!(error.hint(), Some("did you mean `pulseEnergy.wavelengthUsed.value`?"));
}

#[test]
fn overview_hidden_files_and_stale_maps_are_no_data() {
    assert_eq!(case!("overview").files.len(), 3);
}

#[test]
fn of_raw_and_corrected_folders_images_come_from_the_last_slow_data_from_the_first() {
    let Some((base, _)) = cases() else { return };
    let folders = [base.join("version-1.2"), base.join("modern")];
    let run = Run::open(&folders, &pool(), OpenPolicy::default()).unwrap();
    let found = detector(&run);
    assert_eq!((found.raw, found.modules.len()), (false, 16));
    assert_eq!(run.source("SPB_DET_AGIPD1M-1/DET/0CH0:xtdf").unwrap().files[0].0, 2);
    let slow = run.source("SA1_XTD2_XGM/DOOCS/MAIN").unwrap();
    assert_eq!(run.file_name(slow.files[0].0).unwrap().aggregator, "DA01");
    let twice = [base.join("version-1.2"), base.join("suspect")];
    let run = Run::open(&twice, &pool(), OpenPolicy::default()).unwrap();
    assert_eq!(run.source("SA1_XTD2_XGM/DOOCS/MAIN").unwrap().files.as_slice(), [(1, 0)]);
    assert_eq!(run.source("SPB_DET_AGIPD1M-1/DET/0CH0:xtdf").unwrap().files.as_slice(), [(2, 0)]);
}

#[test]
fn a_run_is_a_plain_value() {
    let run = case!("zero-pulses");
    let text = serde_json::to_string(&run).unwrap();
    let back: Run = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::to_string(&back).unwrap(), text);
    assert_eq!(back.position(0, 10_005), Some(5));
}

#[test]
fn a_missing_folder_and_an_empty_one_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("nowhere"), false).unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
    let error = open(folder.path(), false).unwrap_err();
    assert!(matches!(error, Error::Input { .. }) && error.to_string().contains("no usable"), "{error:?}");
}
