//! Storage as it is: files that block, are locked or not closed, and folders with things that are no files.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use trainyard_tests::{
    program, python, start_python, start_with, trainyard, Blocked, Child, OwnRun, Published, Reduction, PATIENCE,
};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// A short wait for storage: each test stays within seconds.
const IMPATIENT: [(&str, &str); 1] = [("TRAINYARD_STORAGE_TIMEOUT", "1")];

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

fn whole(input: &OwnRun) -> Published {
    Reduction::new(&input.run(), STEPS).reduce(&[])
}

#[test]
fn a_file_that_blocks_is_named_in_time() {
    let input = OwnRun::copied();
    let file = input.file("AGIPD08-S00001");
    let reduction = Reduction::new(&input.run(), STEPS);
    let Some(blocked) = Blocked::file(&file) else { return };
    let workflow = reduction.workflow();
    for arguments in [vec!["run".as_ref(), workflow.as_os_str()], vec!["inspect".as_ref(), input.run().as_os_str()]] {
        let ended = start_with(&IMPATIENT, arguments).wait(PATIENCE).expect(5);
        let ended = ended.complains(&["no answer about the file within 1s", name(&file), "TRAINYARD_STORAGE_TIMEOUT"]);
        assert!(ended.time < Duration::from_secs(10), "{:?}", ended.time);
    }
    assert!(!reduction.output().exists());
    drop(blocked);
    reduction.run(&[]).expect(0);
}

/// Many files on dead storage do not each take their time.
#[test]
fn a_dead_storage_is_not_asked_again_and_again() {
    let input = OwnRun::copied();
    let files: Vec<_> = std::fs::read_dir(input.run()).expect("a run").flatten().map(|e| e.path()).collect();
    let blocked: Vec<_> = files.iter().filter(|f| name(f).ends_with(".h5")).map(|f| Blocked::file(f)).collect();
    if blocked.iter().any(Option::is_none) {
        return;
    }
    let ended = start_with(&IMPATIENT, ["inspect".as_ref(), input.run().as_os_str()]).wait(PATIENCE).expect(5);
    assert!(ended.time < Duration::from_millis(3500), "{:?}", ended.time);
}

#[test]
fn a_folder_that_blocks_is_named_in_time() {
    let input = OwnRun::copied();
    let run = input.run();
    let fault = format!("hang:{}", run.parent().map(name).expect("a parent"));
    let environment = [IMPATIENT[0], ("TRAINYARD_OPENER_FAULT", fault.as_str())];
    let ended = start_with(&environment, ["inspect".as_ref(), run.as_os_str()]).wait(PATIENCE).expect(5);
    ended.complains(&["no answer", &format!("--> {}\n", run.display())]);
}

#[test]
fn a_time_limit_that_is_none_is_refused() {
    let input = OwnRun::copied();
    for wrong in ["0", "soon", "-3"] {
        let environment = [("TRAINYARD_STORAGE_TIMEOUT", wrong)];
        let ended = start_with(&environment, ["inspect".as_ref(), input.run().as_os_str()]).wait(PATIENCE).expect(3);
        ended.complains(&["TRAINYARD_STORAGE_TIMEOUT", wrong, "hint: "]);
    }
}

#[test]
fn storage_that_blocks_on_the_way_ends_the_run_and_the_next_goes_on() {
    let input = OwnRun::copied();
    let whole = whole(&input);
    for _ in 0..10 {
        let (reduction, mut child, file) = input.paused(STEPS);
        // it may have opened the file already
        let Some(blocked) = Blocked::file(&file) else { continue };
        child.signal(libc::SIGCONT);
        let ended = child.wait(PATIENCE).expect(5);
        ended.complains(&["no answer", "within 3s", name(&file)]);
        drop(blocked);
        reduction.reduce(&[]).same_as(&whole, "after the storage was back");
        return;
    }
    println!("skipped: no lease could be had in time");
}

#[test]
fn a_file_open_for_writing_is_told() {
    let input = OwnRun::copied();
    let (file, ready) = (input.file("DA01-S00000"), input.folder().join("ready"));
    let Some(mut writer) = start_python("hold.py", [&file, &ready]) else { return };
    assert!(writer.until(|| ready.exists()));
    let reduction = Reduction::new(&input.run(), &format!("on-bad-input: {{skip-up-to: 90%}}\n{STEPS}"));
    // it may be whole tomorrow: nothing is skipped for that
    let words = ["another program has it open for writing", name(&file), "HDF5_USE_FILE_LOCKING"];
    reduction.run(&[]).expect(5).complains(&words);
    reduction.start_with(&[("HDF5_USE_FILE_LOCKING", "FALSE")], &[]).wait(PATIENCE).expect(0);
    reduction.clear();
    drop(writer);
    reduction.run(&[]).expect(0);
}

#[test]
fn a_file_whose_writer_was_killed_is_told() {
    let input = OwnRun::copied();
    let file = input.file("DA01-S00001");
    if python("unclosed.py", [&file]).is_none() {
        return;
    }
    let words = ["the file was not closed", "its writer was killed", name(&file), "h5clear -s"];
    Reduction::new(&input.run(), STEPS).run(&[]).expect(4).complains(&words);
    // lasting damage, which may be skipped
    let reduction = Reduction::new(&input.run(), &format!("on-bad-input: {{skip-up-to: 1%}}\n{STEPS}"));
    reduction.run(&[]).expect(2).complains(&words);
    let problems = reduction.manifest()["problems"].clone();
    assert_eq!(problems.as_array().map(Vec::len), Some(1), "{problems}");
    assert!(problems[0].as_str().is_some_and(|p| p.starts_with(&format!("{}: the file was not", name(&file)))));
}

/// (name, what is said of it)
fn things(run: &Path) -> Vec<(&'static str, &'static str)> {
    use std::os::unix::fs::symlink;
    let path = |name: &str| run.join(name);
    std::fs::create_dir(path("a-folder.h5")).expect("a folder");
    symlink("nowhere/at-all", path("b-dangling.h5")).expect("a link");
    symlink("c-loop.h5", path("c-loop.h5")).expect("a link");
    assert!(Command::new("mkfifo").arg(path("d-pipe.h5")).status().expect("mkfifo").success());
    let _ = std::os::unix::net::UnixListener::bind(path("e-socket.h5")).expect("a socket");
    symlink("/dev/null", path("f-device.h5")).expect("a link");
    std::fs::write(path("g-empty.h5"), b"").expect("a file");
    std::fs::write(path("h-foreign.h5"), [b'x'; 5000]).expect("a file");
    let whole = std::fs::read(path("CORR-R0001-DA01-S00000.h5")).expect("a file");
    std::fs::write(path("i-cut.h5"), &whole[..whole.len() / 2]).expect("a file");
    vec![
        ("a-folder.h5", "not a regular file but a folder"),
        ("b-dangling.h5", "a link to `nowhere/at-all`, which is not there"),
        ("c-loop.h5", "a link that leads back to itself"),
        ("d-pipe.h5", "not a regular file but a named pipe"),
        ("e-socket.h5", "not a regular file but a socket"),
        ("f-device.h5", "not a regular file but a device"),
        ("g-empty.h5", "the file is empty"),
        ("h-foreign.h5", "not an HDF5 file"),
        ("i-cut.h5", "truncated file"),
    ]
}

#[test]
fn what_is_no_file_of_the_run_is_named_and_may_be_skipped() {
    let input = OwnRun::copied();
    let whole = whole(&input);
    let things = things(&input.run());
    let inspected = trainyard(["inspect".as_ref(), input.run().as_os_str()]).expect(2);
    Reduction::new(&input.run(), STEPS).run(&[]).expect(4).complains(&["not a regular file", "a-folder.h5", "8 more"]);
    let reduction = Reduction::new(&input.run(), &format!("on-bad-input: {{skip-up-to: 0.1%}}\n{STEPS}"));
    let reduced = reduction.run(&[]).expect(2);
    let problems = reduction.manifest()["problems"].clone();
    assert_eq!(problems.as_array().map(Vec::len), Some(things.len()), "{problems}");
    for ((name, what), problem) in things.iter().zip(problems.as_array().expect("a list")) {
        let problem = problem.as_str().expect("text");
        assert!(problem.starts_with(&format!("{name}: ")) && problem.contains(what), "{name}: {problem}");
        for said in [&inspected.stderr, &reduced.stderr] {
            assert!(said.contains(name) && said.contains(what), "no `{name}`, `{what}` in\n{said}");
        }
        assert!(!problem.contains(input.run().to_str().expect("text")), "a path of this machine: {problem}");
    }
    let data = |published: &Published| -> Published {
        let all = published.0.iter().filter(|(name, _)| *name != "reduction.json");
        Published(all.map(|(name, bytes)| (name.clone(), bytes.clone())).collect())
    };
    data(&reduction.published()).same_as(&data(&whole), "with other things in the folder");
}

/// A whole file of a module: its frames count against what may be lost, though nobody can read how many it held.
#[test]
fn frames_that_lack_a_skipped_file_are_counted() {
    let input = OwnRun::copied();
    let file = input.file("AGIPD08-S00001");
    std::fs::OpenOptions::new().write(true).open(&file).and_then(|f| f.set_len(3000)).expect("a shorter file");
    let with = |share: &str| Reduction::new(&input.run(), &format!("on-bad-input: {{skip-up-to: {share}}}\n{STEPS}"));
    let words = ["48 of 96 frames", name(&file)];
    with("49%").run(&[]).expect(4).complains(&words);
    let reduction = with("50%");
    reduction.run(&[]).expect(2).complains(&[name(&file)]);
    assert_eq!(reduction.manifest()["frames"]["kept"], 96);
    std::fs::remove_file(input.file("AGIPD08-S00000")).expect("a file");
    with("99%").run(&[]).expect(4).complains(&["96 of 96 frames", name(&file)]);
}

/// The superuser may read everything, so the program runs as nobody.
#[test]
fn a_file_that_may_not_be_read_is_a_matter_of_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let input = OwnRun::copied();
    let file = input.file("AGIPD00-S00000");
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("a mode");
    mode(input.folder(), 0o755);
    mode(&input.run(), 0o755);
    mode(&file, 0o000);
    let own = input.folder().join("trainyard");
    std::fs::copy(program(), &own).expect("a copy of the program");
    let mut command = Command::new(&own);
    command.arg("inspect").arg(input.run());
    // SAFETY: takes no argument and cannot fail.
    if unsafe { libc::geteuid() } == 0 {
        command.uid(65534).gid(65534);
    }
    let ended = Child::start(&mut command).wait(PATIENCE).expect(5);
    ended.complains(&["Permission denied", name(&file), "hint: check the permissions of the file"]);
}
