//! Hit finding of the whole program: against EXtra-redu on the same files, and against what was simulated.

use std::collections::BTreeSet;
use std::path::Path;
use trainyard_tests::{json_of_python, simulated, trainyard, Reduction};

/// Four inner modules; noise of 0.1 photon, hits of some thousand photons: the simulator's own signal level.
const SPI: &str = "spi --trains 12 --pulses 24 --seed 3 --modules 3,4,8,15 --bad-pixels 0.02 --codec bitshuffle-lz4";

#[test]
fn scores_and_thresholds_are_those_of_extra_redu() {
    let run = simulated(&format!("{SPI} --hit-rate 0.1"));
    for parameters in ["snr: 4", "snr: 3, lower-quartile: true", "min-scores: 10", "min-scores: 300"] {
        let reduction =
            Reduction::new(&run, &format!("sequence: {{trains: 5}}\nsteps:\n  - find-hits: {{{parameters}}}"));
        reduction.run(&[]).expect(0);
        let arguments = [run.as_os_str(), reduction.output().as_os_str(), parameters.as_ref()].map(ToOwned::to_owned);
        let Some(found) = json_of_python("hits.py", arguments) else { return };
        println!("{parameters}: {found}");
        assert_eq!(found["frames"], 288);
        assert_eq!(found["scores"], serde_json::json!(true), "{parameters}");
        assert_eq!(found["hits"], serde_json::json!(true), "{parameters}");
        // the same numbers to the rounding of f64
        assert!(found["threshold"].as_f64().is_some_and(|d| d <= 1e-12), "{parameters}: {found}");
    }
}

/// Recall and precision of a workflow that ships with the program, at the simulator's own brightness.
fn finds(kind: &str, simulation: &str) {
    let run = simulated(simulation);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().join("reduced");
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../workflows/{kind}-hits.yaml"));
    let set = [format!("run={}", run.display()), format!("output={}", output.display())];
    let mut arguments = vec!["run".to_string(), workflow.display().to_string()];
    arguments.extend(set.into_iter().flat_map(|s| ["--set".to_string(), s]));
    let done = trainyard(arguments).expect(0);
    assert!(done.stdout.contains("of the run)"), "the verdict tells the reduction factor: {}", done.stdout);
    let Some(kept) = json_of_python("kept.py", [output.as_os_str()]) else { return };
    let text = std::fs::read(run.join("simulation.json")).expect("the truth");
    let truth: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let id = |frame: &serde_json::Value| (frame["train"].as_u64(), frame["pulse-id"].as_u64());
    let frames = truth["frames"].as_array().expect("frames");
    let hits: BTreeSet<_> = frames.iter().filter(|f| f["hit"] == true).map(id).collect();
    let kept: BTreeSet<_> = kept.as_array().expect("pairs").iter().map(|p| (p[0].as_u64(), p[1].as_u64())).collect();
    let found = hits.intersection(&kept).count() as f64;
    let (recall, precision) = (found / hits.len() as f64, found / kept.len() as f64);
    println!("{kind}: {} hits of {} frames, recall {recall}, precision {precision}", hits.len(), frames.len());
    assert!(hits.len() >= 20 && recall >= 0.99 && precision >= 0.99, "recall {recall}, precision {precision}");
}

#[test]
fn single_particles_are_found() {
    finds("spi", SPI);
}

#[test]
fn crystals_are_found() {
    finds("sfx", "sfx --trains 4 --pulses 20 --seed 3 --codec bitshuffle-lz4");
}

/// Peaks by radius: one and the same as a plain implementation finds, nearly those of OM, and those that were simulated.
#[test]
fn peaks_by_radius_are_those_that_were_simulated() {
    let run = simulated(
        "sfx --trains 1 --pulses 24 --seed 5 --modules 0,5,10,15 --brightness 3 --bad-pixels 0.001 --codec bitshuffle-lz4",
    );
    let parameters = "threshold: 3, snr: 6, min-pixels: 2, max-pixels: 50, min-radius: 20";
    let lines = |judge: &str| {
        let find = format!("find-peaks: {{method: peakfinder8, {parameters}}}");
        format!("steps:\n  - {find}\n  - find-hits: {{method: peaks, min-peaks: 2{judge}}}\n  - keep: hit")
    };
    let reduction = Reduction::new(&run, &lines(""));
    reduction.run(&[]).expect(0);
    let arguments = [run.as_os_str(), reduction.output().as_os_str(), parameters.as_ref()].map(ToOwned::to_owned);
    let Some(found) = json_of_python("peakfinder8.py", arguments) else { return };
    println!("{found}");
    let number = |key: &str| found[key].as_f64().unwrap_or(f64::NAN);
    assert_eq!(found["wrong"], serde_json::json!([]));
    assert!(found["frames"] == 24 && number("spots") >= 30.0 && number("worst") <= 1e-5, "{found}");
    assert!(number("found") >= 0.99 * number("spots") && number("true") >= 0.99 * number("peaks"), "{found}");
    if let Some(om) = found["om"].as_object() {
        let count = |key: &str| om[key].as_f64().unwrap_or(f64::NAN);
        assert!(count("both") >= 0.95 * count("ours").max(count("theirs")), "{found}");
    }
    // known in the pass that finds the peaks, or behind a barrier: the same hits
    let rows = |output: &Path| json_of_python("peak_hits.py", [output.as_os_str()]).expect("an interpreter");
    let at_once = rows(&reduction.output());
    let value = |row: &serde_json::Value, at: usize| row[at].as_u64().expect("a number");
    let frames = at_once.as_array().expect("rows");
    assert!(frames.iter().all(|row| (value(row, 2) >= 2) == (value(row, 3) == 1) && value(row, 4) == 0));
    assert!(frames.iter().all(|row| (value(row, 3) == 1) == (value(row, 5) == 0)), "hits are kept: {at_once}");
    let behind = Reduction::new(&run, &lines(", keep-misses: 1e-9"));
    behind.run(&[]).expect(0);
    assert_eq!(rows(&behind.output()), at_once);
}

/// The barrier between score and threshold: the same bytes however the scoring was shared out.
#[test]
fn hits_do_not_depend_on_ranks_or_threads() {
    let run = simulated(SPI);
    let reduction = Reduction::new(
        &run,
        "sequence: {trains: 3}\nsteps:\n  - find-hits: {lower-quartile: true, keep-misses: 0.2}\n  - keep: hit || miss\n  - write-frames",
    );
    let first = reduction.reduce(&["--threads", "1"]);
    reduction.clear();
    reduction.reduce(&["--threads", "3"]).same_as(&first, "3 threads");
    for ranks in [2, 3] {
        reduction.clear();
        let Some(child) = reduction.start_on_ranks(ranks, &[]) else { return };
        child.wait(trainyard_tests::PATIENCE).expect(0);
        reduction.published().same_as(&first, "ranks");
    }
}
