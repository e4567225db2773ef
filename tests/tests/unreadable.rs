//! Unreadable is never absent: storage that refuses a moment or for good, values that lie in other files, filters that are
//! missing, names that lead to no plain file. Either the same bytes are published, or the run ends and says what it could not
//! read.

use std::path::Path;
use std::process::Command;
use std::time::Duration;
use trainyard_tests::{python, sized, start_with, Finished, OwnRun, Published, Reduction, Refusing, PATIENCE};

const STEPS: &str = "on-bad-input: {skip-up-to: 90%}
sequence: {trains: 2}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 20, per: train}
  - write-frames: {codec: lz4}";

fn borrowed(environment: &[(String, String)]) -> Vec<(&str, &str)> {
    environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Reduces a run while storage refuses; nothing where that cannot be had.
fn reduced(input: &OwnRun, refusing: &Refusing) -> Option<(Finished, Reduction)> {
    let environment = refusing.environment()?;
    let reduction = Reduction::new(&input.run(), STEPS);
    let ended = reduction.start_with(&borrowed(&environment), &["--threads", "2"]).wait(PATIENCE);
    Some((ended, reduction))
}

/// The same bytes, or 5 that names the file: never less, whatever may be skipped.
#[track_caller]
fn whole_or_refused(whole: &Published, outcome: &(Finished, Reduction), refusing: &Refusing) -> bool {
    let (ended, reduction) = outcome;
    match ended.code {
        Some(0) => {
            reduction.published().same_as(whole, &format!("{refusing:?}"));
            true
        }
        Some(5) => {
            assert!(ended.stderr.contains(&refusing.name), "{refusing:?} is not named in\n{}", ended.stderr);
            assert!(!reduction.output().join("reduction.json").exists(), "{refusing:?}");
            false
        }
        code => panic!("{refusing:?} ended with {code:?}\n{}", ended.stderr),
    }
}

/// A failure once, at every place where the file is asked for something: it is asked again, and nothing is lost.
#[test]
fn storage_that_fails_for_a_moment_loses_nothing() {
    let input = OwnRun::copied();
    let whole = Reduction::new(&input.run(), STEPS).reduce(&[]);
    for name in ["run/CORR-R0001-AGIPD08-S00001", "run/CORR-R0001-DA01-S00000"] {
        for (call, last) in [("open", 10), ("read", 34), ("look", 12)] {
            for from in (1..=last).step_by(if call == "read" { sized(7, 3) } else { sized(3, 1) }) {
                let errno = [libc::EIO, libc::ESTALE, libc::ETIMEDOUT][from as usize % 3];
                let refusing = Refusing { name: name.into(), call, from, times: 1, errno };
                let Some(outcome) = reduced(&input, &refusing) else { return };
                assert!(whole_or_refused(&whole, &outcome, &refusing), "{refusing:?}:\n{}", outcome.0.stderr);
            }
        }
    }
}

/// A failure that stays, from every place on; and a file that may not be read.
#[test]
fn storage_that_keeps_failing_ends_the_run_and_is_named() {
    let input = OwnRun::copied();
    let whole = Reduction::new(&input.run(), STEPS).reduce(&[]);
    let mut refused = 0;
    for name in ["run/CORR-R0001-AGIPD08-S00001", "run/CORR-R0001-DA01-S00000"] {
        for (call, last) in [("open", 8), ("read", 40), ("look", 8)] {
            for from in (1..=last).step_by(if call == "read" { sized(9, 5) } else { sized(3, 2) }) {
                let errno = [libc::EIO, libc::EACCES, libc::ESTALE][from as usize % 3];
                let refusing = Refusing { name: name.into(), call, from, times: u32::MAX / 2, errno };
                let Some(outcome) = reduced(&input, &refusing) else { return };
                refused += u32::from(!whole_or_refused(&whole, &outcome, &refusing));
            }
        }
    }
    assert!(refused > 10, "storage refused only {refused} times");
}

/// Calls on what is written fail, once or from there on: the same bytes or 5, and when the storage is well again a plain start
/// finishes.
#[test]
fn storage_that_refuses_what_is_written_costs_no_byte() {
    let input = OwnRun::copied();
    let whole = Reduction::new(&input.run(), STEPS).reduce(&[]);
    let places: &[u32] = sized(&[2, 19], &[1, 2, 3, 5, 8, 13, 19, 34, 55, 89, 144]);
    let mut refused = 0;
    for (number, call) in Refusing::CALLS.into_iter().enumerate() {
        for (place, from) in places.iter().enumerate() {
            for times in sized(&[[1, u32::MAX / 2][(number + place) % 2]][..], &[1, 2, u32::MAX / 2]) {
                let errno = [libc::EIO, libc::ENOSPC, libc::EDQUOT][(number + place) % 3];
                let refusing = Refusing { name: "/reduced/".into(), call, from: *from, times: *times, errno };
                let Some((ended, reduction)) = reduced(&input, &refusing) else { return };
                match ended.code {
                    Some(0) => reduction.published().same_as(&whole, &format!("{refusing:?}")),
                    code => {
                        assert_eq!(code, Some(5), "{refusing:?}\n{}", ended.stderr);
                        assert!(ended.stderr.contains("error: "), "{refusing:?}\n{}", ended.stderr);
                        refused += 1;
                    }
                }
                reduction.reduce(&[]).same_as(&whole, &format!("{refusing:?}, and well again"));
            }
        }
    }
    assert!(refused > 3, "storage refused only {refused} times");
}

/// `validate` and `inspect` say the same of it.
#[test]
fn every_verb_ends_with_5_where_storage_fails() {
    let input = OwnRun::copied();
    let run = input.run();
    for call in ["open", "read", "look"] {
        let refusing = Refusing {
            name: "run/CORR-R0001-AGIPD00-S00000".into(),
            call,
            from: 1,
            times: u32::MAX / 2,
            errno: libc::EIO,
        };
        let Some(environment) = refusing.environment() else { return };
        for arguments in [&["validate"][..], &["validate", "--deep"], &["inspect"]] {
            let arguments = arguments.iter().map(Path::new).chain([run.as_path()]);
            let ended = start_with(&borrowed(&environment), arguments).wait(PATIENCE).expect(5);
            assert!(ended.stdout.contains("AGIPD00-S00000") || ended.stderr.contains("AGIPD00-S00000"), "{ended:?}");
        }
    }
}

/// Values of slow data that lie in other files: as external storage, behind an external link, in a virtual dataset; named from
/// the folder of the file or absolutely; in a file that is kept whole and in one of which some trains are.
#[test]
fn values_that_lie_outside_of_a_file_are_carried_as_values() {
    for kind in ["external-storage", "external-link", "virtual", "unlisted"] {
        for names in ["relative", "absolute"] {
            let input = OwnRun::copied();
            let file = input.file("DA01-S00000");
            let script = |verb: &str, more: &[&Path]| {
                let arguments = [Path::new(verb), Path::new(kind), Path::new(names), &file];
                python("outside.py", arguments.into_iter().chain(more.iter().copied()))
            };
            let Some(made) = script("make", &[]) else { return };
            made.expect(0);
            let all = Reduction::new(&input.run(), "steps:\n  - write-frames");
            let some = Reduction::new(&input.run(), "trains: {index: \"1:3\"}\nsteps:\n  - write-frames");
            all.run(&[]).expect(0);
            some.run(&[]).expect(0);
            script("hide", &[]).expect("python").expect(0);
            for (reduction, first, last) in [(&all, "0", "4"), (&some, "1", "3")] {
                let output = reduction.output().join("CORR-R0001-DA01-S00000.h5");
                script("compare", &[&output, Path::new(first), Path::new(last)]).expect("python").expect(0);
            }
            if kind == "unlisted" {
                continue;
            }
            // and now they cannot be read
            for reduction in [&all, &some] {
                reduction.clear();
                let ended = reduction.run(&[]).expect(4);
                ended.complains(&["CORR-R0001-DA01-S00000.h5", "hidden"]);
            }
        }
    }
}

/// Frames whose pixels are missing are no reason to leave a module out, and pixels behind a link are pixels.
#[test]
fn a_module_with_frames_does_not_vanish() {
    let input = OwnRun::copied();
    let whole = Reduction::new(&input.run(), "steps:\n  - write-frames: {codec: lz4}").reduce(&[]);
    for kind in ["soft", "external", "missing"] {
        let input = OwnRun::copied();
        for file in ["AGIPD08-S00000", "AGIPD08-S00001"] {
            let Some(made) = python("pixels.py", [Path::new(kind), &input.file(file)]) else { return };
            made.expect(0);
        }
        let reduction = Reduction::new(&input.run(), "steps:\n  - write-frames: {codec: lz4}");
        if kind == "missing" {
            reduction.run(&[]).expect(4).complains(&["frames but no pixels", "AGIPD08-S00000.h5", "8CH0:"]);
        } else {
            let published = reduction.reduce(&[]);
            assert!(published.0.keys().eq(whole.0.keys()), "{kind}");
            let one = reduction.output().join("CORR-R0001-AGIPD08-S00000.h5");
            let files = [input.file("AGIPD08-S00000"), input.file("AGIPD08-S00001")];
            python("pixels.py", [Path::new("compare"), &one, &files[0], &files[1]]).expect("python").expect(0);
        }
    }
}

/// Whatever a workflow names may lead to no plain file.
#[test]
fn names_in_a_workflow_are_read_within_limits() {
    let input = OwnRun::copied();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let impatient = [("TRAINYARD_STORAGE_TIMEOUT", "1")];
    for (path, code, of_workflow, words) in [
        (Path::new("/dev/zero"), 3, "more than the 1048576", "the file has more than 67108864 bytes"),
        (pipe.as_path(), 5, "the workflow was not read within 1s", "no answer about the file within 1s"),
        (Path::new("/no/such/file"), 3, "failed to read the workflow: No such file", "there is no such file"),
    ] {
        let workflow = start_with(&impatient, ["check".as_ref(), path.as_os_str()]).wait(PATIENCE).expect(code);
        workflow.clone().complains(&[of_workflow]);
        let lines = format!("trains: {{file: {}}}\nsteps:\n  - write-frames", path.display());
        let reduction = Reduction::new(&input.run(), &lines);
        let ended = start_with(&impatient, ["check".as_ref(), reduction.workflow().as_os_str()]).wait(PATIENCE);
        let ended = ended.expect(code).complains(&[words, &path.display().to_string()]);
        for time in [workflow.time, ended.time] {
            assert!(time < Duration::from_secs(20), "{time:?}");
        }
    }
}

/// Storage that does not finish what it was given: the run ends in time and says where, and the next start goes on.
#[test]
fn a_write_that_hangs_ends_the_run_in_time() {
    let input = OwnRun::copied();
    let whole = Reduction::new(&input.run(), STEPS).reduce(&[]);
    for name in [
        "writing/000001-00000/CORR-R0001-AGIPD08-S00000",
        "writing/000001-00000/CORR-R0001-REDU00",
        ".trainyard/ledger/000001-00000.jsonl",
    ] {
        let refusing = Refusing { name: name.into(), call: "write", from: 2, times: u32::MAX / 2, errno: 0 };
        let Some(mut environment) = refusing.environment() else { return };
        environment.push(("TRAINYARD_STORAGE_TIMEOUT".into(), "8".into()));
        let reduction = Reduction::new(&input.run(), STEPS);
        let ended = reduction.start_with(&borrowed(&environment), &["--threads", "2"]).wait(PATIENCE).expect(5);
        let ended = ended.complains(&["storage did not", name, "hint: the storage is blocked or slow"]);
        assert!(ended.time < Duration::from_secs(120), "{name}: {:?}", ended.time);
        assert!(!reduction.output().join("reduction.json").exists(), "{name}");
        reduction.reduce(&[]).same_as(&whole, name);
    }
}

/// The same of chunks that a proof reads.
#[test]
fn a_chunk_that_a_proof_waits_for_is_not_waited_for_long() {
    let input = OwnRun::copied();
    let reduction = Reduction::new(&input.run(), "steps:\n  - write-frames");
    reduction.reduce(&[]);
    let name = "run/CORR-R0001-AGIPD08-S00000";
    let refusing = Refusing { name: name.into(), call: "long read", from: 1, times: u32::MAX / 2, errno: 0 };
    let Some(mut environment) = refusing.environment() else { return };
    environment.push(("TRAINYARD_STORAGE_TIMEOUT".into(), "8".into()));
    let (output, run) = (reduction.output(), input.run());
    let arguments = [Path::new("validate"), &output, Path::new("--against"), &run];
    let ended = start_with(&borrowed(&environment), arguments).wait(PATIENCE).expect(5);
    ended.complains(&["storage did not read within 8s", name]);
}
