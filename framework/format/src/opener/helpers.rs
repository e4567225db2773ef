//! Typed questions.

use super::pool::OpenerPool;
use super::request::{ArrayFound, Purpose, Reply, Request, RowData};
use crate::error::{Error, Place, Result};
use crate::map::{ChunkTable, FileMap, FileStamp};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

fn unexpected(path: &Path) -> Error {
    Error::bug("the opener answered another question", Place::file(path))
}

impl OpenerPool {
    /// The files of a folder that readers take, by name: `*.h5`, neither hidden nor `overview.h5`. None: it is a file.
    ///
    /// # Errors
    /// `Request` when there is no such folder.
    pub fn list(&self, folder: &Path) -> Result<Option<Vec<PathBuf>>> {
        let path = |name| folder.join(OsString::from_vec(name));
        match self.call(Request::List { folder: folder.into() })? {
            Reply::Names(names) => Ok(names.map(|names| names.into_iter().map(path).collect())),
            _ => Err(unexpected(folder)),
        }
    }

    /// Whether there is something at `path`: no is a certain no.
    ///
    /// # Errors
    /// When storage does not tell.
    pub fn is_there(&self, path: &Path) -> Result<bool> {
        match self.call(Request::IsThere { path: path.into() })? {
            Reply::IsThere(there) => Ok(there),
            _ => Err(unexpected(path)),
        }
    }

    /// Size and time of a file as they are now.
    pub fn stamp(&self, path: &Path) -> Result<FileStamp> {
        self.stamps(&[path])?.pop().ok_or_else(|| unexpected(path))
    }

    /// Of several files, many in one question; in the order of `paths`.
    pub fn stamps<P: AsRef<Path>>(&self, paths: &[P]) -> Result<Vec<FileStamp>> {
        let paths: Vec<PathBuf> = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        let batches = self.batches(&paths, |_| 0);
        let ask = |batch: &&[PathBuf]| match self.call(Request::Stamps { paths: batch.to_vec() })? {
            Reply::Stamps(stamps) if stamps.len() == batch.len() => Ok(stamps),
            _ => Err(unexpected(batch.first().map_or(Path::new(""), PathBuf::as_path))),
        };
        let stamps = self.in_parallel(&batches, ask).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(stamps.into_iter().flatten().collect())
    }

    /// A whole file that is none of a run's, such as a geometry. None: there is no such file.
    ///
    /// # Errors
    /// `Request` when it is longer than `longest` or a folder.
    pub fn contents(&self, path: &Path, longest: u64) -> Result<Option<Vec<u8>>> {
        match self.call(Request::Contents { path: path.into(), longest })? {
            Reply::Contents(whole) => Ok(whole.map(|whole| whole.0)),
            _ => Err(unexpected(path)),
        }
    }

    /// The structure of a file.
    ///
    /// # Errors
    /// Missing, unreadable, locked, unfinished, empty and foreign files are told apart before libhdf5 sees them.
    pub fn map(&self, path: &Path) -> Result<FileMap> {
        self.map_for(path, Purpose::Read)
    }

    fn map_for(&self, path: &Path, purpose: Purpose) -> Result<FileMap> {
        match self.call(Request::Map { path: path.into(), purpose })? {
            Reply::Map(map) => Ok(*map),
            _ => Err(unexpected(path)),
        }
    }

    /// The structure of several files, in parallel over the children; in the order of `paths`.
    pub fn maps<P: AsRef<Path> + Sync>(&self, paths: &[P]) -> Vec<Result<FileMap>> {
        self.in_parallel(paths, |path| self.map(path.as_ref()))
    }

    /// As [`map`](Self::map) for the validator, with 0 as [`stored_bytes`](crate::map::DatasetMap::stored_bytes) of every
    /// dataset: much quicker where datasets have many chunks.
    pub(crate) fn map_to_judge(&self, path: &Path) -> Result<FileMap> {
        self.map_for(path, Purpose::Judge)
    }

    /// As [`map_to_judge`](Self::map_to_judge) of a file with the bytes of one that was mapped by [`map`](Self::map): only lists
    /// that readers do not need are still compared.
    pub(crate) fn map_as(&self, path: &Path, known: &FileMap) -> Result<FileMap> {
        let Reply::Oddities(oddities) = self.call(Request::Lists { path: path.into() })? else {
            return Err(unexpected(path));
        };
        let mut map = FileMap { path: path.into(), ..known.clone() };
        map.oddities.extend(oddities);
        Ok(map)
    }

    /// Runs `work` on every item with as many threads as there are children; results in the order of `items`.
    pub fn in_parallel<T: Sync, R: Send + Sync>(&self, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
        std::thread::scope(|scope| {
            let run = || {
                while let Some((item, result)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).zip(results.get(index))
                } {
                    let _ = result.set(work(item));
                }
            };
            for _ in 1..self.workers().min(items.len()) {
                // with fewer threads than wished it takes longer, and nothing else
                if std::thread::Builder::new().name("asker".into()).spawn_scoped(scope, run).is_err() {
                    break;
                }
            }
            run();
        });
        results.into_iter().filter_map(OnceLock::into_inner).collect()
    }

    /// What a file does not hold itself, (object, where it is): links that leave the file, values that lie in other files.
    pub fn outside(&self, path: &Path) -> Result<Vec<(String, String)>> {
        match self.call(Request::Outside { path: path.into() })? {
            Reply::Outside(found) => Ok(found),
            _ => Err(unexpected(path)),
        }
    }

    /// All groups, datasets and links of a file, with the names of their attributes.
    pub fn objects(&self, path: &Path) -> Result<Vec<(String, Vec<String>)>> {
        match self.call(Request::Objects { path: path.into() })? {
            Reply::Objects(found) => Ok(found),
            _ => Err(unexpected(path)),
        }
    }

    /// Where the chunks of datasets lie.
    pub fn chunks<S: AsRef<str>>(&self, path: &Path, datasets: &[S]) -> Result<Vec<ChunkTable>> {
        let datasets = datasets.iter().map(|dataset| dataset.as_ref().to_owned()).collect();
        match self.call(Request::Chunks { path: path.into(), datasets })? {
            Reply::Chunks(tables) => Ok(tables),
            _ => Err(unexpected(path)),
        }
    }

    /// Rows of the ranges (first, count), one after the other.
    pub fn rows(&self, path: &Path, dataset: &str, ranges: &[(u64, u64)]) -> Result<RowData> {
        match self.call(Request::Rows { path: path.into(), dataset: dataset.into(), ranges: ranges.to_vec() })? {
            Reply::Rows(rows) => Ok(rows),
            _ => Err(unexpected(path)),
        }
    }

    /// As [`rows`](Self::rows) of several datasets of one file, (dataset, ranges); in their order.
    pub fn rows_of(&self, path: &Path, datasets: Vec<(String, Vec<(u64, u64)>)>) -> Result<Vec<RowData>> {
        let wanted = datasets.len();
        match self.call(Request::RowsOf { path: path.into(), datasets })? {
            Reply::RowsOf(rows) if rows.len() == wanted => Ok(rows),
            _ => Err(unexpected(path)),
        }
    }

    /// The first of the datasets `names` (absolute paths) that the file has, whole; without its values where they take more
    /// than `longest` bytes. The file need not be of a run.
    ///
    /// # Errors
    /// A file that is not HDF5; objects that cannot be read, which is not to be missing.
    pub fn array(&self, path: &Path, names: &[&str], longest: u64) -> Result<ArrayFound> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        match self.call(Request::Array { path: path.into(), names, longest })? {
            Reply::Array(found) => Ok(found),
            _ => Err(unexpected(path)),
        }
    }

    /// As [`rows`](Self::rows) for string datasets, padding removed.
    pub fn strings(&self, path: &Path, dataset: &str, ranges: &[(u64, u64)]) -> Result<Vec<String>> {
        match self.call(Request::Strings { path: path.into(), dataset: dataset.into(), ranges: ranges.to_vec() })? {
            Reply::Strings(strings) => Ok(strings),
            _ => Err(unexpected(path)),
        }
    }

    /// One chunk decoded by libhdf5, also with filter plug-ins from `HDF5_PLUGIN_PATH`: its rows inside the dataset,
    /// numbers in little-endian.
    pub fn decode_chunk(&self, path: &Path, dataset: &str, chunk: u64) -> Result<Vec<u8>> {
        match self.call(Request::DecodeChunk { path: path.into(), dataset: dataset.into(), chunk })? {
            Reply::Chunk(bytes) => Ok(bytes),
            _ => Err(unexpected(path)),
        }
    }
}
