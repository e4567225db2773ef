//! Published is what the plan demands, or nothing: whatever happens to finished files, parts, ledger and notes, at rest or
//! while a run works, the next start ends with the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use trainyard_tests::{copy_folder, sized, Child, Harm, Powder, Published, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 1}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 200, per: run}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// Two passes: scores of the whole run decide what is kept.
const TWO_PASSES: &str = "sequence: {trains: 1}
steps:
  - find-hits: {method: lit-pixels, threshold: 0.7, modules: [0, 5], mode: adaptive, min-scores: 10}
  - keep: hit
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// What is not ours and must never be touched.
const TREASURE: &str = "not to be touched";

fn whole(steps: &str) -> Published {
    Reduction::new(&Powder::raw(), steps).reduce(&[])
}

fn work(reduction: &Reduction) -> PathBuf {
    reduction.output().join(".trainyard")
}

/// A run that was killed with some sequences and slow data done.
struct Killed {
    folder: tempfile::TempDir,
    steps: &'static str,
}

impl Killed {
    fn new(steps: &'static str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        copy_folder(&Reduction::cut_short(&Powder::raw(), steps).output(), folder.path());
        Killed { folder, steps }
    }

    /// The same state again, and a file beside it that is not ours.
    fn again(&self) -> (Reduction, PathBuf) {
        let reduction = Reduction::new(&Powder::raw(), self.steps);
        copy_folder(self.folder.path(), &reduction.output());
        let treasure = reduction.folder().join("treasure");
        fs::write(&treasure, TREASURE).expect("written");
        (reduction, treasure)
    }

    /// One file of every kind that lies in the work folder.
    fn files(&self) -> Vec<PathBuf> {
        let work = self.folder.path().join(".trainyard");
        let kinds = ["finished/*AGIPD00-S", "finished/*REDU00-S", "finished/*DA", "parts/0-", "ledger/", "lease.json"];
        let notes = ["basis.json", "plan.json"];
        let mut found = Vec::new();
        for kind in kinds.iter().chain(&notes) {
            let (folder, name) = kind.split_once('/').unwrap_or(("", *kind));
            let name = name.trim_start_matches('*');
            let mut files: Vec<_> = fs::read_dir(work.join(folder)).expect("a folder").flatten().collect();
            files.retain(|file| file.file_name().to_string_lossy().contains(name) && file.path().is_file());
            files.sort_by_key(|file| file.file_name());
            // slow data need not be done yet
            assert!(!files.is_empty() || kind.contains("DA"), "no {kind}");
            found.extend(files.first().map(|file| file.path().strip_prefix(self.folder.path()).expect("in it").into()));
        }
        found
    }
}

#[test]
fn whatever_happens_to_what_is_finished_the_next_start_makes_it_whole() {
    let whole = whole(STEPS);
    let killed = Killed::new(STEPS);
    let mut told = 0;
    for (turn, file) in killed.files().into_iter().enumerate() {
        for harm in Harm::some(turn) {
            let (reduction, treasure) = killed.again();
            let path = reduction.output().join(&file);
            harm.befall(&path, &treasure);
            let what = format!("{harm:?} {}", file.display());
            let ended = reduction.run(&[]);
            assert_eq!(ended.code, Some(0), "{what}: {}", ended.stderr);
            reduction.published().same_as(&whole, &what);
            told += usize::from(ended.stderr.contains("WARN"));
            assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE, "{what}");
        }
    }
    assert!(told > sized(3, 10), "only {told} of these were told");
}

#[test]
fn ranks_share_the_reading_of_what_is_finished() {
    let whole = whole(STEPS);
    let killed = Killed::new(STEPS);
    for (turn, file) in killed.files().into_iter().enumerate() {
        let both = [Harm::Removed, Harm::Bit];
        for harm in sized(vec![both[turn % 2]], both.to_vec()) {
            let (reduction, treasure) = killed.again();
            harm.befall(&reduction.output().join(&file), &treasure);
            let Some(child) = reduction.start_on_ranks(2, &["--threads", "1"]) else { return };
            child.wait(PATIENCE).expect(0);
            reduction.published().same_as(&whole, &format!("2 ranks, {harm:?} {}", file.display()));
        }
    }
}

/// Which lines of a ledger are damaged does not matter, as long as the others can be read.
#[test]
fn every_line_of_the_ledger_stands_for_itself() {
    let whole = whole(STEPS);
    let killed = Killed::new(STEPS);
    let (reduction, _) = killed.again();
    let (name, bytes) = ledger(&reduction);
    let ends: Vec<usize> = bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    assert!(ends.len() >= 2, "{} lines", ends.len());
    for line in 0..ends.len() {
        let (reduction, _) = killed.again();
        let start = if line == 0 { 0 } else { ends[line - 1] + 1 };
        let mut damaged = bytes.clone();
        damaged[start + 30] ^= 1;
        fs::write(work(&reduction).join("ledger").join(&name), damaged).expect("written");
        let ended = reduction.run(&[]).expect(0).complains(&[&format!("line {} is damaged", line + 1)]);
        reduction.published().same_as(&whole, &format!("line {line}: {}", ended.stderr));
    }
}

fn ledger(reduction: &Reduction) -> (String, Vec<u8>) {
    let mut files: Vec<_> = fs::read_dir(work(reduction).join("ledger")).expect("a ledger").flatten().collect();
    files.sort_by_key(|file| file.file_name());
    let file = files.first().expect("a file of lines");
    (file.file_name().to_string_lossy().into_owned(), fs::read(file.path()).expect("lines"))
}

/// A sequence is done and noted; the run stands still.
fn held(steps: &str) -> (Reduction, Child) {
    Reduction::paused(&Powder::raw(), steps)
}

#[test]
fn what_vanishes_or_changes_while_the_run_works_is_made_anew() {
    let whole = whole(STEPS);
    let kinds = [("finished", "AGIPD00-S"), ("finished", "REDU00-S"), ("parts", "0-"), ("finished", "DA")];
    for (turn, (folder, name)) in kinds.into_iter().enumerate() {
        for harm in Harm::some(turn) {
            let (reduction, mut child) = held(STEPS);
            let treasure = reduction.folder().join("treasure");
            fs::write(&treasure, TREASURE).expect("written");
            let files = fs::read_dir(work(&reduction).join(folder)).expect("a folder").flatten();
            let path =
                files.map(|f| f.path()).find(|f| f.file_name().is_some_and(|n| n.to_string_lossy().contains(name)));
            if let Some(path) = &path {
                harm.befall(path, &treasure);
            }
            child.signal(libc::SIGCONT);
            let ended = child.wait(PATIENCE);
            let what = format!("{harm:?} of {path:?}\n{}", ended.stderr);
            // a folder in place of a file may stay in the way of this start
            if harm == Harm::Folder && ended.code == Some(5) {
                reduction.run(&[]).expect(0);
            } else {
                assert_eq!(ended.code, Some(0), "{what}");
            }
            reduction.published().same_as(&whole, &what);
            assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE, "{what}");
        }
    }
}

#[test]
fn a_ledger_line_that_turns_while_the_run_works_costs_its_work_alone() {
    let whole = whole(STEPS);
    let (reduction, mut child) = held(STEPS);
    let (name, mut bytes) = ledger(&reduction);
    let line = bytes.iter().position(|b| *b == b'\n').expect("a first line") + 1;
    bytes[line + 30] ^= 1;
    fs::write(work(&reduction).join("ledger").join(name), bytes).expect("written");
    child.signal(libc::SIGCONT);
    child.wait(PATIENCE).expect(0).complains(&["line 2 is damaged"]);
    reduction.published().same_as(&whole, "a line that turned");
}

/// The part of a first pass is needed by the second, by the decision between them, and by the last word.
#[test]
fn a_lost_part_of_an_earlier_pass_is_made_again() {
    let whole = whole(TWO_PASSES);
    let killed = Killed::new(TWO_PASSES);
    let (reduction, _) = killed.again();
    let parts: Vec<_> = fs::read_dir(work(&reduction).join("parts")).expect("parts").flatten().collect();
    for part in parts {
        for harm in [Harm::Removed, Harm::Bit, Harm::Zeros] {
            let (reduction, treasure) = killed.again();
            harm.befall(&work(&reduction).join("parts").join(part.file_name()), &treasure);
            reduction.reduce(&[]).same_as(&whole, &format!("{harm:?} of {:?}", part.file_name()));
        }
    }
    // behind the barrier, while the second pass works
    for harm in [Harm::Removed, Harm::Bit] {
        let reduction = Reduction::new(&Powder::raw(), TWO_PASSES);
        let mut child = reduction.start(&["--threads", "1"]);
        let second = |reduction: &Reduction| {
            fs::read_dir(work(reduction).join("parts"))
                .is_ok_and(|parts| parts.flatten().any(|part| part.file_name().to_string_lossy().starts_with("1-")))
        };
        child.until(|| second(&reduction));
        child.signal(libc::SIGSTOP);
        let path = work(&reduction).join("parts/0-00007.part");
        if path.exists() {
            harm.befall(&path, &reduction.workflow());
        }
        child.signal(libc::SIGCONT);
        child.wait(PATIENCE).expect(0);
        reduction.published().same_as(&whole, &format!("{harm:?} during the second pass"));
    }
}

/// Files are moved one by one, the mark comes last: cut anywhere, with whatever journal, the next start ends it.
#[test]
fn a_journal_is_not_believed() {
    let whole = whole(STEPS);
    let killed = Killed::new(STEPS);
    let journals = [
        String::new(),
        "{\"identity\": \"x\"".into(),
        "\u{0}\u{0}\u{0}".into(),
        "{\"identity\":\"x\",\"epoch\":1,\"files\":[\"../treasure\",\"reduction.json\"],\"checksum\":\"\"}".into(),
        "{\"identity\":\"x\",\"files\":[\"../../treasure\",\"/etc/hostname\"]}".into(),
    ];
    for journal in journals {
        for moved in [0, 2] {
            let (reduction, treasure) = killed.again();
            fs::write(work(&reduction).join("journal.json"), &journal).expect("written");
            let finished = work(&reduction).join("finished");
            for file in fs::read_dir(&finished).expect("files").flatten().take(moved) {
                fs::rename(file.path(), reduction.output().join(file.file_name())).expect("moved");
            }
            reduction.reduce(&[]).same_as(&whole, &format!("{moved} moved, journal {journal}"));
            assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE);
            assert!(!work(&reduction).join("journal.json").exists());
        }
    }
}

#[test]
fn a_finished_run_that_lost_a_file_is_not_done() {
    let whole = whole(STEPS);
    let names: Vec<String> = whole.0.keys().cloned().collect();
    let kinds = ["AGIPD00-S00000", "REDU00-S00001", "REDU01", "DA01", "reduction.json"];
    for (turn, name) in kinds.into_iter().enumerate() {
        let all = [Harm::Removed, Harm::Folder, Harm::Cut, Harm::Link, Harm::Zeros];
        for harm in sized(vec![all[turn], all[(turn + 2) % 5]], all.to_vec()) {
            let reduction = Reduction::new(&Powder::raw(), STEPS);
            reduction.run(&[]).expect(0);
            let name = names.iter().find(|n| n.contains(name)).expect("a published file");
            let treasure = reduction.folder().join("treasure");
            fs::write(&treasure, TREASURE).expect("written");
            harm.befall(&reduction.output().join(name), &treasure);
            if harm == Harm::Zeros && name != "reduction.json" {
                // content is the work of `validate --against`
                reduction.run(&[]).expect(0);
            } else {
                reduction.run(&[]).expect(5).complains(&[name, "--overwrite"]);
            }
            reduction.run(&["--overwrite"]).expect(0);
            reduction.published().same_as(&whole, &format!("{harm:?} of {name}, overwritten"));
            assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE);
        }
    }
}

/// Whatever state the notes of an earlier reduction are in, `--overwrite` leaves nothing of it.
#[test]
fn nothing_of_an_earlier_run_is_left() {
    let other = trainyard_tests::simulated("powder --trains 3 --pulses 4 --modules 0,8 --run 7 --seed 9");
    let fresh = Reduction::new(&other, STEPS).reduce(&[]);
    let text = |reduction: &Reduction| fs::read_to_string(reduction.workflow()).expect("a workflow");
    let garbage = |path: &Path| {
        let size = fs::metadata(path).expect("a file").len() as usize;
        fs::write(path, vec![b'#'; size]).expect("written");
    };
    for damage in ["nothing", "manifest", "ledger", "lease.json", "basis.json", "all but the ledger"] {
        let reduction = Reduction::new(&Powder::raw(), STEPS);
        reduction.run(&[]).expect(0);
        let manifest = reduction.output().join("reduction.json");
        match damage {
            "nothing" => {}
            "manifest" => garbage(&manifest),
            "ledger" => garbage(&work(&reduction).join("ledger").join(ledger(&reduction).0)),
            "all but the ledger" => {
                for note in ["lease.json", "basis.json", "plan.json"] {
                    garbage(&work(&reduction).join(note));
                }
                garbage(&manifest);
            }
            note => garbage(&work(&reduction).join(note)),
        }
        let own = text(&reduction);
        let powder = Powder::raw().display().to_string();
        fs::write(reduction.workflow(), own.replace(&powder, &other.display().to_string())).expect("written");
        reduction.run(&[]).expect(3).complains(&["--overwrite"]);
        reduction.run(&["--overwrite"]).expect(0);
        reduction.published().same_as(&fresh, &format!("{damage} damaged, overwritten by another run"));
    }
}

/// Links that others put where ours will be, in an output folder that everybody may write to.
#[test]
fn planted_links_are_refused_or_replaced() {
    use std::os::unix::fs::symlink;
    let whole = whole(STEPS);
    let killed = Killed::new(STEPS);
    let published = whole.0.keys().next().expect("a file").clone();
    let folders = [".trainyard", ".trainyard/finished", ".trainyard/parts", ".trainyard/ledger", ".trainyard/writing"];
    let files = [published.as_str(), "timing.json", ".trainyard/journal.json", ".trainyard/lease.json.new"];
    for (name, refused) in folders.iter().map(|f| (*f, true)).chain(files.iter().map(|f| (*f, false))) {
        let (reduction, treasure) = killed.again();
        let target = if refused { reduction.folder().join("elsewhere") } else { treasure.clone() };
        if refused {
            fs::create_dir(&target).expect("a folder");
            fs::remove_dir_all(reduction.output().join(name)).expect("removed");
        }
        symlink(&target, reduction.output().join(name)).expect("a link");
        if refused {
            reduction.run(&[]).expect(3).complains(&["link", "hint: somebody put it there"]);
            assert_eq!(fs::read_dir(&target).expect("a folder").count(), 0, "{name} was followed");
        } else {
            reduction.run(&[]).expect(0);
            let left = fs::symlink_metadata(reduction.output().join(name));
            assert!(left.is_err() || left.is_ok_and(|left| left.is_file()), "{name} is still a link");
            reduction.published().same_as(&whole, name);
        }
        assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE, "{name} was written through");
    }
}

/// The same while a run works: what lies behind the link stays as it is.
#[test]
fn a_link_in_place_of_a_folder_at_work_is_not_followed() {
    for folder in [".trainyard/finished", ".trainyard/parts", ".trainyard"] {
        let (reduction, mut child) = held(STEPS);
        let elsewhere = reduction.folder().join("elsewhere");
        fs::create_dir(&elsewhere).expect("a folder");
        let treasure = elsewhere.join("RAW-R0009-AGIPD00-S00000.h5");
        fs::write(&treasure, TREASURE).expect("written");
        let ours = reduction.output().join(folder);
        let aside = reduction.folder().join("aside");
        fs::rename(&ours, &aside).expect("moved");
        std::os::unix::fs::symlink(&elsewhere, &ours).expect("a link");
        child.signal(libc::SIGCONT);
        let ended = child.wait(PATIENCE);
        assert!(matches!(ended.code, Some(3 | 5)), "{folder}: {:?}\n{}", ended.code, ended.stderr);
        let left: Vec<_> = fs::read_dir(&elsewhere).expect("a folder").flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["RAW-R0009-AGIPD00-S00000.h5"], "{folder}: {}", ended.stderr);
        assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE, "{folder}");
        fs::remove_file(&ours).expect("the link goes");
        fs::rename(&aside, &ours).expect("moved");
        reduction.reduce(&[]).same_as(&whole(STEPS), folder);
    }
}

#[test]
fn a_lock_that_is_a_link_is_refused() {
    let killed = Killed::new(STEPS);
    let (reduction, treasure) = killed.again();
    fs::remove_file(work(&reduction).join("lock")).expect("removed");
    std::os::unix::fs::symlink(&treasure, work(&reduction).join("lock")).expect("a link");
    reduction.run(&[]).expect(3).complains(&["the lock of the output folder is a link", "hint:"]);
    assert_eq!(fs::read_to_string(&treasure).expect("it stands"), TREASURE);
}

#[test]
fn the_manifest_has_a_checksum_of_every_file() {
    let reduction = Reduction::new(&Powder::raw(), STEPS);
    let whole = reduction.reduce(&[]);
    let manifest = reduction.manifest();
    let files = manifest["files"].as_array().expect("files");
    assert_eq!(files.len() + 1, whole.0.len());
    for file in files {
        let bytes = &whole.0[file["name"].as_str().expect("a name")];
        assert_eq!(file["size"], bytes.len());
        assert_eq!(file["checksum"], format!("{:016x}", xxhash_rust::xxh3::xxh3_64(bytes)));
    }
}
