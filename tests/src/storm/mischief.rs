//! What storage does to the files of an unfinished run: beside what can befall one file, two change places, an older content
//! comes back, something grows, a stranger appears.

use crate::{Harm, Random};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

pub struct Mischief {
    output: PathBuf,
    /// where links lead to
    elsewhere: PathBuf,
    /// contents that were seen before
    remembered: BTreeMap<PathBuf, Vec<u8>>,
}

impl Mischief {
    pub fn new(output: PathBuf, elsewhere: PathBuf) -> Self {
        Mischief { output, elsewhere, remembered: BTreeMap::new() }
    }

    /// Does something to some file, and says what. Nothing where there is none, or it was gone before it could be harmed.
    pub fn strike(&mut self, random: &mut Random) -> Option<String> {
        // each kind of file as often as the other: there are many finished ones
        let mut kinds: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in files(&self.output) {
            let name = path.strip_prefix(&self.output).ok()?.to_string_lossy().into_owned();
            let kind = match name.rsplit_once('/') {
                Some((".trainyard", note)) => note.to_owned(),
                Some((folder, name)) if folder.ends_with("finished") => format!("finished {}", kind_of(name)),
                Some((folder, _)) => folder.to_owned(),
                None => format!("published {}", kind_of(&name)),
            };
            kinds.entry(kind).or_default().push(path);
        }
        let all: Vec<&Vec<PathBuf>> = kinds.values().collect();
        let kind = all.get(random.below(all.len()))?;
        let path = kind.get(random.below(kind.len()))?.clone();
        let what = self.befall(&path, kind, random).ok()?;
        Some(format!("{what} {}", path.strip_prefix(&self.output).ok()?.display()))
    }

    fn befall(&mut self, path: &Path, kind: &[PathBuf], random: &mut Random) -> io::Result<String> {
        // whoever holds the lock holds the file, not its name; what else stands there is refused, with a hint
        if path.ends_with("lock") {
            fs::remove_file(path)?;
            return Ok("removed".into());
        }
        let before = fs::read(path)?;
        let earlier = self.remembered.insert(path.to_owned(), before.clone());
        let mut bytes = before;
        match random.below(12) {
            0..=5 => {
                let harm = Harm::ALL[random.below(Harm::ALL.len())];
                harm.try_befall(path, &self.elsewhere)?;
                Ok(format!("{harm:?}"))
            }
            6 | 7 => {
                let at = random.below(bytes.len());
                *bytes.get_mut(at).ok_or(io::ErrorKind::UnexpectedEof)? ^= 1 << random.below(8);
                fs::write(path, bytes)?;
                Ok(format!("bit at {at}"))
            }
            8 => {
                let other = &kind[random.below(kind.len())];
                let aside = self.output.join(".trainyard/aside");
                fs::rename(path, &aside)?;
                let there = fs::rename(other, path);
                fs::rename(&aside, other)?;
                there.map(|()| format!("exchanged with {}", other.display()))
            }
            9 => {
                let length = random.below(bytes.len());
                bytes.truncate(length);
                fs::write(path, bytes)?;
                Ok(format!("cut to {length}"))
            }
            10 => {
                bytes.extend((0..1 + random.below(5000)).map(|_| random.bits() as u8));
                fs::write(path, bytes)?;
                Ok("grown".into())
            }
            _ => {
                // as another file, so that whoever has it open does not notice
                let old = earlier.ok_or(io::ErrorKind::NotFound)?;
                let aside = self.output.join(".trainyard/aside");
                fs::write(&aside, old)?;
                fs::rename(&aside, path)?;
                Ok("as it was before".into())
            }
        }
    }

    /// A file that nobody made, among the finished ones.
    pub fn stranger(&self, random: &mut Random) -> Option<String> {
        let finished = self.output.join(".trainyard/finished");
        let name = ["RAW-R0001-AGIPD03-S00000.h5", "reduction.json", "notes.txt"][random.below(3)];
        let path = finished.join(name);
        if !finished.is_dir() || path.exists() {
            return None;
        }
        fs::write(path, "not of this run").ok()?;
        Some(format!("a stranger {name}"))
    }
}

/// `RAW-R0001-AGIPD00-S00000.h5`: its aggregator
fn kind_of(name: &str) -> &str {
    name.split('-').nth(2).unwrap_or(name)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found.sort();
    found
}
