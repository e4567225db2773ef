//! Statistics of each pixel against numpy, and the same bytes however the work is shared out.

use trainyard_tests::{json_of_python, simulated, Reduction};

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
    let Some(found) = json_of_python("average.py", [run.as_os_str(), reduction.output().as_os_str()]) else { return };
    println!("{found}");
    assert_eq!(found["wrong"], serde_json::json!([]));
    // five for the run, each of 6 cells and each of 4 trains, and the mean of 2 bins
    assert_eq!(found["compared"], 5 + 6 * 5 + 4 * 5 + 2);
    // 24 terms in f64, and their squares: far below this
    assert!(found["largest"].as_f64().is_some_and(|d| d <= 1e-12), "{found}");
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
