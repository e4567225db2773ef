//! What is refused, with which exit code and words, and that nothing is touched by it.

use std::path::Path;
use std::process::Command;
use trainyard_tests::{program, published, simulated, trainyard, Child, Powder, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 2}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - write-frames: {codec: lz4}";

#[test]
fn five_mistakes_are_told_at_once() {
    let run = Powder::raw();
    let text = format!(
        "run: {}
geometry: {{file: {}, distance: \"9 keV\"}}
output: reduced
steps:
  - lit-frame
  - keep: lit
  - integrate-azimuthally: {{unit: r_mm, bin: 100, polarisation: 1.5}}
  - lit-frames: {{xgm: \"SPB_XTD9_XGM/XGM/DOOC:output\"}}
",
        run.display(),
        run.join("simulated.geom").display()
    );
    let reduction = Reduction::of_text(&text);
    let file = reduction.workflow().display().to_string();
    let all = [
        (2, "\"9 keV\"", "distance", "m"),
        (5, "lit-frame", "unknown step `lit-frame`", "did you mean `lit-frames`?"),
        (7, "bin:", "unknown key `bin`", "did you mean `bins`?"),
        (7, "1.5", "`polarisation` must be", "at most 1"),
        (8, "\"SPB_XTD9", "SPB_XTD9_XGM/XGM/DOOC:output", "SPB_XTD9_XGM/XGM/DOOCS:output"),
    ];
    for verb in ["check", "run", "plan"] {
        let refused = trainyard([verb, &file]).expect(3);
        let problems: Vec<&str> = refused.stderr.split("\n\n").collect();
        assert_eq!(problems.len(), all.len(), "{verb} says\n{}", refused.stderr);
        for ((line, at, what, suggestion), problem) in all.iter().zip(problems) {
            let text_line = text.lines().nth(line - 1).expect("a line");
            let column = text_line.find(at).expect("the place") + 1;
            let place = format!("--> {file}:{line}:{column}\n");
            for part in [place.as_str(), what, suggestion] {
                assert!(problem.contains(part), "no `{part}` in\n{problem}");
            }
        }
        assert!(refused.stdout.is_empty() && !reduction.output().exists(), "{verb} touched something");
    }
}

/// A condition with the wrong unit is told though the step before it is unknown; that its columns are missing is not.
#[test]
fn what_follows_from_a_mistake_is_not_a_mistake() {
    let reduction = Reduction::new(
        &Powder::raw(),
        "steps:
  - lit-frames
  - find-hit: {}
  - keep: hit
  - keep: energy > \"5 mm\"
  - integrate-azimuthally: {unit: q, bins: 10}",
    );
    let refused = reduction.check(&[]).expect(3).complains(&["unknown step `find-hit`", "5 mm", "`unit`"]);
    assert_eq!(refused.stderr.matches("error: ").count(), 3, "{}", refused.stderr);
}

#[test]
fn a_finished_folder_needs_nothing() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let first = reduction.reduce(&[]);
    let before = modified(&reduction.output());
    let again = reduction.run(&["--threads", "1"]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    reduction.published().same_as(&first, "a second run");
    assert_eq!(modified(&reduction.output()), before, "something was written anew");
}

#[test]
fn overwriting_replaces_a_finished_run() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    reduction.reduce(&[]);
    let other = ["--set", "steps.0.bins=50"];
    reduction.run(&other).expect(3).complains(&["another plan", "hint:", "--overwrite"]);
    let fresh = Reduction::new(&Powder::corrected(), &STEPS.replace("bins: 100", "bins: 50")).reduce(&[]);
    reduction.run(&[other[0], other[1], "--overwrite"]).expect(0);
    reduction.published().same_as(&fresh, "overwritten");
}

/// Fewer files than before: those of the earlier reduction go.
#[test]
fn overwriting_leaves_no_file_of_the_earlier_run() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let many = reduction.reduce(&[]);
    let few = Reduction::new(&Powder::corrected(), &STEPS.replace("trains: 2", "trains: 8"));
    std::fs::copy(few.workflow(), reduction.workflow()).expect("another workflow");
    reduction.run(&["--overwrite"]).expect(0);
    let after = reduction.published();
    assert!(after.0.len() < many.0.len());
    after.same_as(&few.reduce(&[]), "overwritten by fewer files");
}

type Times = Vec<(String, std::time::SystemTime, u64)>;

fn modified(folder: &Path) -> Times {
    let mut times: Times = std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|e| {
            let data = e.metadata().expect("an entry");
            (e.file_name().to_string_lossy().into_owned(), data.modified().expect("a time"), data.len())
        })
        .collect();
    times.sort();
    times
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    for name in ["thesis.tex", "RAW-R0001-AGIPD00-S00000.h5", "reduction.json"] {
        let reduction = Reduction::new(&Powder::corrected(), STEPS);
        std::fs::create_dir(reduction.output()).expect("a folder");
        std::fs::write(reduction.output().join(name), b"mine").expect("a file");
        let before = modified(&reduction.output());
        reduction.run(&[]).expect(3).complains(&["the output folder holds", "hint:", "output"]);
        assert_eq!(modified(&reduction.output()), before);
        if name != "reduction.json" {
            reduction.run(&["--overwrite"]).expect(3);
            assert_eq!(modified(&reduction.output()), before);
        }
    }
}

#[test]
fn the_input_is_no_output() {
    let run = Powder::corrected();
    let before = modified(&run);
    let reduction = Reduction::new(&run, STEPS);
    for more in [&[][..], &["--overwrite"]] {
        let mut arguments = vec!["--set", "output="];
        let output = format!("output={}", run.display());
        arguments[1] = &output;
        arguments.extend(more);
        reduction.run(&arguments).expect(3).complains(&["the output folder is the run itself", "hint:"]);
        assert_eq!(modified(&run), before);
    }
}

/// A reduced run is a run, and its folder has a ledger that names its files: none of them may be cleared away.
#[test]
fn a_reduced_run_is_no_output_of_its_own_reduction() {
    let first = Reduction::new(&Powder::corrected(), STEPS);
    first.reduce(&[]);
    let before = modified(&first.output());
    let second = Reduction::new(&first.output(), "steps:\n  - write-frames");
    let output = format!("output={}", first.output().display());
    for more in [&[][..], &["--overwrite"]] {
        second.run(&[&["--set", &output], more].concat()).expect(3).complains(&["the output folder is the run itself"]);
        assert_eq!(modified(&first.output()), before);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_5() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    std::fs::write(reduction.folder().join("file"), b"").expect("a file");
    let below = format!("output={}", reduction.folder().join("file/reduced").display());
    reduction.run(&["--set", &below]).expect(5).complains(&["error: failed to", "file/reduced"]);
    // nobody may create a folder here, not even the superuser
    let nowhere = "/proc/reduced";
    reduction.run(&["--set", &format!("output={nowhere}")]).expect(5).complains(&[nowhere]);
}

#[test]
fn a_full_disk_is_5_and_can_be_resumed() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let whole = Reduction::new(&Powder::corrected(), STEPS).reduce(&[]);
    let disk = reduction.folder().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let script = reduction.folder().join("full.sh");
    // a disk of our own, seen by this script alone
    let text = "\
mount -t tmpfs -o size=${3}k none \"$2\" || exit 99
\"$1\" run \"$4\" --set output=\"$2/reduced\" >&2; echo $?
ls \"$2/reduced\"
mount -o remount,size=1g \"$2\" || exit 99
\"$1\" run \"$4\" --set output=\"$2/reduced\" >&2; echo $?
cp -r \"$2/reduced\" \"$5\"
";
    std::fs::write(&script, text).expect("a script");
    let size: usize = whole.0.values().map(Vec::len).sum();
    for (number, share) in [0.02, 0.3, 0.6, 0.9].into_iter().enumerate() {
        let room = ((size as f64 * share) as usize / 1024).to_string();
        let copy = reduction.folder().join(format!("copy{number}"));
        // the superuser may mount, others in a name space of theirs
        let found = [&["-m"][..], &["-r", "-m"]].iter().find_map(|how| {
            let mut command = Command::new("unshare");
            command
                .args(*how)
                .arg("sh")
                .arg(&script)
                .arg(program())
                .arg(&disk)
                .arg(&room)
                .arg(reduction.workflow())
                .arg(&copy);
            let done = command.output().ok()?;
            (done.status.code() == Some(0)).then_some(done)
        });
        let Some(done) = found else {
            println!("skipped: no disk can be mounted here");
            return;
        };
        let said = String::from_utf8_lossy(&done.stderr);
        let lines = String::from_utf8_lossy(&done.stdout).into_owned();
        let lines: Vec<&str> = lines.lines().collect();
        // nothing is published, only our own folder is there
        assert_eq!(lines, ["5", "0"], "with {room} KiB: {said}");
        assert!(said.contains("error: ") && said.contains("No space left on device"), "{said}");
        assert!(said.contains("hint: free some space, then run again"), "{said}");
        published(&copy).same_as(&whole, &format!("resumed after a disk of {room} KiB was full"));
    }
}

#[test]
fn a_limit_of_file_sizes_is_5_and_can_be_resumed() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let whole = Reduction::new(&Powder::corrected(), STEPS).reduce(&[]);
    // what it says goes to a file too
    for blocks in [16, 100, 400] {
        let script = format!("ulimit -f {blocks}; exec {} run {}", program().display(), reduction.workflow().display());
        let ended = Child::start(Command::new("sh").args(["-c", &script])).wait(PATIENCE).expect(5);
        ended.complains(&["File too large", "hint: raise the limit of file sizes (`ulimit -f`), then run again"]);
        assert!(!reduction.output().join("reduction.json").exists());
    }
    reduction.reduce(&[]).same_as(&whole, "with larger files allowed");
}

#[test]
fn too_little_memory_is_3_with_the_figure() {
    let run = simulated("powder --trains 2 --pulses 4 --modules 0");
    let reduction = Reduction::new(&run, STEPS);
    reduction.run(&["--memory", "64KiB"]).expect(3).complains(&["MiB", "at least", "--memory"]);
    assert!(!reduction.output().exists());
}

/// What `run` would end with for want of room or of permission, `check` says before.
#[test]
fn a_folder_without_room_is_told_by_check() {
    let copied = Reduction::new(&Powder::corrected(), "steps:\n  - write-frames");
    copied.check(&[]).expect(0);
    let script = copied.folder().join("check.sh");
    let disk = copied.folder().join("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let text = "\
mount -t tmpfs -o size=100k none \"$2\" || exit 99
\"$1\" check \"$3\" --set output=\"$2/reduced\" >&2; echo $?
mount -o remount,size=1g \"$2\" || exit 99
\"$1\" check \"$3\" --set output=\"$2/reduced\" >&2; echo $?
mount -o remount,ro \"$2\" || exit 99
\"$1\" check \"$3\" --set output=\"$2/reduced\" >&2; echo $?
ls \"$2\"
";
    std::fs::write(&script, text).expect("a script");
    let arguments = [script.as_path(), program(), &disk, &copied.workflow()].map(ToOwned::to_owned);
    let found = [&["-m"][..], &["-r", "-m"]].iter().find_map(|how| {
        let done = Command::new("unshare").args(*how).arg("sh").args(&arguments).output().ok()?;
        (done.status.code() == Some(0)).then_some(done)
    });
    let Some(done) = found else {
        println!("skipped: no disk can be mounted here");
        return;
    };
    let said = String::from_utf8_lossy(&done.stderr);
    let lines = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(lines.lines().collect::<Vec<_>>(), ["5", "0", "5"], "{said}");
    for words in ["are to be written, and there is room for", "hint: make room there", "Read-only file system"] {
        assert!(said.contains(words), "no `{words}` in\n{said}");
    }
    // nor below a file
    std::fs::write(copied.folder().join("file"), b"").expect("a file");
    let below = format!("output={}", copied.folder().join("file/reduced").display());
    copied.check(&["--set", &below]).expect(5).complains(&["error: failed to", "file"]);
}
