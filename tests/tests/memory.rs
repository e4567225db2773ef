//! Memory stays within the budget on the longest trains, and long runs open quickly.

use std::time::Duration;
use trainyard_tests::{json_of_python, simulated, sized, trainyard, Reduction};

const MIB: u64 = 1 << 20;

/// Beside the budget, which is for frames and results: program, libraries, HDF5, tables of chunks.
const ALLOWANCE: u64 = 512 * MIB;

/// 2 trains of 352 raw cells in 16 modules: 1.5 GB a train when decoded.
#[test]
fn raw_trains_of_352_cells_fit_into_a_budget_of_1_gib() {
    let run = simulated("powder --raw --trains 1 --pulses 2 --codec bitshuffle-lz4");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let long = folder.path().join("long");
    let Some(_) = json_of_python("expand.py", [run.as_os_str(), long.as_os_str(), "2".as_ref(), "352".as_ref()]) else {
        return;
    };
    let text =
        format!("run: {}\ngeometry: {}\noutput: reduced\n", long.display(), run.join("simulated.geom").display());
    let analysed = "steps:\n  - integrate-azimuthally: {unit: r_mm, bins: 500, per: frame}\n  - write-frames: {codec: bitshuffle-lz4}";
    let correlated = "steps:\n  - correlate-times: {levels: 3, rings: [[10, 60]], normalisation: pixel}";
    let mut decoded = 0;
    for (steps, budget) in [(analysed, 1024), (correlated, 1024), ("steps:\n  - write-frames", 512)] {
        let reduction = Reduction::of_text(&format!("{text}{steps}"));
        let done = reduction.run(&["--threads", "2", "--memory", &format!("{budget}MiB")]).expect(0);
        println!("{} MiB of {budget} MiB: {}", done.peak / MIB, steps.lines().last().unwrap_or_default());
        assert!(done.peak < budget * MIB + ALLOWANCE, "{} MiB with a budget of {budget} MiB", done.peak / MIB);
        assert_eq!(reduction.manifest()["frames"]["kept"], 704);
        decoded += 1;
    }
    assert_eq!(decoded, 3);
}

/// State of 26 raw cells in 16 modules, 872 MB; of 352, 12 GB, and about twice as much on the disk.
#[test]
fn maps_fit_into_a_budget_that_is_far_smaller() {
    let (trains, cells, budget) = sized(("1", "26", 256), ("2", "352", 1024));
    let run = simulated("powder --raw --trains 1 --pulses 2 --codec bitshuffle-lz4");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let long = folder.path().join("long");
    let arguments = [run.as_os_str(), long.as_os_str(), trains.as_ref(), cells.as_ref()];
    let Some(_) = json_of_python("expand.py", arguments) else { return };
    let steps = "steps:\n  - average: {group-by: cell}";
    let reduction = Reduction::of_text(&format!("run: {}\noutput: reduced\n{steps}", long.display()));
    let done = reduction.run(&["--threads", "2", "--memory", &format!("{budget}MiB")]).expect(0);
    println!("{} MiB of {budget} MiB", done.peak / MIB);
    assert!(done.peak < budget * MIB + ALLOWANCE, "{} MiB with a budget of {budget} MiB", done.peak / MIB);
}

#[test]
fn a_hundred_thousand_chunks_open_in_seconds() {
    let run = simulated("powder --raw --trains 1 --pulses 2 --codec bitshuffle-lz4 --modules 0");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let long = folder.path().join("long");
    let arguments = [run.as_os_str(), long.as_os_str(), "285".as_ref(), "352".as_ref(), "--blank".as_ref()];
    let Some(made) = json_of_python("expand.py", arguments) else { return };
    assert!(made["rows"].as_u64().is_some_and(|rows| rows > 100_000));
    let limit = Duration::from_secs(10);
    let inspected = trainyard(["inspect".as_ref(), long.as_os_str()]).expect(0);
    println!("inspect: {:?}", inspected.time);
    assert!(inspected.stdout.contains("100320") && inspected.time < limit, "{:?}", inspected.time);
    // with a condition: without one the room for all of it would have to be there
    let reduction = Reduction::new(&long, "steps:\n  - keep: cell >= 0\n  - write-frames");
    let checked = reduction.check(&[]).expect(0);
    println!("check: {:?}", checked.time);
    assert!(checked.time < limit, "{:?}", checked.time);
    // two trains from the end: the chunk table is needed, not all that it points to
    let done = reduction.run(&["--trains", "10284:10286"]).expect(0);
    println!("two trains: {:?}, {} MiB", done.time, done.peak / MIB);
    assert!(done.time < limit, "{:?}", done.time);
    assert_eq!(reduction.manifest()["frames"]["kept"], 704);
}
