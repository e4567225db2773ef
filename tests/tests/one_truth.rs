//! One plan for all ranks and all starts: ranks that differ refuse, another build refuses, and rank 0 alone looks at the input
//! while the run starts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use trainyard_tests::{program, trainyard_on_each, Child, OwnRun, Powder, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 50, per: frame}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 80, per: run}
  - write-frames: {codec: bitshuffle-lz4}";

/// The program as another build of the same code has it: one bit of the linker's note is another.
fn another_build(folder: &Path, build: &str) -> PathBuf {
    let mut bytes = std::fs::read(program()).expect("the program");
    let id: Vec<u8> = (0..build.len() / 2).map(|n| u8::from_str_radix(&build[2 * n..2 * n + 2], 16).unwrap()).collect();
    let at = bytes.windows(id.len()).position(|window| window == id).expect("the note in the program");
    bytes[at] ^= 1;
    let path = folder.join("another");
    std::fs::write(&path, bytes).expect("a copy");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("a mode");
    path
}

fn run(program: &Path, reduction: &Reduction, more: &[&str]) -> trainyard_tests::Finished {
    Child::start(Command::new(program).arg("run").arg(reduction.workflow()).args(more)).wait(PATIENCE)
}

/// The build of a published run, as its manifest has it.
fn build_of(reduction: &Reduction) -> String {
    reduction.manifest()["program"]["build"].as_str().expect("a build").to_owned()
}

fn words(reduction: &Reduction, more: &[&str]) -> Vec<OsString> {
    let workflow = reduction.workflow().into_os_string();
    [program().as_os_str().to_owned(), "run".into(), workflow].into_iter().chain(more.iter().map(Into::into)).collect()
}

#[test]
fn ranks_that_read_different_workflows_refuse() {
    let first = Reduction::new(&Powder::corrected(), STEPS);
    let text = std::fs::read_to_string(first.workflow()).expect("a workflow");
    let other = Reduction::of_text(&text.replace("bins: 50", "bins: 51"));
    for (second, difference) in [
        (words(&other, &[]), "`- integrate-azimuthally: {unit: r_mm, bins: 51, per: frame}`, rank 0 read `- integrate"),
        (words(&first, &["--set", "sequence={trains: 2}"]), "--set sequence={trains: 2}`, rank 0 with no `--set`"),
        (words(&first, &["--trains", "10000:10003"]), "--set trains="),
    ] {
        let Some(child) = trainyard_on_each(&[words(&first, &[]), second]) else { return };
        let ended = child.wait(PATIENCE).expect(3).complains(&["the ranks do not agree", "rank 1:", difference]);
        assert!(ended.time < Duration::from_secs(60), "it took {:?}", ended.time);
        assert!(!first.output().exists() && !other.output().exists(), "something was written");
    }
    // the same text beside another output
    let twin = Reduction::of_text(&text);
    let Some(child) = trainyard_on_each(&[words(&first, &[]), words(&twin, &[])]) else { return };
    child.wait(PATIENCE).expect(3).complains(&["the ranks do not agree", "rank 1: its workflow is"]);
    assert!(!first.output().exists() && !twin.output().exists(), "something was written");
    // all ranks on the same workflow
    let Some(child) = trainyard_on_each(&[words(&first, &[]), words(&first, &[])]) else { return };
    child.wait(PATIENCE).expect(0);
}

#[test]
fn ranks_of_different_builds_refuse() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    reduction.run(&[]).expect(0);
    let build = build_of(&reduction);
    let another = another_build(reduction.folder(), &build);
    reduction.clear();
    let mut second = words(&reduction, &[]);
    second[0] = another.into();
    let Some(child) = trainyard_on_each(&[words(&reduction, &[]), second]) else { return };
    child.wait(PATIENCE).expect(3).complains(&["the ranks do not agree", "rank 1: it is trainyard", &build]);
    assert!(!reduction.output().exists(), "something was written");
}

/// Stop, change an algorithm, rebuild, resume: two builds in one published run.
#[test]
fn another_build_neither_resumes_nor_takes_over() {
    let input = Powder::corrected();
    let whole = Reduction::new(&input, STEPS);
    let published = whole.reduce(&[]);
    let build = build_of(&whole);
    assert!(build.len() >= 16 && build.bytes().all(|b| b.is_ascii_hexdigit()), "{build}");
    let another = another_build(whole.folder(), &build);
    run(&another, &whole, &[]).expect(3).complains(&["of another plan", "begun by build", &build, "this is build"]);
    assert_eq!(whole.published().0, published.0, "a refused start changes nothing");
    let begun = Reduction::cut_short(&input, STEPS);
    let refused = run(&another, &begun, &[]).expect(3).complains(&["begun by build", &build]);
    // what the hint says
    refused.complains(&["`--overwrite`"]);
    begun.reduce(&[]).same_as(&published, "resumed by its own build");
    run(&another, &begun, &["--overwrite"]).expect(0);
    assert_ne!(build_of(&begun), build);
    let mut now = begun.published();
    now.0.remove("reduction.json");
    let mut before = published;
    before.0.remove("reduction.json");
    now.same_as(&before, "the same code by another build");
}

#[test]
fn a_job_that_meets_another_build_refuses() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let refused = reduction.run(&["--build", "0123abcd"]).expect(3);
    refused.complains(&["submitted by build 0123abcd", "submit it again"]);
    assert!(!reduction.output().exists());
    reduction.run(&[]).expect(0);
    let build = build_of(&reduction);
    reduction.clear();
    reduction.run(&["--build", &build]).expect(0);
}

/// What a mask holds is part of the plan, where it lies is not.
#[test]
fn a_named_file_counts_by_its_content() {
    let run = Powder::corrected();
    let pixels = 2 * 512 * 128;
    let mask = |folder: &Path, bad: usize| {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 512, 128), }\n";
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend((0..pixels).map(|pixel| u8::from(pixel < bad)));
        std::fs::write(folder.join("mask.npy"), bytes).expect("a mask");
    };
    let reduction = Reduction::new(&run, &format!("modules: [0, 5]\nmask: {{file: mask.npy}}\n{STEPS}"));
    mask(reduction.folder(), 100);
    let checked = reduction.check(&[]);
    if checked.code != Some(0) {
        panic!("the mask does not fit the run: {checked:?}");
    }
    reduction.run(&[]).expect(0);
    let elsewhere = reduction.folder().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a folder");
    mask(&elsewhere, 100);
    let moved = format!("mask.file={}", elsewhere.join("mask.npy").display());
    let again = reduction.run(&["--set", &moved]).expect(0);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    mask(&elsewhere, 101);
    reduction.run(&["--set", &moved]).expect(3).complains(&["checksums", "another plan"]);
}

/// Rank 0 opens the run; the others take over what it was told, and start no process that opens files.
#[test]
fn ranks_other_than_the_first_open_no_input_while_they_start() {
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: there is no strace");
        return;
    }
    let input = OwnRun::copied();
    let reduction = Reduction::new(&input.run(), STEPS);
    reduction.run(&[]).expect(0);
    let folder = reduction.folder().join("calls");
    std::fs::create_dir(&folder).expect("a folder");
    // a finished run is all start-up
    let script = format!(
        "exec strace -f -e trace=open,openat,stat,statx,newfstatat,execve -o {}/$OMPI_COMM_WORLD_RANK {} run {}",
        folder.display(),
        program().display(),
        reduction.workflow().display()
    );
    let shell: Vec<OsString> = vec!["sh".into(), "-c".into(), script.into()];
    let Some(child) = trainyard_on_each(&[shell.clone(), shell.clone(), shell]) else { return };
    let ended = child.wait(PATIENCE).expect(0);
    assert_eq!(ended.stdout.matches("nothing to do").count(), 1, "{}", ended.stdout);
    let files = std::fs::read_dir(input.run()).expect("the run").flatten();
    let files = files.filter(|e| e.path().extension().is_some_and(|x| x == "h5")).count();
    let of_input = format!("\"{}/", input.run().display());
    let calls = |rank: usize, what: &dyn Fn(&str) -> bool| {
        let path = folder.join(rank.to_string());
        let log = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("no log of rank {rank}: {e}"));
        log.lines().filter(|line| what(line)).count()
    };
    let opens = |line: &str| line.contains("open") && line.contains(&of_input) && line.contains(".h5\"");
    let looks = |line: &str| line.contains(&of_input) && line.contains(".h5\"");
    let openers = |line: &str| line.contains("execve(") && line.contains("\"opener\"");
    assert!(calls(0, &opens) >= files, "rank 0 opened {} of {files} files", calls(0, &opens));
    assert!(calls(0, &openers) > 0);
    for rank in [1, 2] {
        assert_eq!(calls(rank, &looks), 0, "rank {rank} looked at input files");
        assert_eq!(calls(rank, &openers), 0, "rank {rank} started openers");
    }
}

/// A limit of memory keeps the system from granting thousands of stacks.
#[test]
fn threads_that_are_not_granted_are_a_resource() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS);
    let script = format!(
        "ulimit -v 6000000; exec {} run {} --threads 8000",
        program().display(),
        reduction.workflow().display()
    );
    let ended = Child::start(Command::new("sh").args(["-c", &script])).wait(PATIENCE).expect(5);
    ended.complains(&["failed to start 8000 threads", "use fewer with --threads"]);
    assert!(!reduction.output().exists());
    let fewer = script.replace("--threads 8000", "--threads 2");
    Child::start(Command::new("sh").args(["-c", &fewer])).wait(PATIENCE).expect(0);
}

/// One rank is asked to stop: the other one ends by itself, with what it was at, and is not aborted.
#[test]
fn a_rank_that_stops_lets_the_others_finish() {
    for _ in 0..20 {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        let notes = reduction.folder().join("notes");
        std::fs::create_dir(&notes).expect("a folder");
        let notes = notes.display().to_string();
        let Some(mut child) = reduction.start_on_ranks(2, &["--threads", "1", "--notes", &notes]) else { return };
        child.until(|| reduction.under_way());
        let lease = std::fs::read(reduction.output().join(".trainyard/lease.json")).expect("a lease");
        let lease: serde_json::Value = serde_json::from_slice(&lease).expect("JSON");
        let _ = Command::new("kill").args(["-TERM", &lease["pid"].to_string()]).status();
        let ended = child.wait(PATIENCE);
        if ended.code == Some(0) {
            continue;
        }
        ended.expect(7).complains(&["interrupted", "run again to resume"]);
        // each rank says of itself that it was interrupted, not killed: they are ended when all have met
        for rank in 0..2 {
            let note = std::fs::read_to_string(Path::new(&notes).join(format!("{rank:05}.json"))).expect("a note");
            let note: serde_json::Value = serde_json::from_str(&note).expect("JSON");
            assert_eq!(note["exit"], 7, "rank {rank}: {note}");
        }
        reduction.run(&[]).expect(0);
        return;
    }
    panic!("no run could be stopped under way");
}
