//! The output folder: what is in it, and may we work there?

use super::journal::MANIFEST;
use super::{roll_forward, Basis, Entry, Lease, Ledger};
use std::fs;
use std::path::{Path, PathBuf};
use trainyard_format::{Error, Place, Result};

/// Longest manifest read.
const LONGEST_MANIFEST: u64 = 256 << 20;

#[derive(Clone, Debug)]
pub struct WorkFolder {
    pub output: PathBuf,
    /// `OUTPUT/.trainyard`
    pub path: PathBuf,
}

impl WorkFolder {
    pub fn new(output: &Path) -> Self {
        WorkFolder { output: output.into(), path: output.join(".trainyard") }
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

    pub fn part(&self, pass: usize, sequence: usize) -> PathBuf {
        self.parts().join(format!("{pass}-{sequence:05}.part"))
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

    /// An earlier reduction stands here or was begun.
    fn is_ours(&self) -> bool {
        self.output.join(MANIFEST).exists() || self.ledger().is_dir()
    }

    /// A publication that was cut short behind its commit mark.
    fn untidy(&self) -> bool {
        self.journal().exists() || self.parts().exists()
    }

    fn create(&self) -> Result<()> {
        for folder in [&self.output, &self.path, &self.ledger(), &self.writing(), &self.finished(), &self.parts()] {
            fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
        }
        Ok(())
    }
}

/// What an output folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Existing {
    Nothing,
    /// the finished run of this plan
    Finished,
    /// this plan, not finished
    Unfinished,
    /// something else
    Other(String),
}

/// The folder is ours to work in, or there is nothing to do.
pub enum Claim {
    Work { lease: Lease, done: Vec<Entry> },
    Finished,
}

/// Looks at `output` without touching it.
pub fn existing(work: &WorkFolder, basis: &Basis) -> Result<Existing> {
    let names = match fs::read_dir(&work.output) {
        Ok(entries) => entries.filter_map(|e| e.ok().map(|e| e.file_name())).collect::<Vec<_>>(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Existing::Nothing),
        Err(e) => return Err(Error::io("read the folder", &work.output, &e)),
    };
    if names.is_empty() {
        return Ok(Existing::Nothing);
    }
    if !work.ledger().is_dir() {
        // a submitted job leaves its script and log here before the first run
        let ours = |n: &std::ffi::OsString| matches!(n.to_str(), Some(".trainyard" | "log" | "job"));
        return Ok(if names.iter().all(ours) {
            Existing::Nothing
        } else {
            Existing::Other("files that are not ours".into())
        });
    }
    let entries = Ledger::read(&work.ledger())?;
    let started = entries.iter().rev().find_map(|e| match e {
        Entry::Start { identity, .. } => Some(identity.as_str()),
        _ => None,
    });
    let changed = Basis::read(&work.basis()).and_then(|before| before.changes(basis));
    Ok(match started {
        None => Existing::Unfinished,
        Some(started) if *started == basis.identity => {
            let published = |e: &Entry| matches!(e, Entry::Published { identity } if *identity == basis.identity);
            match changed {
                _ if entries.iter().any(published) && work.output.join(MANIFEST).exists() => {
                    match judged_otherwise(work, basis)? {
                        None => Existing::Finished,
                        Some(how) => Existing::Other(how),
                    }
                }
                Some(how) => Existing::Other(format!("an unfinished run of input that changed since: {how}")),
                None => Existing::Unfinished,
            }
        }
        Some(_) => {
            let how = changed.unwrap_or_else(|| "workflow, input or version changed".into());
            Existing::Other(format!("a run of another plan: {how}"))
        }
    })
}

/// Takes the folder for a plan; called by rank 0 alone.
///
/// # Errors
/// The folder holds something else, or another run works in it.
pub fn claim(output: &Path, basis: &Basis, overwrite: bool) -> Result<Claim> {
    let work = WorkFolder::new(output);
    let found = existing(&work, basis)?;
    let blocked = matches!(found, Existing::Other(_)) && !overwrite;
    if blocked {
        let what = match found {
            Existing::Other(what) => what,
            _ => String::new(),
        };
        return Err(refusal(output, &what));
    }
    if found == Existing::Finished && !overwrite && !work.untidy() {
        return Ok(Claim::Finished);
    }
    let replaces = overwrite && !matches!(found, Existing::Nothing | Existing::Unfinished);
    if replaces && !work.is_ours() {
        return Err(Error::request("the output folder holds files that are not ours", Place::file(output))
            .with_hint("`--overwrite` replaces earlier reductions only: choose another `output`"));
    }
    fs::create_dir_all(&work.path).map_err(|e| Error::io("create the folder", &work.path, &e))?;
    let lease = Lease::take(&work.path)?;
    if replaces {
        clear(&work)?;
    }
    work.create()?;
    let mut ledger = Ledger::open(&work.ledger(), lease.epoch(), 0)?;
    roll_forward(&work, &mut ledger)?;
    let done = Ledger::read(&work.ledger())?;
    let published = |e: &Entry| matches!(e, Entry::Published { identity } if *identity == basis.identity);
    if done.iter().any(published) && work.output.join(MANIFEST).exists() {
        work.remove_scratch();
        // a publication that was begun is completed as it was begun
        if let Some(how) = judged_otherwise(&work, basis)? {
            return Err(refusal(output, &how));
        }
        return Ok(Claim::Finished);
    }
    for entry in fs::read_dir(work.writing()).map_err(|e| Error::io("read the folder", &work.writing(), &e))? {
        let path = entry.map_err(|e| Error::io("read the folder", &work.writing(), &e))?.path();
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|e| Error::io("remove", &path, &e))?;
    }
    // the basis is that of the first start
    let begun = Basis::read(&work.basis()).is_some_and(|b| b.identity == basis.identity);
    if found != Existing::Unfinished || !begun {
        basis.write(&work.basis())?;
    }
    ledger.append(Entry::Start { identity: basis.identity.clone(), version: basis.program.version.clone() })?;
    Ok(Claim::Work { lease, done })
}

fn refusal(output: &Path, what: &str) -> Error {
    Error::request(format!("the output folder holds {what}"), Place::file(output))
        .with_hint("choose another `output`, or give `--overwrite` to replace an earlier reduction")
}

/// A published run of the same plan says how it was judged: other limits may refuse it.
fn judged_otherwise(work: &WorkFolder, basis: &Basis) -> Result<Option<String>> {
    let path = work.output.join(MANIFEST);
    let size = fs::metadata(&path).map_err(|e| Error::io("look at", &path, &e))?.len();
    if size > LONGEST_MANIFEST {
        return Err(Error::request(format!("a manifest of {size} bytes"), Place::file(&path)));
    }
    let bytes = fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
    let manifest: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|e| Error::request(format!("the manifest cannot be understood: {e}"), Place::file(&path)))?;
    let how = basis.judged_otherwise(manifest.get("judged").unwrap_or(&serde_json::Value::Null));
    Ok(how.map(|how| format!("this reduction, judged otherwise: {how}")))
}

/// Removes an earlier reduction: what its manifest and our folder name, nothing else.
fn clear(work: &WorkFolder) -> Result<()> {
    let manifest = work.output.join(MANIFEST);
    let remove = |path: &Path| match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, &e)),
        _ => Ok(()),
    };
    // the manifest first: without it the folder is no finished run
    remove(&manifest)?;
    for entry in Ledger::read(&work.ledger()).unwrap_or_default() {
        let files = match entry {
            Entry::Sequence { files, .. } | Entry::Slow { files, .. } => files,
            Entry::Start { .. } | Entry::Published { .. } => continue,
        };
        for file in files {
            if let Some(name) = Path::new(&file.name).file_name() {
                remove(&work.output.join(name))?;
            }
        }
    }
    remove(&work.journal())?;
    remove(&work.basis())?;
    for folder in [work.ledger(), work.writing(), work.finished(), work.parts()] {
        if folder.is_dir() {
            fs::remove_dir_all(&folder).map_err(|e| Error::io("remove", &folder, &e))?;
        }
    }
    Ok(())
}
