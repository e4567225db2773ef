//! The output folder: what is in it, and may we work there?
//!
//! Others may be able to write into it. Whatever of ours is a link, or a folder where a file should be, was put there by
//! somebody else: it is refused or replaced, never followed.

use super::clear::{clear, sweep};
use super::journal::{close, MANIFEST};
use super::published::{Found, PublishedRun};
use super::{standing_entries, sync_folder, take_back, Basis, Entry, Lease, Ledger, LedgerFile, Noted};
use std::fs;
use std::path::{Path, PathBuf};
use trainyard_format::{Error, Place, Result};

#[derive(Clone, Debug)]
pub struct WorkFolder {
    pub output: PathBuf,
    /// `OUTPUT/.trainyard`
    pub path: PathBuf,
    /// run folders inside the output
    pub inner: Vec<String>,
}

impl WorkFolder {
    pub fn new(output: &Path) -> Self {
        WorkFolder { output: output.into(), path: output.join(".trainyard"), inner: Vec::new() }
    }

    /// With run folders inside the output.
    pub fn with_inner<S: Into<String>>(self, inner: impl IntoIterator<Item = S>) -> Self {
        WorkFolder { inner: inner.into_iter().map(Into::into).collect(), ..self }
    }

    /// Makes the run folders inside of `folder`.
    ///
    /// # Errors
    /// I/O errors; something else stands there.
    pub fn make_folders(&self, folder: &Path) -> Result<()> {
        for name in &self.inner {
            let path = folder.join(name);
            match fs::create_dir(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(Error::io("create the folder", &path, &e))
                }
                _ => {}
            }
        }
        self.check()
    }

    /// Brings names in `folder` and in the run folders inside of it to the disk.
    ///
    /// # Errors
    /// I/O errors.
    pub fn sync(&self, folder: &Path) -> Result<()> {
        for inner in self.inner.iter().map(|name| folder.join(name)).filter(|path| path.is_dir()) {
            sync_folder(&inner)?;
        }
        sync_folder(folder)
    }

    pub fn ledger(&self) -> PathBuf {
        self.path.join("ledger")
    }

    pub fn writing(&self) -> PathBuf {
        self.path.join("writing")
    }

    pub fn finished(&self) -> PathBuf {
        self.path.join("finished")
    }

    pub fn parts(&self) -> PathBuf {
        self.path.join("parts")
    }

    pub fn plan(&self) -> PathBuf {
        self.path.join("plan.json")
    }

    pub fn basis(&self) -> PathBuf {
        self.path.join("basis.json")
    }

    pub fn journal(&self) -> PathBuf {
        self.path.join("journal.json")
    }

    pub fn part_name(&self, pass: usize, sequence: usize) -> String {
        format!("{pass}-{sequence:05}.part")
    }

    pub fn rows_name(&self, pass: usize, sequence: usize) -> String {
        format!("{pass}-{sequence:05}.rows")
    }

    pub fn folds_name(&self, pass: usize, sequence: usize) -> String {
        format!("{pass}-{sequence:05}.folds")
    }

    pub fn maps_name(&self, pass: usize, sequence: usize) -> String {
        format!("{pass}-{sequence:05}.maps")
    }

    /// What the decisions behind a pass made.
    pub fn tables_name(&self, pass: usize) -> String {
        format!("{pass}.tables")
    }

    /// Removes what only a resumed run would need; the ledger stays. Parts go last: while they stand, this is not done.
    pub fn remove_scratch(&self) {
        for folder in [self.writing(), self.finished(), self.parts()] {
            match fs::remove_dir_all(&folder) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    tracing::warn!("failed to remove {}: {e}", folder.display())
                }
                _ => {}
            }
        }
    }

    /// Folders of ours are folders. Asked again before anything is moved or removed: somebody may put a link in place of one
    /// while a run works, and what lies behind it is not ours.
    ///
    /// # Errors
    /// One is a link or something else; it cannot be told.
    pub fn check(&self) -> Result<()> {
        let own = [self.path.clone(), self.ledger(), self.writing(), self.finished(), self.parts()];
        let inner = self.inner.iter().flat_map(|name| [self.output.join(name), self.finished().join(name)]);
        for folder in own.into_iter().chain(inner) {
            match fs::symlink_metadata(&folder) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    let what = "in place of a folder of ours stands a link, or something else";
                    return Err(Error::request(what, Place::file(&folder))
                        .with_hint("somebody put it there: remove it, or choose another `output`"));
                }
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(Error::io("look at", &folder, &e)),
            }
        }
        Ok(())
    }

    /// A publication that was cut short behind its commit mark.
    fn untidy(&self) -> bool {
        let stands = |path: PathBuf| fs::symlink_metadata(path).is_ok();
        stands(self.journal()) || stands(self.parts()) || stands(self.finished())
    }

    fn create(&self) -> Result<()> {
        for folder in [&self.output, &self.path, &self.ledger(), &self.writing(), &self.finished(), &self.parts()] {
            fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
        }
        self.check()?;
        self.make_folders(&self.finished())
    }
}

/// What an output folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    Nothing,
    /// the finished run of this plan
    Finished,
    /// the finished run of this plan, of which something is gone or changed
    Broken(String),
    /// this plan, not finished
    Unfinished,
    /// something else
    Other(String),
}

/// The folder is ours to work in, or there is nothing to do.
pub enum Claim {
    /// what earlier starts noted as done, to be read before it counts
    Work {
        lease: Lease,
        done: Vec<Entry>,
    },
    Finished,
}

/// Looks at `output` without touching it.
///
/// # Errors
/// It cannot be told what is in it; somebody put links there.
pub fn existing(work: &WorkFolder, basis: &Basis) -> Result<Existing> {
    let names = match fs::read_dir(&work.output) {
        Ok(entries) => entries.map(|e| e.map(|e| e.file_name())).collect::<std::io::Result<Vec<_>>>(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        Err(e) => Err(e),
    };
    let names = names.map_err(|e| Error::io("read the folder", &work.output, &e))?;
    work.check()?;
    let lines = Ledger::read(&work.ledger())?.noted;
    let changed = || Basis::read(&work.basis()).and_then(|before| before.changes(basis));
    match PublishedRun::read(&work.output)? {
        Found::Whole(run) if run.plan == basis.identity => return complete(work, &lines, &run, basis),
        Found::Whole(run) => {
            // of a plan whose basis is still here it can be told how it differs
            let how = changed().filter(|_| lines.iter().any(|line| line.plan == run.plan));
            let how = how.unwrap_or_else(|| "workflow, input or version changed".into());
            return Ok(Existing::Other(format!("a run of another plan: {how}")));
        }
        Found::Damaged(_) if published(&lines, &basis.identity).is_some() => {
            return Ok(Existing::Broken(format!("{MANIFEST} is damaged")))
        }
        Found::Damaged(_) => return Ok(Existing::Other(format!("a {MANIFEST} that is none of ours, or damaged"))),
        Found::None => {}
    }
    if published(&lines, &basis.identity).is_some() {
        return Ok(Existing::Broken(format!("{MANIFEST} is gone")));
    }
    // a submitted job leaves its script and log here before the first run
    let ours = |n: &std::ffi::OsString| matches!(n.to_str(), Some(".trainyard" | "log" | "job"));
    if !is_ours(work) {
        let strange = !names.iter().all(ours);
        return Ok(if strange { Existing::Other("files that are not ours".into()) } else { Existing::Nothing });
    }
    match lines.iter().rev().max_by_key(|line| line.epoch) {
        None => Ok(Existing::Unfinished),
        Some(last) if last.plan == basis.identity => Ok(match changed() {
            Some(how) => Existing::Other(format!("an unfinished run of input that changed since: {how}")),
            None => Existing::Unfinished,
        }),
        Some(_) => {
            let how = changed().unwrap_or_else(|| "workflow, input or version changed".into());
            Ok(Existing::Other(format!("a run of another plan: {how}")))
        }
    }
}

/// The manifest of this plan stands: does all that it names?
fn complete(work: &WorkFolder, lines: &[Noted], run: &PublishedRun, basis: &Basis) -> Result<Existing> {
    let as_noted = |manifest: &LedgerFile| (manifest.size, manifest.checksum) == (run.size, run.checksum);
    if published(lines, &run.plan).is_some_and(|manifest| !as_noted(manifest)) {
        return Ok(Existing::Broken(format!("{MANIFEST} is not as it was published")));
    }
    Ok(match run.lacking(&work.output)? {
        // other limits may refuse it
        None => match basis.judged_otherwise(&run.judged) {
            Some(how) => Existing::Other(format!("this reduction, judged otherwise: {how}")),
            None => Existing::Finished,
        },
        Some((first, 1)) => Existing::Broken(first),
        Some((first, count)) => Existing::Broken(format!("{first}, and {} more", count - 1)),
    })
}

/// The manifest as the ledger has it, when the plan is published.
fn published<'a>(lines: &'a [Noted], plan: &str) -> Option<&'a LedgerFile> {
    lines.iter().rev().find_map(|line| match &line.entry {
        Entry::Published { identity, manifest } if identity == plan => Some(manifest),
        _ => None,
    })
}

/// A reduction was begun here, whatever is left of it.
fn is_ours(work: &WorkFolder) -> bool {
    let stands = |path: &Path| fs::symlink_metadata(path).is_ok_and(|found| !found.is_symlink());
    stands(&work.ledger()) || stands(&work.path.join("lease.json"))
}

/// Takes the folder for a plan; called by rank 0 alone.
///
/// # Errors
/// The folder holds something else, or another run works in it.
pub fn claim(output: &Path, basis: &Basis, overwrite: bool) -> Result<Claim> {
    let work = WorkFolder::new(output).with_inner(&basis.folders);
    let found = existing(&work, basis)?;
    allowed(&work, &found, overwrite)?;
    if found == Existing::Finished && !overwrite && !work.untidy() {
        return Ok(Claim::Finished);
    }
    fs::create_dir_all(&work.path).map_err(|e| Error::io("create the folder", &work.path, &e))?;
    work.check()?;
    let lease = Lease::take(&work.path)?;
    // before the folder was ours alone, others may have come and gone
    let found = existing(&work, basis)?;
    allowed(&work, &found, overwrite)?;
    if overwrite && !matches!(found, Existing::Nothing | Existing::Unfinished) {
        clear(&work)?;
    } else if found == Existing::Finished {
        tidy(&work, &lease, basis)?;
        return Ok(Claim::Finished);
    }
    work.create()?;
    sweep(&work)?;
    let lines = Ledger::read(&work.ledger())?;
    lines.tell();
    let mut done = standing_entries(&lines.noted, &basis.identity, None);
    let files: Vec<LedgerFile> = done.iter().flat_map(|entry| entry.files().iter().cloned()).collect();
    take_back(&work, &files)?;
    // these are written anew from what the parts hold
    done.retain(|entry| !matches!(entry, Entry::Results { .. }));
    // that of the first start: what is done rests on it
    if Basis::read(&work.basis()).is_none_or(|before| before.identity != basis.identity) {
        if !done.is_empty() {
            tracing::warn!("{}: gone or damaged: all is done again", work.basis().display());
            done.clear();
        }
        basis.write(&work.basis())?;
    }
    let mut ledger = Ledger::open(&work.ledger(), lease.epoch(), 0, &basis.identity)?;
    ledger.append(Entry::Start { identity: basis.identity.clone(), version: basis.program.version.clone() })?;
    Ok(Claim::Work { lease, done })
}

/// May this start work in a folder that holds that?
///
/// # Errors
/// `Request`: something else is there. `Resource`: the finished run is not whole.
pub fn allowed(work: &WorkFolder, found: &Existing, overwrite: bool) -> Result<()> {
    let place = || Place::file(&work.output);
    let manifest = fs::symlink_metadata(work.output.join(MANIFEST)).is_ok();
    match found {
        Existing::Other(what) if !overwrite => Err(Error::request(format!("the output folder holds {what}"), place())
            .with_hint("choose another `output`, or give `--overwrite` to replace an earlier reduction")),
        Existing::Broken(what) if !overwrite => {
            Err(Error::resource(format!("the finished run is not whole any more: {what}"), place())
                .with_hint("give `--overwrite` to reduce again, or bring back what is missing"))
        }
        Existing::Other(_) if !manifest && !is_ours(work) => {
            Err(Error::request("the output folder holds files that are not ours", place())
                .with_hint("`--overwrite` replaces earlier reductions only: choose another `output`"))
        }
        _ => Ok(()),
    }
}

/// What a start that was killed behind the commit mark did not come to.
fn tidy(work: &WorkFolder, lease: &Lease, basis: &Basis) -> Result<()> {
    fs::create_dir_all(work.ledger()).map_err(|e| Error::io("create the folder", &work.ledger(), &e))?;
    if published(&Ledger::read(&work.ledger())?.noted, &basis.identity).is_none() {
        if let Found::Whole(run) = PublishedRun::read(&work.output)? {
            let mut ledger = Ledger::open(&work.ledger(), lease.epoch(), 0, &basis.identity)?;
            ledger.append(Entry::Published { identity: run.plan.clone(), manifest: run.manifest() })?;
        }
    }
    close(work)?;
    work.remove_scratch();
    Ok(())
}
