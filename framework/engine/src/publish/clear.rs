//! Away with what is not needed: an earlier reduction that is replaced, and what a killed start left of its work.

use super::journal::{Journal, MANIFEST};
use super::published::{Found, PublishedRun};
use super::{inside, is_listed, sync_folder, Ledger, WorkFolder};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use trainyard_format::durable::read_own;
use trainyard_format::{Error, Place, Result};

/// Made beside every reduced run, named in no list.
const BESIDE: [&str; 3] = ["report.html", "report.json", "timing.json"];

/// Longest note that is searched for names when it is damaged.
const LONGEST: u64 = 1 << 30;

/// Removes an earlier reduction: what its manifest, its ledger and its journal name, and nothing else.
///
/// # Errors
/// A data file is left that nothing names: the new run would stand beside it.
pub(super) fn clear(work: &WorkFolder) -> Result<()> {
    let files = named(work)?;
    if let Some(left) = unnamed(work, &files)? {
        return Err(Error::request("the output folder holds a file that no reduction here names", Place::file(left))
            .with_hint("remove it, or choose another `output`"));
    }
    // the manifest first: without it the folder is no finished run
    remove(&work.output.join(MANIFEST))?;
    sync_folder(&work.output)?;
    let mut folders = BTreeSet::new();
    // a folder in place of a file of the reduction goes as the file would
    for path in &files {
        remove(path)?;
        folders.extend(path.parent().filter(|folder| *folder != work.output).map(Path::to_owned));
    }
    for folder in folders {
        // one that holds something else stays
        let _ = fs::remove_dir(folder);
    }
    sync_folder(&work.output)?;
    for folder in [work.writing(), work.finished(), work.parts()] {
        remove(&folder)?;
    }
    for file in [work.journal(), work.basis(), work.plan()] {
        remove(&file)?;
    }
    // the ledger last: it names what there is to remove
    remove(&work.ledger())
}

/// Removes what starts before this one were writing, and whatever is no file among the finished ones.
pub(super) fn sweep(work: &WorkFolder) -> Result<()> {
    for path in entries(&work.writing())? {
        remove(&path)?;
    }
    let inner: Vec<PathBuf> = work.inner.iter().map(|name| work.finished().join(name)).collect();
    for folder in [work.finished(), work.parts()].iter().chain(&inner) {
        for path in entries(folder)?.into_iter().filter(|path| !inner.contains(path)) {
            let found = fs::symlink_metadata(&path).map_err(|e| Error::io("look at", &path, &e))?;
            if !found.is_file() {
                remove(&path)?;
            }
        }
    }
    // a folder in place of a file could not be replaced
    for file in [work.journal(), work.basis(), work.plan(), work.path.join("lease.json")] {
        if fs::symlink_metadata(&file).is_ok_and(|found| !found.is_file()) {
            remove(&file)?;
        }
    }
    Ok(())
}

/// Removes a file, a link or a folder with all in it; links are not followed.
///
/// # Errors
/// I/O errors, but for what is not there.
pub fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(e) => Err(e),
    };
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, &e)),
        _ => Ok(()),
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let io = |e: &std::io::Error| Error::io("read the folder", folder, e);
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|e| e.map(|e| e.path()).map_err(|e| io(&e))).collect(),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(io(&e)),
    }
}

/// Every file that an earlier reduction may have left in the output folder.
fn named(work: &WorkFolder) -> Result<BTreeSet<PathBuf>> {
    let output = &work.output;
    let mut files: BTreeSet<PathBuf> = BESIDE.iter().map(|name| output.join(name)).collect();
    match PublishedRun::read(output)? {
        Found::Whole(run) => files.extend(run.paths(output)),
        Found::Damaged(bytes) => files.extend(salvaged(&bytes).iter().map(|name| output.join(name))),
        Found::None => {}
    }
    let lines = Ledger::read(&work.ledger())?;
    let noted = lines.noted.iter().flat_map(|line| line.entry.files());
    files.extend(noted.filter_map(|file| inside(output, &file.name)));
    let damaged: BTreeSet<&PathBuf> = lines.damaged.iter().map(|(path, _)| path).collect();
    for path in damaged {
        let bytes = read_own(path, LONGEST)?.unwrap_or_default();
        files.extend(salvaged(&bytes).iter().map(|name| output.join(name)));
    }
    if let Some(journal) = Journal::read(work)? {
        files.extend(journal.files.iter().filter_map(|name| inside(output, name)));
    }
    Ok(files)
}

/// Names of data files in a note that cannot be read as a whole.
fn salvaged(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split('"').filter(|word| word.ends_with(".h5") && is_listed(word));
    words.map(String::from).collect()
}

/// A data file in the output folder, or in a run folder to be made inside of it, that is not among `files`.
fn unnamed(work: &WorkFolder, files: &BTreeSet<PathBuf>) -> Result<Option<PathBuf>> {
    let data = |path: &PathBuf| path.extension().is_some_and(|e| e == "h5") && !files.contains(path);
    let mut all = entries(&work.output)?;
    for folder in &work.inner {
        all.extend(entries(&work.output.join(folder))?);
    }
    Ok(all.into_iter().filter(data).min())
}
