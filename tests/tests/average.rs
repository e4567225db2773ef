//! Statistics of each pixel against numpy, and the same bytes however the work is shared out.

use std::path::Path;
use trainyard_tests::{json_of_python, simulated, trainyard, Reduction};

const RUN: &str = "spi --trains 4 --pulses 6 --seed 7 --modules 3,8 --bad-pixels 0.02";
const STEPS: &str = "\
sequence: {trains: 2}
steps:
  - average
  - average: {as: cells, group-by: cell}
  - average: {as: trains, group-by: train}
  - average: {as: bins, group-by: {column: cell, bins: [0, 2, 5]}, variance: false, extremes: false}";

#[test]
fn statistics_are_those_of_numpy() {
    let run = simulated(RUN);
    let reduction = Reduction::new(&run, STEPS);
    reduction.run(&[]).expect(0);
    compare_with_numpy(&run, &reduction.output(), 6, 4);
}

fn compare_with_numpy(run: &Path, output: &Path, cells: usize, trains: usize) {
    let Some(found) = json_of_python("average.py", [run.as_os_str(), output.as_os_str()]) else { return };
    println!("{found}");
    assert_eq!(found["wrong"], serde_json::json!([]));
    // five for the run, each cell and each train, and the mean of 2 bins
    assert_eq!(found["compared"], 5 + cells * 5 + trains * 5 + 2);
    // at most 132 terms in f64, and their squares: far below this
    assert!(found["largest"].as_f64().is_some_and(|d| d <= 1e-12), "{found}");
}

/// 66 cells of two modules: 264 MiB of state.
#[test]
fn large_state_is_gone_through_module_by_module() {
    let run = simulated("spi --trains 2 --pulses 66 --seed 7 --modules 3,8 --bad-pixels 0.02");
    let reduction = Reduction::new(&run, STEPS);
    let plan = trainyard(reduction.arguments("plan", &[])).expect(0);
    assert!(plan.stdout.contains("  module by module, with each frame: cells\n"), "{}", plan.stdout);
    reduction.run(&[]).expect(0);
    compare_with_numpy(&run, &reduction.output(), 66, 2);
    // one module at once, then ranges of cells
    let cells = "sequence: {trains: 1}\nsteps:\n  - average: {as: cells, group-by: cell}";
    let bytes = |more: &[&str]| Reduction::new(&run, cells).reduce(more);
    let one = bytes(&["--threads", "2", "--memory", "300MiB"]);
    assert!(one == bytes(&["--threads", "1", "--memory", "100MiB"]), "other bytes in less memory");
    let reduction = Reduction::new(&run, cells);
    if let Some(child) = reduction.start_on_ranks(2, &["--threads", "1", "--memory", "200MiB"]) {
        child.wait(std::time::Duration::from_secs(120)).expect(0);
        assert!(one == reduction.published(), "other bytes on two ranks");
    }
}

/// A frame of which one module cannot be read is in the map of no module, though modules are gone through one after the other.
#[test]
fn a_damaged_frame_is_in_no_map() {
    let run = simulated("spi --trains 2 --pulses 66 --seed 7 --modules 3,8 --bad-pixels 0.02");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("damaged");
    // the fifth frame of the second train
    let words = [run.as_os_str(), copy.as_os_str(), "8:image/data:70".as_ref()];
    let Some(told) = json_of_python("damage_rows.py", words) else { return };
    let average = "  - average: {as: cells, group-by: cell}\n";
    let skipped = format!("on-bad-input: {{skip-up-to: 1%}}\nsteps:\n{average}");
    let reduced = |memory: &str| {
        let reduction = Reduction::new(&copy, &skipped);
        reduction.run(&["--threads", "2", "--memory", memory]).expect(2);
        let manifest = reduction.manifest();
        assert_eq!(manifest["frames"]["by-fate"]["unreadable"], 1, "{memory}");
        assert_eq!((&manifest["frames"]["kept"], &manifest["steps"][0]["frames-in"]), (&131.into(), &131.into()));
        reduction
    };
    let reduction = reduced("300MiB");
    assert!(reduction.published() == reduced("100MiB").published(), "other bytes in less memory");
    let cell = 70 - 66;
    let keep = format!("steps:\n  - keep: train != {} || cell != {cell}\n{average}", told[0]["train"]);
    let without = Reduction::new(&run, &keep);
    without.run(&[]).expect(0);
    let words = [reduction.output().into_os_string(), without.output().into_os_string()];
    let found = json_of_python("same_maps.py", words).expect("there is an interpreter");
    assert_eq!(found["differ"], serde_json::json!([]));
    assert!(found["maps"].as_u64() > Some(0), "{found}");
}

#[test]
fn maps_do_not_depend_on_ranks_threads_or_memory() {
    let run = simulated(RUN);
    let bytes = |more: &[&str]| Reduction::new(&run, STEPS).reduce(more);
    let one = bytes(&["--threads", "1"]);
    assert!(one == bytes(&["--threads", "4"]), "other bytes on four threads");
    let reduction = Reduction::new(&run, STEPS);
    if let Some(child) = reduction.start_on_ranks(2, &["--threads", "1"]) {
        child.wait(std::time::Duration::from_secs(120)).expect(0);
        assert!(one == reduction.published(), "other bytes on two ranks");
    }
}

#[test]
fn what_does_not_fit_is_refused_with_what_it_takes() {
    let run = simulated(RUN);
    let reduction = Reduction::new(&run, "steps:\n  - average: {group-by: cell}");
    let done = reduction.run(&["--memory", "8MiB"]).expect(3);
    assert!(done.stderr.contains("of memory are too little"), "{}", done.stderr);
    let wrong = |parameters: &str, words: &str| {
        let done = Reduction::new(&run, &format!("steps:\n  - average: {parameters}")).run(&[]).expect(3);
        assert!(done.stderr.contains(words), "{}", done.stderr);
    };
    wrong("{group-by: {column: delay, bins: [0, 1]}}", "no column named `delay`");
    wrong("{group-by: {column: cell, bins: [1, 1]}}", "ascending order");
}
