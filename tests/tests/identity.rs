//! The same bytes for any number of threads, any memory, and for a second run in another place.

use trainyard_tests::{simulated, Powder, Reduction};

const STEPS: &str = "sequence: {trains: 3}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 120, per: frame}
  - integrate-azimuthally: {as: mean, unit: q_nm^-1, bins: 200, splitting: bbox, per: run}
  - integrate-azimuthally: {as: train, unit: r_mm, bins: 50, per: train}
  - correlate-times: {levels: 2, rings: [[10, 40], [40, 80]], normalisation: roi}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

const RECODED: &str = "sequence: {trains: 2}\nsteps:\n  - write-frames: {codec: bitshuffle-lz4}";

#[test]
fn threads_do_not_matter() {
    for (run, name) in [(Powder::raw(), "raw"), (Powder::corrected(), "corrected")] {
        let one = Reduction::new(&run, STEPS).reduce(&["--threads", "1"]);
        assert!(one.0.len() > 10 && one.0.contains_key("reduction.json"), "{:?}", one.0.keys());
        for threads in ["2", "4"] {
            Reduction::new(&run, STEPS)
                .reduce(&["--threads", threads])
                .same_as(&one, &format!("{name}, {threads} threads"));
        }
    }
}

/// MiB in `... at least 17 MiB`.
fn least(said: &str) -> u64 {
    let words: Vec<&str> = said.split_whitespace().collect();
    let at = words.iter().position(|w| *w == "least").unwrap_or_else(|| panic!("no figure in\n{said}"));
    words[at + 1].parse().unwrap_or_else(|_| panic!("no figure in\n{said}"))
}

#[test]
fn memory_does_not_matter_from_the_least_on() {
    for (run, steps) in [(Powder::raw(), STEPS), (Powder::corrected(), STEPS), (Powder::raw(), RECODED)] {
        let all = Reduction::new(&run, steps).reduce(&[]);
        let reduction = Reduction::new(&run, steps);
        let refused = reduction.run(&["--threads", "2", "--memory", "1MiB"]).expect(3);
        assert!(!reduction.output().exists(), "a refused run leaves nothing");
        let least = least(&refused.stderr);
        reduction.run(&["--threads", "2", "--memory", &format!("{}MiB", least - 1)]).expect(3);
        for memory in [least, least + 3, least * 2, least * 5] {
            reduction.clear();
            reduction
                .reduce(&["--threads", "2", "--memory", &format!("{memory}MiB")])
                .same_as(&all, &format!("{memory} MiB"));
        }
    }
}

#[test]
fn neither_the_place_of_the_run_nor_of_the_output_matters() {
    let run = Powder::corrected();
    let here = Reduction::new(&run, STEPS).reduce(&[]);
    let elsewhere = tempfile::tempdir().expect("a temporary folder");
    let copy = elsewhere.path().join("copied run");
    std::fs::create_dir(&copy).expect("a folder");
    for entry in std::fs::read_dir(&run).expect("the run").flatten() {
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("a copy");
    }
    let there = Reduction::new(&copy, STEPS);
    let output = elsewhere.path().join("out");
    there.run(&["--set", &format!("output={}", output.display())]).expect(0);
    trainyard_tests::published(&output).same_as(&here, "another place");
}

#[test]
fn detectors_without_pulses_too() {
    let run = simulated("powder --detector jungfrau --raw --trains 6 --pulses 16 --codec bitshuffle-lz4");
    let steps =
        "sequence: {trains: 2}\nsteps:\n  - keep: cell in 3..9 && train != 10002\n  - write-frames: {codec: lz4}";
    let one = Reduction::new(&run, steps).reduce(&["--threads", "1"]);
    Reduction::new(&run, steps).reduce(&["--threads", "4"]).same_as(&one, "JUNGFRAU");
}
