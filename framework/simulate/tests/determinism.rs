//! The same specification gives the same bytes: twice, on any number of threads, for any part of a run.

use std::collections::BTreeMap;
use std::path::Path;
use trainyard_codec::Codec;
use trainyard_simulate::{simulate, Detector, Kind, Lit, SimulationSpec, Simulator, Truth};

/// Every file of a folder by name.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the folder of the run");
    let file = |entry: std::fs::DirEntry| {
        (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).expect("a file of the run"))
    };
    entries.map(|entry| file(entry.expect("an entry of the folder"))).collect()
}

fn run_on(threads: usize, spec: &SimulationSpec) -> BTreeMap<String, Vec<u8>> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool of threads");
    pool.install(|| simulate(spec, folder.path())).expect("a simulated run");
    contents(folder.path())
}

fn small(kind: Kind, detector: Detector) -> SimulationSpec {
    let modules = if detector == Detector::Jungfrau { vec![2] } else { vec![3, 8] };
    SimulationSpec {
        modules: Some(modules),
        trains: 3,
        pulses: if detector == Detector::Jungfrau { 1 } else { 6 },
        trains_per_sequence: 2,
        ..SimulationSpec::new(kind, detector)
    }
}

#[test]
fn bytes_do_not_depend_on_threads_or_on_the_run() {
    let lit = Some(Lit { stride: 2, ..Lit::default() });
    let specs = [
        SimulationSpec { lit, empty_trains: vec![1], missing: vec![(8, 2)], ..small(Kind::Powder, Detector::Agipd) },
        SimulationSpec { corrected: false, codec: Codec::BitshuffleLz4, ..small(Kind::Sfx, Detector::Agipd) },
        SimulationSpec { bad_pixels: 0.01, ..small(Kind::Spi, Detector::Lpd) },
        SimulationSpec { modes: 2, ..small(Kind::Xpcs, Detector::Dssc) },
        SimulationSpec { corrected: false, ..small(Kind::Dark, Detector::Jungfrau) },
    ];
    for spec in &specs {
        let one = run_on(1, spec);
        let files = spec.module_numbers().len() + 1 + usize::from(spec.detector == Detector::Agipd);
        assert_eq!(one.len(), 2 * files + 2, "two sequences, geometry and truth: {:?}", one.keys());
        for again in [run_on(1, spec), run_on(2, spec), run_on(5, spec)] {
            assert_eq!(one.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
            for (name, bytes) in &one {
                assert!(again.get(name) == Some(bytes), "{name} of {} differs", spec.kind.name());
            }
        }
        let other = run_on(2, &SimulationSpec { seed: spec.seed + 1, ..spec.clone() });
        assert!(one.iter().any(|(name, bytes)| other.get(name) != Some(bytes)), "the seed changes nothing");
    }
}

/// Bit patterns, so that NaN compares.
fn bits(frames: &[Vec<f32>]) -> Vec<Vec<u32>> {
    frames.iter().map(|frame| frame.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn a_train_alone_is_the_train_of_the_run() {
    for kind in Kind::ALL {
        let spec = SimulationSpec { bad_pixels: 0.01, ..small(kind, Detector::Agipd) };
        let whole = Simulator::new(&spec).expect("a good specification");
        let part = SimulationSpec { modules: Some(vec![8]), trains: 1, first_train: spec.train_id(2), ..spec };
        let alone = Simulator::new(&part).expect("a good specification");
        let (plans, same) = (whole.plan_train(2), alone.plan_train(0));
        assert_eq!(plans, same);
        let frames = whole.train_frames(8, 2, &plans);
        assert_eq!(frames.len(), 6);
        assert_eq!(bits(&frames), bits(&alone.train_frames(8, 0, &same)), "{}", kind.name());
    }
}

#[test]
fn a_folder_with_files_is_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("notes.txt"), "mine").expect("a file");
    let error = simulate(&small(Kind::Dark, Detector::Lpd), folder.path()).expect_err("the folder is not empty");
    assert!(matches!(error, trainyard_format::Error::Request { .. }), "{error}");
    assert_eq!(contents(folder.path()).len(), 1);
}

#[test]
fn the_truth_reads_back_as_it_was() {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let spec = SimulationSpec { hit_rate: 0.5, brightness: 0.1, ..small(kind, Detector::Lpd) };
        let truth = simulate(&spec, folder.path()).expect("a simulated run");
        assert_eq!(truth.specification, spec);
        assert_eq!(Truth::read(folder.path()).expect("the truth"), truth);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("simulation.json"), "{}").expect("a file");
    assert!(matches!(Truth::read(folder.path()), Err(trainyard_format::Error::Input { .. })));
}

/// FNV-1a of the bits of all pixels.
fn digest(frames: &[Vec<f32>]) -> u64 {
    let bytes = frames.iter().flatten().flat_map(|value| value.to_bits().to_le_bytes());
    bytes.fold(0xCBF2_9CE4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
}

/// The pixels of a specification are the same on every platform and in every version. A change here is a change that
/// users of simulated runs must be told of.
#[test]
fn golden_pixels() {
    let golden = [
        (Kind::Powder, 0x20CD_C1BD_2FD5_9E0E),
        (Kind::Sfx, 0x03F5_610D_5974_DFCF),
        (Kind::Spi, 0xA1B6_8E1A_2DF5_99EB),
        (Kind::Xpcs, 0xF784_038D_7F55_8B67),
        (Kind::Dark, 0x8034_534C_994C_FE09),
    ];
    let found = golden.map(|(kind, _)| {
        let simulator = Simulator::new(&small(kind, Detector::Agipd)).expect("a good specification");
        (kind, digest(&simulator.train_frames(3, 1, &simulator.plan_train(1))))
    });
    assert_eq!(found, golden);
}
