//! The field's own readers open every output: EXtra-data and its validator, h5py with hdf5plugin, Debian's h5dump.

use std::path::Path;
use std::process::Command;
use trainyard_tests::{json_of_python, simulated, Finished, Reduction};

/// Simulated runs of each detector, raw where it matters; small, with gaps.
const RUNS: [(&str, &str); 5] = [
    (
        "agipd-raw",
        "powder --raw --trains 4 --pulses 6 --lit-stride 2 --codec bitshuffle-lz4 --empty-train 2 --missing 3:1",
    ),
    ("agipd", "powder --trains 3 --pulses 4 --lit-stride 2 --codec bitshuffle-lz4 --bad-pixels 0.01 --missing 15:1"),
    ("lpd", "powder --detector lpd --raw --trains 3 --pulses 4 --codec bitshuffle-lz4 --modules 0,1,2,8"),
    ("dssc", "powder --detector dssc --raw --trains 3 --pulses 4 --codec bitshuffle-lz4 --modules 0,3,7,15"),
    ("jungfrau", "powder --detector jungfrau --raw --trains 4 --pulses 16 --codec bitshuffle-lz4 --modules 1,2"),
];

/// Every reader over an output; what is wrong with it but not with the input is an error.
#[track_caller]
fn opens(input: &Path, reduction: &Reduction, what: &str) -> bool {
    h5dump(&reduction.output());
    let Some(found) = json_of_python("interop.py", [input, &reduction.output()]) else { return false };
    assert_eq!(found["new-problems"], serde_json::json!([]), "{what}: the validator");
    assert_eq!(found["differences"], serde_json::json!([]), "{what}: against the input");
    assert!(found["datasets"].as_u64().is_some_and(|n| n > 20), "{what}: {found}");
    true
}

/// Debian's HDF5 is older than ours: the structure of every file, and all values of one.
fn h5dump(folder: &Path) {
    if Command::new("h5dump").arg("--version").output().is_err() {
        println!("skipped: there is no h5dump");
        return;
    }
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("the output").flatten().map(|e| e.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "h5"));
    files.sort();
    assert!(!files.is_empty());
    for file in &files {
        let done = Command::new("h5dump").arg("-H").arg(file).output().expect("h5dump starts");
        assert!(done.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&done.stderr));
        let done = Command::new("h5dump").args(["-d", "/INDEX/trainId"]).arg(file).output().expect("h5dump starts");
        let text = String::from_utf8_lossy(&done.stdout);
        assert!(
            done.status.success() && text.contains("DATA {") && text.contains("(0): 1000"),
            "{}: {text}",
            file.display()
        );
    }
}

fn reduced(run: &Path, lines: &str) -> (Reduction, Finished) {
    let reduction = Reduction::new(run, lines);
    let done = reduction.run(&[]).expect(0);
    (reduction, done)
}

#[test]
fn frames_and_profiles_of_lit_frames() {
    for (name, arguments) in &RUNS[..2] {
        let run = simulated(arguments);
        let (reduction, _) = reduced(
            &run,
            "sequence: {trains: 2}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: q_nm^-1, bins: 60, per: frame}
  - integrate-azimuthally: {as: train, unit: r_mm, bins: 60, per: train}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 60, per: run}
  - write-frames",
        );
        let kept = reduction.manifest()["frames"]["kept"].as_u64().expect("a number");
        assert!(kept > 0 && kept < reduction.manifest()["frames"]["input"].as_u64().expect("a number"));
        if !opens(&run, &reduction, name) {
            return;
        }
    }
}

#[test]
fn frames_of_every_detector() {
    for (name, arguments) in &RUNS[2..] {
        let run = simulated(arguments);
        let (reduction, _) = reduced(&run, "sequence: {trains: 2}\nsteps:\n  - keep: cell in 1..3 && train != 10003 || train == 10002\n  - write-frames");
        if !opens(&run, &reduction, name) {
            return;
        }
    }
}

#[test]
fn every_codec() {
    let codecs = [
        "same",
        "none",
        "deflate",
        "{deflate: {level: 4}}",
        "bitshuffle-lz4",
        "bitshuffle-zstd",
        "{bitshuffle-zstd: {level: 1}}",
        "lz4",
        "zstd",
        "{zstd: {level: 7}}",
    ];
    let run = simulated("powder --trains 2 --pulses 3 --modules 0,9 --codec bitshuffle-lz4 --bad-pixels 0.02");
    for codec in codecs {
        let (reduction, _) = reduced(&run, &format!("steps:\n  - write-frames: {{codec: {codec}}}"));
        if !opens(&run, &reduction, codec) {
            return;
        }
    }
}

#[test]
fn correlations() {
    for arguments in [RUNS[0].1, "xpcs --trains 3 --pulses 16 --modules 0,1,4,5"] {
        let run = simulated(arguments);
        let (reduction, _) =
            reduced(&run, "steps:\n  - correlate-times: {levels: 2, rings: [[10, 30], [30, 60]], normalisation: roi}");
        if !opens(&run, &reduction, arguments) {
            return;
        }
    }
}

/// Earlier results stay beside the new ones.
#[test]
fn a_reduction_of_a_reduction() {
    let run = simulated(RUNS[1].1);
    let (first, _) = reduced(&run, "steps:\n  - lit-frames\n  - keep: lit\n  - integrate-azimuthally: {unit: r_mm, bins: 30, per: frame}\n  - write-frames");
    let geometry = run.join("simulated.geom");
    let text = format!(
        "run: {}\ngeometry: {}\noutput: reduced\nsteps:\n  - integrate-azimuthally: {{unit: r_mm, bins: 40, per: frame}}\n  - write-frames",
        first.output().display(),
        geometry.display()
    );
    let second = Reduction::of_text(&text);
    second.run(&[]).expect(0);
    let names: Vec<String> = second.published().0.into_keys().collect();
    for aggregator in ["REDU00", "REDU01", "REDU20", "REDU21"] {
        assert!(names.iter().any(|n| n.contains(aggregator)), "no {aggregator} in {names:?}");
    }
    opens(&first.output(), &second, "twice");
}
