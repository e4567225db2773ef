//! Several ranks: the same bytes as one, resumed by any number, and all of them end when one fails.

use std::process::Command;
use std::time::Duration;
use trainyard_tests::{json_of_python, simulated, Powder, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - integrate-azimuthally: {as: mean, unit: q_nm^-1, bins: 200, per: run}
  - correlate-times: {levels: 2, rings: [[10, 60]], normalisation: pixel}
  - write-frames: {codec: {zstd: {level: 1}}}";

#[test]
fn one_two_or_three_ranks_give_the_same_bytes() {
    for run in [Powder::raw(), Powder::corrected()] {
        let alone = Reduction::new(&run, STEPS).reduce(&[]);
        for ranks in 1..=3 {
            let reduction = Reduction::new(&run, STEPS);
            let Some(child) = reduction.start_on_ranks(ranks, &["--threads", "1"]) else { return };
            child.wait(PATIENCE).expect(0);
            reduction.published().same_as(&alone, &format!("{ranks} ranks"));
            let Some(again) = reduction.start_on_ranks(ranks, &[]) else { return };
            let again = again.wait(PATIENCE).expect(0);
            assert_eq!(again.stdout.matches("nothing to do").count(), 1, "one rank speaks: {}", again.stdout);
        }
    }
}

#[test]
fn killed_ranks_are_resumed_by_another_number() {
    let alone = Reduction::new(&Powder::raw(), STEPS).reduce(&[]);
    for (before, after) in [(3, 2), (2, 0), (0, 3)] {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        let child = if before == 0 {
            Some(reduction.start(&["--threads", "1"]))
        } else {
            reduction.start_on_ranks(before, &["--threads", "1"])
        };
        let Some(mut child) = child else { return };
        child.until(|| reduction.under_way());
        child.signal_all(libc::SIGKILL);
        child.wait(PATIENCE);
        if after == 0 {
            finish(&reduction, || reduction.start(&[]));
        } else {
            finish(&reduction, || reduction.start_on_ranks(after, &["--threads", "1"]).expect("a launcher"));
        }
        reduction.published().same_as(&alone, &format!("{before} ranks killed, {after} went on"));
    }
}

/// Ranks whose launcher was killed may take a moment to notice and to let the folder go.
fn finish(reduction: &Reduction, start: impl Fn() -> trainyard_tests::Child) {
    for _ in 0..40 {
        let ended = start().wait(PATIENCE);
        if ended.code == Some(3) && ended.stderr.contains("another run works") {
            std::thread::sleep(Duration::from_millis(250));
            continue;
        }
        ended.expect(0);
        return;
    }
    panic!("the ranks that were killed hold {} for ever", reduction.output().display());
}

#[test]
fn a_rank_that_fails_ends_all() {
    let arguments = "powder --trains 6 --pulses 4 --modules 0,8 --codec bitshuffle-lz4 --seed 9";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("damaged");
    let Some(_) = json_of_python("damage.py", [simulated(arguments).as_os_str(), run.as_os_str(), "8:13".as_ref()])
    else {
        return;
    };
    for ranks in 2..=3 {
        let reduction = Reduction::new(
            &run,
            "sequence: {trains: 1}\nsteps:\n  - integrate-azimuthally: {unit: r_mm, bins: 50, per: frame}",
        );
        let Some(child) = reduction.start_on_ranks(ranks, &["--threads", "1"]) else { return };
        let ended = child.wait(Duration::from_secs(60)).expect(4).complains(&["AGIPD08"]);
        assert!(ended.time < Duration::from_secs(20), "it took {:?}", ended.time);
        assert!(!reduction.output().join("reduction.json").exists());
    }
}

/// One rank is asked to stop, as a batch system does: all end, with exit code 7, and the next run goes on.
#[test]
fn ranks_are_stopped_together() {
    let alone = Reduction::new(&Powder::raw(), STEPS).reduce(&[]);
    for _ in 0..20 {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        let Some(mut child) = reduction.start_on_ranks(2, &["--threads", "1"]) else {
            return;
        };
        child.until(|| reduction.under_way());
        let lease = std::fs::read(reduction.output().join(".trainyard/lease.json")).expect("a lease");
        let lease: serde_json::Value = serde_json::from_slice(&lease).expect("JSON");
        let rank = lease["pid"].to_string();
        let _ = Command::new("kill").args(["-TERM", &rank]).status();
        let ended = child.wait(Duration::from_secs(60));
        if ended.code == Some(0) {
            reduction.published().same_as(&alone, "two ranks done before the signal");
            continue;
        }
        let ended = ended.expect(7).complains(&["interrupted", "run again to resume"]);
        assert!(ended.time < Duration::from_secs(30), "it took {:?}", ended.time);
        finish(&reduction, || reduction.start_on_ranks(2, &["--threads", "1"]).expect("a launcher"));
        reduction.published().same_as(&alone, "two ranks stopped");
        return;
    }
    panic!("no run could be stopped under way");
}
