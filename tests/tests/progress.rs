//! What is seen of a run while it works: one line on a terminal, and nothing of it afterwards; lines in a log.

use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use trainyard_tests::{json_of_python, program, simulated, start_with, Reduction, PATIENCE};

/// Enough for some seconds of one thread.
fn run() -> PathBuf {
    simulated("powder --trains 24 --pulses 48 --lit-stride 2 --modules 0,5,8,13 --codec bitshuffle-lz4")
}

const STEPS: &str = "sequence: {trains: 2}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: q_nm^-1, bins: 400, per: frame}
  - write-frames: {codec: {zstd: {level: 9}}}";

/// What stands on a terminal of so many columns; nothing without an interpreter.
fn on_a_terminal(columns: usize, interrupts: usize, words: &[OsString]) -> Option<Value> {
    let numbers: [OsString; 3] =
        [columns.to_string().into(), interrupts.to_string().into(), program().as_os_str().to_owned()];
    json_of_python("terminal.py", numbers.iter().chain(words))
}

fn words(reduction: &Reduction, more: &[&str]) -> Vec<OsString> {
    let file = reduction.workflow().into_os_string();
    ["run".into(), file].into_iter().chain(more.iter().map(OsString::from)).collect()
}

fn lines(value: &Value) -> Vec<String> {
    value.as_array().expect("lines").iter().map(|line| line.as_str().expect("text").to_string()).collect()
}

/// The share that a line tells, in percent.
fn share(line: &str) -> f64 {
    let before = line.split(" %").next().expect("a share");
    let number = before.rsplit([' ', ']']).next().expect("a number");
    number.parse().unwrap_or_else(|e| panic!("{e}: {line}"))
}

#[test]
fn a_line_of_80_columns_that_goes_when_the_run_is_done() {
    let reduction = Reduction::new(&run(), STEPS);
    let Some(seen) = on_a_terminal(80, 0, &words(&reduction, &["--threads", "1"])) else { return };
    assert_eq!(seen["code"], 0, "{}", seen["raw"]);
    let drawn = lines(&seen["drawn"]);
    println!("{}\n{}", drawn.join("\n"), lines(&seen["screen"]).join("\n"));
    assert!(drawn.len() >= 3, "the run was too short to be watched: {drawn:?}");
    assert!(drawn.iter().all(|line| line.chars().count() < 80), "{drawn:?}");
    // of the plan's frames, from the first line on, and never back
    assert!(drawn.iter().all(|line| line.contains("of 1152 frames")), "{drawn:?}");
    let shares: Vec<f64> = drawn.iter().map(|line| share(line)).collect();
    assert!(shares.is_sorted() && shares[0] < 60.0, "{shares:?}");
    // what is left on the screen is the verdict, broken between words
    let screen = lines(&seen["screen"]);
    assert!(screen.iter().all(|line| !line.contains(" %: ")), "{screen:#?}");
    assert!(screen.iter().any(|line| line.starts_with("published: ")), "{screen:#?}");
    let long: Vec<&String> = screen.iter().filter(|line| line.chars().count() > 80 && line.contains(' ')).collect();
    let words_of = |line: &str| line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
    assert!(long.iter().all(|line| words_of(line) > 60), "{long:#?}");
}

#[test]
fn nothing_is_left_behind_after_ctrl_c_and_a_resume_goes_on() {
    for interrupts in [1, 2] {
        let reduction = Reduction::new(&run(), STEPS);
        let Some(seen) = on_a_terminal(80, interrupts, &words(&reduction, &["--threads", "1"])) else { return };
        assert_eq!(seen["code"], 7, "{}", seen["raw"]);
        assert_eq!(seen["over"], false, "{}", seen["raw"]);
        let screen = lines(&seen["screen"]);
        println!("{}", screen.join("\n"));
        assert!(screen.iter().all(|line| !line.contains("frames/s") && !line.contains('[')), "{screen:#?}");
        assert!(screen.iter().all(|line| !line.contains("stopping")), "{screen:#?}");
        assert_eq!(screen.last().map(String::as_str), Some(""), "{screen:#?}");
        let told = screen.iter().any(|line| line.starts_with("error: interrupted"));
        assert_eq!(told, interrupts == 1, "{screen:#?}");
        let before = lines(&seen["drawn"]).last().map_or(0.0, |line| share(line));
        let Some(seen) = on_a_terminal(80, 0, &words(&reduction, &[])) else { return };
        assert_eq!(seen["code"], 0, "{}", seen["raw"]);
        let screen = lines(&seen["screen"]);
        let resumed = screen.iter().find(|line| line.starts_with("resumed: "));
        assert!(
            interrupts == 2 || resumed.is_some_and(|line| line.contains("of 12 sequences")),
            "{before} {screen:#?}"
        );
    }
}

/// The first line says what runs with which means; those behind it how far it is; times are local and in seconds.
#[test]
fn a_log_says_what_runs_and_how_far_it_is() {
    let reduction = Reduction::new(&run(), STEPS);
    let often = [("TRAINYARD_PROGRESS_SECONDS", "0.3"), ("TZ", "UTC-5")];
    let words = words(&reduction, &["--threads", "1", "--memory", "2GiB"]);
    let done = start_with(&often, words).wait(PATIENCE).expect(0);
    let all: Vec<&str> = done.stderr.lines().collect();
    println!("{}", done.stderr);
    let first = all.first().expect("a line");
    let version = env!("CARGO_PKG_VERSION");
    let run = run().display().to_string();
    let output = reduction.output().display().to_string();
    for part in [version, &run, "1152 frames", "24 trains", &output, "1 rank", "1 thread", "2.0 GiB", "plan "] {
        assert!(first.contains(part), "no `{part}` in {first}");
    }
    let hour = |line: &str| line.get(11..13).and_then(|hour| hour.parse::<u64>().ok()).expect("an hour");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time").as_secs();
    let local = (now / 3600 + 5) % 24;
    assert!([local, (local + 23) % 24].contains(&hour(first)), "{first}");
    assert_eq!(first.as_bytes().get(19), Some(&b' '), "whole seconds: {first}");
    let told: Vec<&&str> = all.iter().filter(|line| line.contains(" % ") || line.contains(" %: ")).collect();
    assert!(told.len() >= 2 && told.iter().all(|line| line.contains("of 1152 frames")), "{told:#?}");
    assert!(!done.stderr.contains('\x1b') && !done.stderr.contains('\r'), "colours are for terminals");
}

/// Rank 0 speaks for all: it tells more than its own share, and reaches the whole.
#[test]
fn rank_0_speaks_for_all() {
    std::env::set_var("TRAINYARD_PROGRESS_SECONDS", "0.3");
    let reduction = Reduction::new(&run(), STEPS);
    let Some(child) = reduction.start_on_ranks(3, &["--threads", "1"]) else { return };
    let done = child.wait(PATIENCE).expect(0);
    println!("{}\n{}", done.stderr, done.stdout);
    assert_eq!(done.stderr.lines().filter(|line| line.contains(" reduces ")).count(), 1);
    assert!(done.stderr.contains("3 ranks"), "{}", done.stderr);
    let told: Vec<f64> = done
        .stderr
        .lines()
        .filter_map(|line| line.split_once("INFO "))
        .map(|(_, line)| line)
        .filter(|l| l.contains(" %:"))
        .map(share)
        .collect();
    assert!(told.is_sorted() && !told.is_empty(), "{}", done.stderr);
    let frames: f64 =
        done.stdout.split(" frames/s").next().and_then(|t| t.rsplit(' ').next()?.parse().ok()).expect("a rate");
    let seconds: f64 =
        done.stdout.split("time: ").nth(1).and_then(|t| t.split(' ').next()?.parse().ok()).expect("a time");
    assert!((frames * seconds / 1152.0 - 1.0).abs() < 0.05, "all frames of all ranks: {}", done.stdout);
}

#[test]
fn status_of_a_run_under_way_says_that_it_runs() {
    let (reduction, mut child) = Reduction::paused(&run(), STEPS);
    let told = trainyard_tests::trainyard(["status".as_ref(), reduction.output().as_os_str()]).expect(0);
    assert!(told.stdout.starts_with("running\n"), "{}", told.stdout);
    assert!(told.stdout.contains(" of 12 sequences"), "{}", told.stdout);
    child.signal(libc::SIGCONT);
    child.wait(PATIENCE).expect(0);
    let told = trainyard_tests::trainyard(["status".as_ref(), reduction.output().as_os_str()]).expect(0);
    assert!(told.stdout.starts_with("done\n"), "{}", told.stdout);
}
