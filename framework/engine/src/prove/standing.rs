//! The files of the output stand in its folder themselves: no links, no pipes, no names of files that the input has, nothing
//! that lies in other files, nothing that the manifest does not list, and each with the size and checksum that were published.
//!
//! Whatever else stands there (a log, a note of the user) is none of our business unless a reader of runs would take it.

use super::claim::{Claim, File};
use super::tally::{Check, Found};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{FileType, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::Xxh3;

/// Folders inside the output that hold no data: work of the reduction and of its job.
const OTHER_FOLDERS: [&str; 2] = [".trainyard", "job"];
/// Deepest folder that is looked into.
const MOST_DEPTH: usize = 16;
/// Most names that are looked at.
const MOST_NAMES: usize = 4_000_000;
const BLOCK: usize = 1 << 20;

pub(super) struct Standing<'a> {
    pub output: &'a Path,
    pub claim: Option<&'a Claim>,
    pub input: &'a Run,
    pub pool: &'a OpenerPool,
}

/// What a reader would take: name below the output, and what stands under it.
type Names = BTreeMap<PathBuf, FileType>;

impl Standing<'_> {
    /// # Errors
    /// Failures of the machine.
    pub fn compare(&self) -> Result<Vec<Found>> {
        let mut names = Names::new();
        self.list(Path::new(""), 0, &mut names)?;
        let mut found = Vec::new();
        let stated: BTreeMap<&Path, &File> =
            self.claim.iter().flat_map(|claim| &claim.files).map(|file| (Path::new(&file.name), file)).collect();
        for name in names.keys().filter(|name| self.claim.is_some() && !stated.contains_key(name.as_path())) {
            let what = "the file was not published: the manifest does not list it";
            found.push(wrong(&self.output.join(name), what));
        }
        let mut files = BTreeSet::new();
        for &name in stated.keys() {
            if name.components().any(|part| !matches!(part, Component::Normal(_))) || name.as_os_str().is_empty() {
                let what = format!("the manifest lists `{}`, which is no name of a file in the output", name.display());
                found.push(wrong(self.output, what));
            } else if let Some(what) = self.not_own(name)? {
                found.push(wrong(&self.output.join(name), what));
            } else {
                files.insert(name.to_path_buf());
            }
        }
        for (name, kind) in names.iter().filter(|(name, _)| !stated.contains_key(name.as_path())) {
            match is_no_file(*kind) {
                Some(what) => found.push(wrong(&self.output.join(name), what)),
                None => {
                    files.insert(name.clone());
                }
            }
        }
        let inputs = self.inputs()?;
        let files: Vec<PathBuf> = files.into_iter().collect();
        let looked =
            self.pool.in_parallel(&files, |name| self.file(name, stated.get(name.as_path()).copied(), &inputs));
        for result in looked {
            found.extend(result?);
        }
        Ok(found)
    }

    /// Names that end as those of data do, in this folder and below.
    fn list(&self, below: &Path, depth: usize, names: &mut Names) -> Result<()> {
        let folder = self.output.join(below);
        let io = |error: &std::io::Error| Error::io("list the folder", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(|error| io(&error))? {
            let entry = entry.map_err(|error| io(&error))?;
            let (name, kind) = (entry.file_name(), entry.file_type().map_err(|error| io(&error))?);
            let text = name.to_string_lossy();
            let path = below.join(&name);
            if kind.is_dir() {
                let other = depth == 0 && OTHER_FOLDERS.contains(&&*text);
                if !other && depth < MOST_DEPTH {
                    self.list(&path, depth + 1, names)?;
                }
            } else if text.ends_with(".h5") && !text.starts_with('.') && !text.to_lowercase().ends_with("overview.h5") {
                names.insert(path, kind);
                if names.len() > MOST_NAMES {
                    let what = format!("the folder has more than {MOST_NAMES} files");
                    return Err(Error::input(what, Place::file(self.output)));
                }
            }
        }
        Ok(())
    }

    /// Why a listed name is no file of the output; folders on the way count.
    fn not_own(&self, name: &Path) -> Result<Option<String>> {
        let mut path = self.output.to_path_buf();
        let last = name.components().count().saturating_sub(1);
        for (number, part) in name.components().enumerate() {
            path.push(part);
            let kind = match std::fs::symlink_metadata(&path) {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    return Ok(Some("the file was published and is not here".into()))
                }
                Err(error) => return Err(Error::io("look at", &path, &error)),
            };
            if number == last {
                return Ok(is_no_file(kind));
            }
            if !kind.is_dir() {
                return Ok(Some("a folder on the way to it is a link, or no folder".into()));
            }
        }
        Ok(None)
    }

    /// Device and inode of every file of the input.
    fn inputs(&self) -> Result<HashMap<(u64, u64), &Path>> {
        let of = |file: &'_ Path| std::fs::metadata(file).map_err(|error| Error::io("look at", file, &error));
        self.input.files.iter().map(|file| Ok((identity(&of(&file.path)?), file.path.as_path()))).collect()
    }

    fn file(&self, name: &Path, stated: Option<&File>, inputs: &HashMap<(u64, u64), &Path>) -> Result<Vec<Found>> {
        let path = self.output.join(name);
        let mut found = Vec::new();
        // neither a link nor a pipe that was put there meanwhile holds us up
        let open = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(&path);
        let mut file = open.map_err(|error| Error::io("open", &path, &error))?;
        let metadata = file.metadata().map_err(|error| Error::io("look at", &path, &error))?;
        if let Some(original) = inputs.get(&identity(&metadata)) {
            let what = format!("it is the input's own file `{}` under another name: a hard link", original.display());
            found.push(wrong(&path, what).hint("what is done to the one is done to the other: copy it"));
        }
        if let Some(stated) = stated {
            if metadata.len() != stated.size {
                let what = format!("the file has {} bytes, {} were published", metadata.len(), stated.size);
                found.push(wrong(&path, what));
            } else if let Some(sum) = &stated.checksum {
                match checksum(&mut file, sum).map_err(|error| Error::io("read", &path, &error))? {
                    Some(true) => {}
                    Some(false) => found.push(wrong(&path, "the file is not what was published: its checksum differs")),
                    None => found.push(wrong(&path, format!("the manifest's checksum `{sum}` is none"))),
                }
            } else if self.claim.is_some_and(|claim| !claim.is_before_builds()) {
                found.push(wrong(&path, "the manifest states no checksum of the file: it was taken out"));
            }
        }
        match self.pool.outside(&path) {
            Ok(elsewhere) => found.extend(elsewhere.into_iter().map(|(object, what)| {
                wrong(&path, format!("not all of it is in the file: {what}"))
                    .at(object)
                    .hint("it goes when that file goes")
            })),
            Err(error) => found.push(Found::damage(Check::Files, error)?),
        }
        Ok(found)
    }
}

fn wrong(path: &Path, what: impl Into<String>) -> Found {
    Found::error(Check::Files, Place::file(path), what)
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn is_no_file(kind: FileType) -> Option<String> {
    let kind = match kind {
        kind if kind.is_file() => return None,
        kind if kind.is_symlink() => "a link: what it leads to is not in the output",
        kind if kind.is_dir() => "a folder",
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Some(format!("it is no file but {kind}"))
}

/// Whether the rest of a file has this XXH3, of 64 or 128 bits; `None`: it is no checksum.
fn checksum(file: &mut impl std::io::Read, stated: &str) -> std::io::Result<Option<bool>> {
    let digits = stated.rsplit(':').next().unwrap_or_default();
    let Ok(number) = u128::from_str_radix(digits, 16) else { return Ok(None) };
    let (mut hash, mut block) = (Xxh3::new(), vec![0; BLOCK]);
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(count) => hash.update(block.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(match digits.len() {
        16 => Some(u128::from(hash.digest()) == number),
        32 => Some(hash.digest128() == number),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_of_checksum() {
        let bytes = b"what was published".as_slice();
        let of = |stated: &str| checksum(&mut &*bytes, stated).unwrap();
        let (short, long) = (xxhash_rust::xxh3::xxh3_64(bytes), xxhash_rust::xxh3::xxh3_128(bytes));
        assert_eq!(of(&format!("{short:016x}")), Some(true));
        assert_eq!(of(&format!("{long:032x}")), Some(true));
        assert_eq!(of(&format!("{:016x}", short ^ 1)), Some(false));
        assert_eq!((of("xyz"), of("12")), (None, None));
    }
}
