//! Input that vanishes or changes, and what a crash leaves: the run is finished with the same bytes, or refused with the reason.

use std::path::Path;
use std::process::Command;
use trainyard_tests::{copy_folder, program, python, Child, OwnRun, Published, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

fn name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("a name")
}

fn whole(input: &OwnRun) -> Published {
    Reduction::new(&input.run(), STEPS).reduce(&[])
}

#[test]
fn a_file_that_vanishes_is_named_and_the_run_goes_on_when_it_is_back() {
    let input = OwnRun::copied();
    let whole = whole(&input);
    let (reduction, mut child, file) = input.paused(STEPS);
    let away = input.take_away(&file);
    child.signal(libc::SIGCONT);
    child.wait(PATIENCE).expect(5).complains(&[name(&file), "No such file"]);
    let gone = format!("{} is no longer in the run", name(&file));
    reduction.run(&[]).expect(3).complains(&["another plan", &gone, "--overwrite"]);
    assert!(!reduction.output().join("reduction.json").exists());
    std::fs::rename(away, &file).expect("back again");
    reduction.reduce(&[]).same_as(&whole, "after a file was away");
}

#[test]
fn a_file_that_changes_during_the_run_is_an_error() {
    let input = OwnRun::copied();
    type Change = fn(&Path);
    let changes: [(Change, &str, i32, &str); 3] = [
        (overwrite_end, "it was written to", 3, "was written to since"),
        (append, "it had", 3, "bytes and has"),
        // that it is no whole file comes before what it was
        (shorten, "it had", 4, "truncated file"),
    ];
    for (change, how, code, then) in changes {
        let (reduction, mut child, file) = input.paused(STEPS);
        let away = input.folder().join("before");
        std::fs::copy(&file, &away).expect("a copy");
        change(&file);
        child.signal(libc::SIGCONT);
        let words = ["the file changed during the run", how, name(&file), "--overwrite"];
        child.wait(PATIENCE).expect(4).complains(&words);
        // nor may the next run mix old and new
        reduction.run(&[]).expect(code).complains(&[name(&file), then, "hint: "]);
        assert!(!reduction.output().join("reduction.json").exists());
        // what the hint says, where the file is whole
        if code == 3 {
            reduction.run(&["--overwrite"]).expect(0);
        }
        std::fs::copy(&away, &file).expect("as before");
    }
}

/// The last bytes of a file are data, so its structure stays readable.
fn overwrite_end(file: &Path) {
    use std::os::unix::fs::FileExt;
    let handle = std::fs::OpenOptions::new().write(true).open(file).expect("a file");
    let size = handle.metadata().expect("a size").len();
    handle.write_all_at(&[0x55; 64], size - 64).expect("written");
}

fn append(file: &Path) {
    let size = std::fs::metadata(file).expect("a size").len();
    std::fs::OpenOptions::new().write(true).open(file).and_then(|f| f.set_len(size + 100)).expect("longer");
}

fn shorten(file: &Path) {
    let size = std::fs::metadata(file).expect("a size").len();
    std::fs::OpenOptions::new().write(true).open(file).and_then(|f| f.set_len(size - size / 4)).expect("shorter");
}

#[test]
fn input_that_changed_between_two_starts_is_refused_and_said() {
    let input = OwnRun::copied();
    let reduction = Reduction::cut_short(&input.run(), STEPS);
    let ledger = || published_ledger(&reduction);
    let file = input.file("AGIPD08-S00001");
    let (before, time) = (std::fs::read(&file).expect("a file"), modified(&file));
    let refused = |how: &str| {
        let held = ledger();
        reduction.run(&[]).expect(3).complains(&["the output folder holds", name(&file), how, "--overwrite"]);
        assert_eq!(ledger(), held, "a refused run wrote something");
        std::fs::write(&file, &before).expect("as before");
        std::fs::File::options().write(true).open(&file).and_then(|f| f.set_modified(time)).expect("as before");
    };
    append(&file);
    // libhdf5 does not mind bytes behind the end
    refused(&format!("had {} bytes and has {}", before.len(), before.len() + 100));
    overwrite_end(&file);
    refused("was written to since");
    if python("edit_index.py", [&file]).is_some() {
        refused("has another index");
    }
    // as it was, it goes on; changed, it starts anew
    overwrite_end(&file);
    reduction.run(&["--overwrite"]).expect(0);
    let fresh = Reduction::new(&input.run(), STEPS).reduce(&[]);
    reduction.published().same_as(&fresh, "started anew with changed input");
}

fn modified(file: &Path) -> std::time::SystemTime {
    std::fs::metadata(file).and_then(|m| m.modified()).expect("a time")
}

/// Names and bytes of the ledger.
fn published_ledger(reduction: &Reduction) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(reduction.output().join(".trainyard/ledger"))
        .expect("a ledger")
        .flatten()
        .map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).expect("a file")))
        .collect();
    files.sort();
    files
}

/// As after a crash that lost the end of the ledger: what it does not tell any more is done again.
#[test]
fn a_ledger_cut_anywhere_is_gone_on_with() {
    let input = OwnRun::copied();
    let whole = whole(&input);
    let saved = Reduction::cut_short(&input.run(), STEPS);
    let ledger = published_ledger(&saved);
    let (file, bytes) = ledger.last().expect("a ledger");
    let last_line = bytes[..bytes.len() - 1].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
    for length in [0, 1, last_line - 1, last_line, last_line + 20, bytes.len() - 1] {
        let reduction = Reduction::new(&input.run(), STEPS);
        copy_folder(&saved.output(), &reduction.output());
        std::fs::write(reduction.output().join(".trainyard/ledger").join(file), &bytes[..length])
            .expect("a shorter ledger");
        reduction.reduce(&[]).same_as(&whole, &format!("a ledger of {length} of {} bytes", bytes.len()));
    }
}

/// A file is on disk before it has its name, its name before the ledger tells of it.
#[test]
fn files_are_synced_before_they_are_renamed_and_noted() {
    let input = OwnRun::copied();
    let reduction = Reduction::new(&input.run(), STEPS);
    let log = reduction.folder().join("calls");
    let calls = "trace=fsync,fdatasync,rename,renameat,renameat2,write";
    let mut command = Command::new("strace");
    command
        .args(["-f", "-y", "-s", "64", "-e", calls, "-o"])
        .arg(&log)
        .arg(program())
        .arg("run")
        .arg(reduction.workflow());
    if Command::new("strace").arg("-V").output().is_err() {
        println!("skipped: there is no strace");
        return;
    }
    Child::start(&mut command).wait(PATIENCE).expect(0);
    let log = std::fs::read_to_string(log).expect("a log");
    let lines: Vec<&str> = log.lines().collect();
    let synced = |from: usize, path: &str| {
        let path = format!("<{path}>");
        lines[from..].iter().position(|l| l.contains("sync(") && l.contains(&path)).map(|n| from + n)
    };
    let mut renames = 0;
    for (number, line) in
        lines.iter().enumerate().filter(|(_, line)| line.contains("rename") && !line.contains(" resumed>"))
    {
        let paths: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let [from, to] = paths[..] else { panic!("{line}") };
        if Path::new(from).parent() == Path::new(to).parent() && name(Path::new(from)) == "lock.new" {
            continue;
        }
        let folder = Path::new(to).parent().and_then(Path::to_str).expect("a folder");
        if !from.contains("/finished/") {
            // a note is written under another name beside its own, and synced there
            let at = synced(0, from).or_else(|| synced(0, &format!("{from}.new")));
            assert!(at.is_some_and(|at| at < number), "not synced before {line}");
        }
        let after = synced(number, folder).unwrap_or_else(|| panic!("the folder is not synced after {line}"));
        if to.contains("/finished/") && to.ends_with(".h5") {
            let noted = lines
                .iter()
                .position(|l| l.contains("write(") && l.contains("/ledger/") && l.contains(name(Path::new(to))));
            // long lines are cut, so only those that show the name can be compared
            assert!(noted.is_none_or(|noted| after < noted), "noted before the folder is synced: {line}");
        }
        renames += 1;
    }
    assert!(renames > 20, "only {renames} renames were seen");
    assert!(lines.iter().any(|l| l.contains("fdatasync(") && l.contains("/ledger/")), "the ledger is not synced");
}
