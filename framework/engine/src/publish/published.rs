//! What a manifest in the output folder says stands beside it.

use super::{inside, LedgerFile, MANIFEST};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use trainyard_format::durable::read_own;
use trainyard_format::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Longest manifest that is read.
const LONGEST: u64 = 1 << 30;

/// A manifest as it stands.
pub enum Found {
    /// there is none, or a link in its place
    None,
    /// not as any of ours
    Damaged(Vec<u8>),
    Whole(PublishedRun),
}

#[derive(Clone, Debug, Deserialize)]
pub struct PublishedRun {
    pub plan: String,
    /// how it was judged in the end
    #[serde(default)]
    pub judged: serde_json::Value,
    files: Vec<PublishedFile>,
    #[serde(skip)]
    pub size: u64,
    #[serde(skip)]
    pub checksum: u64,
}

#[derive(Clone, Debug, Deserialize)]
struct PublishedFile {
    name: String,
    size: u64,
}

impl PublishedRun {
    /// # Errors
    /// It cannot be told what stands there.
    pub fn read(output: &Path) -> Result<Found> {
        let Some(bytes) = read_own(&output.join(MANIFEST), LONGEST)? else { return Ok(Found::None) };
        Ok(match serde_json::from_slice::<PublishedRun>(&bytes) {
            Ok(run) => Found::Whole(PublishedRun { size: bytes.len() as u64, checksum: xxh3_64(&bytes), ..run }),
            Err(_) => Found::Damaged(bytes),
        })
    }

    /// The manifest itself.
    pub fn manifest(&self) -> LedgerFile {
        let (size, checksum) = (self.size, self.checksum);
        LedgerFile { name: MANIFEST.into(), size, checksum, ..LedgerFile::default() }
    }

    /// Where its files are, those of names that lead elsewhere left out.
    pub fn paths<'a>(&'a self, output: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
        self.files.iter().filter_map(|file| inside(output, &file.name))
    }

    /// The first file that is gone or has another size, and how many there are.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn lacking(&self, output: &Path) -> Result<Option<(String, usize)>> {
        let (mut first, mut count) = (None, 0);
        for file in &self.files {
            let what = match inside(output, &file.name) {
                None => Some("is no name of a file in it".to_string()),
                Some(path) => match std::fs::symlink_metadata(&path) {
                    Ok(found) if !found.is_file() => Some("is no file".into()),
                    Ok(found) if found.len() != file.size => {
                        Some(format!("has {} bytes, {} were published", found.len(), file.size))
                    }
                    Ok(_) => None,
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => Some("is gone".into()),
                    Err(e) => return Err(Error::io("look at", &path, &e)),
                },
            };
            if let Some(what) = what {
                first.get_or_insert_with(|| format!("{} {what}", file.name));
                count += 1;
            }
        }
        Ok(first.map(|first| (first, count)))
    }
}
