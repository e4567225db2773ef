//! A run that is killed at any moment, or asked to stop, is finished by the next one, with the same bytes.

use std::time::{Duration, Instant};
use trainyard_tests::{copy_folder, sized, Powder, Random, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 200, per: run}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// Reduced without disturbance, and how long that took.
fn undisturbed() -> (trainyard_tests::Published, Duration) {
    let reduction = Reduction::new(&Powder::raw(), STEPS);
    let started = Instant::now();
    let whole = reduction.reduce(&[]);
    (whole, started.elapsed())
}

/// The manifest is the commit mark: without it nothing may be taken for the result, with it everything stands.
fn nothing_half_published(reduction: &Reduction, whole: &trainyard_tests::Published) {
    if reduction.output().join("reduction.json").exists() {
        let names: Vec<_> = reduction.published().0.into_keys().collect();
        assert_eq!(names, whole.0.keys().cloned().collect::<Vec<_>>(), "a manifest beside half a run");
        return;
    }
    // files that are already in place are whole
    if let Ok(entries) = std::fs::read_dir(reduction.output()) {
        for entry in entries.flatten().filter(|e| e.path().is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            assert_eq!(std::fs::read(entry.path()).expect("a file"), whole.0[&name], "{name} is half written");
        }
    }
}

#[test]
fn killed_at_random_moments() {
    let (whole, time) = undisturbed();
    let mut random = Random::new(20);
    let mut cut_short = 0;
    for number in 0..sized(6, 20) {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        // every third folder is killed three times on its way
        let kills = if number % 3 == 0 { 3 } else { 1 };
        for _ in 0..kills {
            let mut child = reduction.start(&["--threads", "2"]);
            std::thread::sleep(time.mul_f64(random.share()));
            child.signal(libc::SIGKILL);
            cut_short += usize::from(child.wait(PATIENCE).code.is_none());
            nothing_half_published(&reduction, &whole);
        }
        reduction.reduce(&[]).same_as(&whole, &format!("killed, number {number}"));
    }
    assert!(cut_short >= sized(3, 10), "only {cut_short} of {} runs were cut short", sized(10, 34));
}

#[test]
fn killed_while_publishing() {
    let (whole, _) = undisturbed();
    let mut hits = 0;
    let mut halfway = 0;
    let mut random = Random::new(21);
    for attempt in 0..20 {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        let journal = reduction.output().join(".trainyard/journal.json");
        let mut child = reduction.start(&[]);
        // a process that spins sees the journal within microseconds
        while !journal.exists() && !child.ended() {
            std::hint::spin_loop();
        }
        // renames and syncs of the folder take milliseconds
        let seen = Instant::now();
        let until = Duration::from_millis(4).mul_f64(random.share());
        while seen.elapsed() < until {
            std::hint::spin_loop();
        }
        child.signal(libc::SIGKILL);
        child.wait(PATIENCE);
        let cut = journal.exists();
        hits += usize::from(cut);
        let moved = reduction.published().0.len();
        halfway += usize::from(cut && moved > 0 && moved < whole.0.len());
        nothing_half_published(&reduction, &whole);
        reduction.reduce(&[]).same_as(&whole, &format!("killed while publishing, attempt {attempt}"));
        assert!(
            !journal.exists() && !reduction.output().join(".trainyard/parts").exists(),
            "attempt {attempt}: not tidied up"
        );
        if hits >= 3 && halfway >= 1 {
            break;
        }
    }
    assert!(hits >= 1, "no kill fell into a publication");
    println!("{hits} kills fell into a publication, {halfway} between two renames");
}

/// Every state between two renames, made by hand from a run that is cut short before the first.
#[test]
fn a_publication_is_rolled_forward_from_every_rename() {
    let (whole, _) = undisturbed();
    let reduction = stopped_before_the_first_rename();
    let saved = tempfile::tempdir().expect("a temporary folder");
    copy_folder(&reduction.output(), saved.path());
    let files = whole.0.len();
    for moved in 0..=files {
        reduction.clear();
        copy_folder(saved.path(), &reduction.output());
        let text = std::fs::read(reduction.output().join(".trainyard/journal.json")).expect("the journal");
        let journal: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        let names: Vec<&str> = journal["files"].as_array().expect("names").iter().filter_map(|n| n.as_str()).collect();
        assert_eq!(names.len(), files);
        assert_eq!(names[files - 1], "reduction.json", "the commit mark comes last");
        for name in &names[..moved] {
            std::fs::rename(reduction.output().join(".trainyard/finished").join(name), reduction.output().join(name))
                .expect("a rename");
        }
        reduction.reduce(&[]).same_as(&whole, &format!("cut after {moved} of {files} renames"));
    }
}

/// A run whose journal stands and whose files are all where they were before.
fn stopped_before_the_first_rename() -> Reduction {
    for _ in 0..200 {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        let journal = reduction.output().join(".trainyard/journal.json");
        let mut child = reduction.start(&[]);
        while !journal.exists() && !child.ended() {
            std::hint::spin_loop();
        }
        child.signal(libc::SIGKILL);
        child.wait(PATIENCE);
        if journal.exists() {
            // take back what was already moved
            for name in reduction.published().0.into_keys() {
                std::fs::rename(
                    reduction.output().join(&name),
                    reduction.output().join(".trainyard/finished").join(&name),
                )
                .expect("a rename");
            }
            return reduction;
        }
    }
    panic!("no kill fell into a publication");
}

#[test]
fn asked_to_stop_it_ends_with_7_and_goes_on_later() {
    let (whole, _) = undisturbed();
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGUSR1] {
        let mut stopped = false;
        for _ in 0..10 {
            let reduction = Reduction::new(&Powder::raw(), STEPS);
            let mut child = reduction.start(&["--threads", "1"]);
            child.until(|| reduction.under_way());
            child.signal(signal);
            let ended = child.wait(Duration::from_secs(60));
            if ended.code == Some(0) {
                // it was done before it heard
                continue;
            }
            let ended = ended.expect(7).complains(&["interrupted", "run again to resume"]);
            assert!(ended.time < Duration::from_secs(30), "it took {:?}", ended.time);
            assert!(!reduction.output().join("reduction.json").exists());
            reduction.reduce(&[]).same_as(&whole, &format!("after signal {signal}"));
            stopped = true;
            break;
        }
        assert!(stopped, "signal {signal} never stopped a run");
    }
}

#[test]
fn what_is_finished_is_not_done_again() {
    let reduction = Reduction::cut_short(&Powder::raw(), STEPS);
    let finished = reduction.output().join(".trainyard/finished");
    let file = |number: usize| finished.join(format!("RAW-R0001-AGIPD00-S{number:05}.h5"));
    let before = std::fs::metadata(file(0)).expect("the first sequence is done").modified().expect("a time");
    reduction.run(&[]).expect(0);
    let after = std::fs::metadata(reduction.output().join(file(0).file_name().expect("a name"))).expect("published");
    assert_eq!(after.modified().expect("a time"), before, "the first sequence was written again");
}

#[test]
fn nobody_else_may_work_in_the_folder_meanwhile() {
    let (whole, _) = undisturbed();
    let (reduction, mut child) = Reduction::paused(&Powder::raw(), STEPS);
    let refused = reduction.run(&[]).expect(3).complains(&["another run works in this output folder", "hint:"]);
    assert!(refused.stdout.is_empty());
    reduction.run(&["--overwrite"]).expect(3).complains(&["another run works"]);
    child.signal(libc::SIGCONT);
    child.wait(PATIENCE).expect(0);
    reduction.published().same_as(&whole, "a refused run in the same folder");
}

#[test]
fn another_workflow_may_not_go_on_with_it() {
    let reduction = Reduction::cut_short(&Powder::raw(), STEPS);
    let changed = ["--set", "steps.2.bins=99"];
    reduction
        .run(&changed)
        .expect(3)
        .complains(&["another plan: `steps.2.integrate-azimuthally.bins` is 99, it was 100\n", "--overwrite"]);
    let (whole, _) = undisturbed();
    let fresh = Reduction::new(&Powder::raw(), &STEPS.replace("bins: 100", "bins: 99")).reduce(&[]);
    reduction.run(&[changed[0], changed[1], "--overwrite"]).expect(0);
    reduction.published().same_as(&fresh, "overwritten while unfinished");
    reduction.run(&["--overwrite"]).expect(0);
    reduction.published().same_as(&whole, "overwritten when finished");
}
