//! Files with damage anywhere: each is refused, or read as h5py reads the same file.
//!
//! Small files of every kind the program reads are damaged, structure rather than values, and everything in them is read
//! twice: as the program does it (maps and slow values through openers, chunks by position through our decoders), and by h5py
//! in a process of its own. For every dataset ours is an error or equal to h5py's values. No panic, no request that stays
//! unanswered; an opener may die of a file, and that is the file's error. Memory stays within 1 GiB of where it began.

mod ours;
mod seeds;
mod verbs;

use ours::{by_chunks, by_opener, Values};
use seeds::{seeds, Seed};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::time::Duration;
use trainyard_format::detector::Detector;
use trainyard_format::map::{FileMap, GroupMap, SourceMap};
use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};
use trainyard_format::run::{OpenPolicy, Run};
use trainyard_format::{Error, Result};
use trainyard_tests::{program, H5py, Random, Told};
use verbs::ends;

const MUTANTS: usize = 2400;
/// The program itself is run on one mutant of so many; no divisor of the number of seeds, so that each has its turn.
const PROGRAM_EVERY: usize = 23;
/// One mutant and h5py at a time each.
const LANES: usize = 2;
const LIMITS: Limits = Limits { time: Duration::from_secs(5), memory: 512 << 20 };
/// What our own process may use beyond what it had when the seeds were loaded, bytes.
const MOST_MEMORY: u64 = 1 << 30;

/// By exit code of the program.
const ENDS: [&str; 6] = ["program: 0", "program: 1", "program: 2", "program: 3", "program: 4", "program: 5"];

/// What became of mutants and datasets.
#[derive(Debug, Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    failures: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn of(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or(0)
    }
}

struct Mutant<'a> {
    title: String,
    pool: &'a OpenerPool,
    peer: &'a mut H5py,
    tally: &'a mut Tally,
    /// requests that took too long
    hung: usize,
}

impl Mutant<'_> {
    fn fail(&mut self, dataset: &str, what: impl std::fmt::Display) {
        self.tally.failures.push(format!("{}: {dataset}: {what}", self.title));
    }

    /// Errors are fine unless they are ours.
    fn error(&mut self, dataset: &str, error: &Error) {
        match error {
            Error::Bug { .. } | Error::Request { .. } | Error::Gate { .. } => self.fail(dataset, format!("{error:?}")),
            Error::Resource { what, .. } if what.starts_with("no answer") => {
                println!("{}: {dataset}: {what}", self.title);
                self.tally.count("requests that took too long");
                self.hung += 1;
            }
            Error::Input { what, .. } if what.contains("crashes the HDF5 library") => {
                println!("{}: {dataset}: {what}", self.title);
                self.tally.count("requests that an opener died of");
            }
            Error::Input { .. } | Error::Resource { .. } => {}
        }
    }

    fn examine(&mut self, folder: &Path, file: &Path) {
        let run = match Run::open(&[folder.into()], self.pool, OpenPolicy { skip_bad: true, files: false }) {
            Ok(run) => run,
            Err(error) => {
                self.error("/", &error);
                return self.tally.count("mutants refused");
            }
        };
        self.tally.count("mutants opened");
        run.skipped.iter().chain(&run.problems).for_each(|error| self.error("/", error));
        self.peer.look_at(file);
        let map = run.files[0].clone();
        self.trains(&map);
        for source in map.sources.iter().filter(|source| source.legacy_target.is_none()) {
            for group in &source.groups {
                self.index(&map, source, group);
            }
            for dataset in source.groups.iter().flat_map(|group| &group.datasets).chain(&source.run_values) {
                if self.hung > 2 {
                    return;
                }
                self.compare(&dataset.path, by_opener(self.pool, &map, dataset));
                if let Some(values) = by_chunks(self.pool, &map, dataset) {
                    self.compare(&dataset.path, values);
                }
            }
        }
        self.frames(&run);
        self.peer.leave();
    }

    fn compare(&mut self, dataset: &str, ours: Result<Values>) {
        let (verb, what, values) = match ours {
            Err(error) => {
                self.tally.count("datasets refused");
                return self.error(dataset, &error);
            }
            Ok(Values::Rows(what, bytes)) => ("rows", what, bytes),
            Ok(Values::Strings(texts)) => ("strings", "strings".into(), serde_json::to_vec(&texts).expect("JSON")),
        };
        match self.peer.ask(verb, dataset) {
            Told::Values(theirs, found) => {
                let same = match verb {
                    "strings" => texts(&values) == texts(&found),
                    _ => what == theirs && values == found,
                };
                if same {
                    self.tally.count("datasets equal");
                } else {
                    let first = values.iter().zip(&found).position(|(a, b)| a != b);
                    self.fail(dataset, format!("{what} here, {theirs} by h5py; differ from byte {first:?}"));
                }
            }
            other => self.fail(dataset, format!("{what} here, by h5py {other:?}")),
        }
    }

    /// Integers as h5py reads them; `None` and a failure where it does not.
    fn integers(&mut self, dataset: &str) -> Option<Vec<i128>> {
        match self.peer.ask("integers", dataset) {
            Told::Values(_, bytes) => Some(serde_json::from_slice(&bytes).expect("a list of integers")),
            other => {
                self.fail(dataset, format!("used here, by h5py {other:?}"));
                None
            }
        }
    }

    fn trains(&mut self, map: &FileMap) {
        let Some(mut ids) = self.integers("INDEX/trainId") else { return };
        while ids.last() == Some(&0) {
            ids.pop();
        }
        if ids != wide(&map.trains) {
            self.fail("INDEX/trainId", format!("{:?} here, {ids:?} by h5py", map.trains));
        }
    }

    /// `first` and `count` as they were fitted to the trains.
    fn index(&mut self, map: &FileMap, source: &SourceMap, group: &GroupMap) {
        if group.stored_index.first.is_none() || group.stored_index.count.is_none() {
            return;
        }
        let slash = if group.name.is_empty() { "" } else { "/" };
        let path = |column: &str| format!("INDEX/{}{slash}{}/{column}", source.name, group.name);
        let Some(first) = self.integers(&path("first")) else { return };
        let count = if self.peer.ask("integers", &path("count")) == Told::Missing {
            let (Some(last), Some(status)) = (self.integers(&path("last")), self.integers(&path("status"))) else {
                return;
            };
            let rows = first.iter().zip(&last).zip(&status);
            rows.map(|((first, last), status)| if *status == 0 { 0 } else { (last + 1 - first).max(0) * status })
                .collect()
        } else {
            let Some(count) = self.integers(&path("count")) else { return };
            count
        };
        for (column, mut theirs, ours) in [("first", first, &group.first), ("count", count, &group.count)] {
            theirs.resize(map.trains.len(), 0);
            if theirs != wide(ours) {
                self.fail(&path(column), format!("{ours:?} here, {theirs:?} by h5py"));
            }
        }
    }

    fn run_program(&mut self, seed: &Seed, folder: &Path, file: &Path) {
        for end in ends(seed, file, folder) {
            match end {
                Ok((_, code)) => self.tally.count(ENDS[code as usize]),
                Err(what) => self.fail("the program", what),
            }
        }
    }

    fn frames(&mut self, run: &Run) {
        match Detector::find(run, None, None) {
            Err(Error::Request { .. }) => {}
            Err(error) => self.error("the detector", &error),
            Ok(detector) => match detector.frames(run, &run.train_ids(), self.pool) {
                Ok((_, problems)) => problems.iter().for_each(|error| self.error("the frames", error)),
                Err(error) => self.error("the frames", &error),
            },
        }
    }
}

fn texts(json: &[u8]) -> Vec<String> {
    serde_json::from_slice(json).expect("a list of strings")
}

fn wide(values: &[u64]) -> Vec<i128> {
    values.iter().copied().map(i128::from).collect()
}

/// Most resident memory of this process so far, bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("our own status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    let kibibytes: u64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number");
    kibibytes << 10
}

fn lane(lane: usize, next: &AtomicUsize, seeds: &[Seed], pool: &OpenerPool, folder: &Path, tally: &Mutex<Tally>) {
    let Some(mut peer) = H5py::start() else { return };
    let folder = folder.join(format!("lane-{lane}"));
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= mutants() {
            return;
        }
        let seed = &seeds[number % seeds.len()];
        let (bytes, what) = seed.original.mutant(&mut Random::new(number as u64));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(&seed.name);
        std::fs::write(&file, bytes).expect("a mutant");
        let title = format!("mutant {number} of {} ({what})", seed.file.display());
        let mut own = Tally::default();
        let mut mutant = Mutant { title, pool, peer: &mut peer, tally: &mut own, hung: 0 };
        mutant.examine(&folder, &file);
        // an opener that hangs has minutes in the program
        if number.is_multiple_of(PROGRAM_EVERY) && mutant.hung == 0 {
            mutant.run_program(seed, &folder, &file);
        }
        peer.leave();
        std::fs::remove_dir_all(&folder).expect("our own folder");
        let mut all = tally.lock().expect("no lane has panicked");
        own.failures.iter().for_each(|failure| eprintln!("{failure}"));
        own.counts.into_iter().for_each(|(what, count)| *all.counts.entry(what).or_default() += count);
        all.failures.extend(own.failures);
    }
}

/// `TRAINYARD_MUTANTS` asks for more, or fewer while the test is being worked on.
fn mutants() -> usize {
    std::env::var("TRAINYARD_MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(MUTANTS)
}

#[test]
fn damaged_files_are_refused_or_read_as_h5py_reads_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(seeds) = seeds(folder.path()) else { return };
    let command = OpenerCommand { program: program().into(), args: vec!["opener".into()] };
    let pool = OpenerPool::start(command, LANES, LIMITS);
    let (next, tally, before) = (AtomicUsize::new(0), Mutex::new(Tally::default()), peak());
    std::thread::scope(|scope| {
        for number in 0..LANES {
            let (next, seeds, pool, tally, folder) = (&next, seeds.as_slice(), &pool, &tally, folder.path());
            scope.spawn(move || lane(number, next, seeds, pool, folder, tally));
        }
    });
    let tally = tally.into_inner().expect("no lane has panicked");
    println!("{} seeds, {:?}, {} MiB more memory at most", seeds.len(), tally.counts, (peak() - before) >> 20);
    let (opened, refused) = (tally.of("mutants opened"), tally.of("mutants refused"));
    assert!(tally.failures.is_empty(), "{} failures:\n{}", tally.failures.len(), tally.failures.join("\n"));
    assert_eq!(opened + refused, mutants());
    assert!(opened > mutants() / 5 && refused > mutants() / 20, "{opened} opened, {refused} refused");
    assert!(tally.of("datasets equal") > 10 * opened && tally.of("datasets refused") > opened / 20);
    assert!(peak() - before < MOST_MEMORY);
}
