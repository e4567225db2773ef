//! Rows of a large dataset: stored chunks by position, decoded here where the filters are known, by the opener otherwise.

use crate::read::{Access, Files, StreamPart};
use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use trainyard_codec::Scratch;
use trainyard_format::map::{Chunk, ChunkTable};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

/// Chunk tables kept at a time, counted in chunks (24 bytes each).
const MOST_CHUNKS: usize = 20_000_000;

/// Open files and chunk tables of one run.
#[derive(Default)]
pub(super) struct Open {
    files: Files,
    tables: Mutex<Tables>,
}

#[derive(Default)]
struct Tables {
    known: HashMap<(usize, String), Arc<ChunkTable>>,
    chunks: usize,
}

/// A dataset in one file, ready to be read from several threads.
pub(super) struct Reach<'a> {
    pub part: &'a StreamPart,
    path: &'a Path,
    size: u64,
    row_bytes: usize,
    /// `None`: the opener reads rows
    stored: Option<(Arc<File>, Arc<ChunkTable>)>,
}

/// What one thread holds of one side.
#[derive(Default)]
pub(super) struct Held {
    stored: Vec<u8>,
    stored_chunk: Option<u64>,
    decoded: Vec<u8>,
    decoded_chunk: Option<u64>,
    scratch: Scratch,
}

impl Held {
    /// Forgets the chunks, not the memory: the next ones are of another dataset.
    pub fn clear(&mut self) {
        self.stored_chunk = None;
        self.decoded_chunk = None;
    }
}

impl Open {
    /// # Errors
    /// A file that cannot be opened or whose chunk index is damaged.
    pub fn reach<'a>(
        &self,
        run: &'a Run,
        part: &'a StreamPart,
        row_bytes: usize,
        pool: &OpenerPool,
    ) -> Result<Reach<'a>> {
        let file = run.files.get(part.file).ok_or_else(|| Error::bug("a part of no file", Place::default()))?;
        let stored = match part.access {
            Access::Opener => None,
            Access::Chunks(_) => {
                let key = (part.file, part.dataset.clone());
                let known = self.tables.lock().unwrap_or_else(|e| e.into_inner()).known.get(&key).cloned();
                let table = match known {
                    Some(table) => table,
                    None => {
                        let read = pool.chunks(&file.path, &[&part.dataset])?.pop().map(Arc::new);
                        let table = read
                            .ok_or_else(|| Error::bug("the opener left out a chunk table", Place::file(&file.path)))?;
                        let mut tables = self.tables.lock().unwrap_or_else(|e| e.into_inner());
                        if tables.chunks > MOST_CHUNKS {
                            *tables = Tables::default();
                        }
                        tables.chunks += table.chunks.len();
                        tables.known.insert(key, table.clone());
                        table
                    }
                };
                let _underway = trainyard_format::stuck::underway("open", &file.path);
                Some((self.files.get(part.file, &file.path)?, table))
            }
        };
        Ok(Reach { part, path: &file.path, size: file.stamp.size, row_bytes, stored })
    }
}

impl Reach<'_> {
    pub fn by_opener(&self) -> bool {
        self.stored.is_none()
    }

    /// Number of the chunk that holds a row.
    pub fn chunk_of(&self, row: u64) -> u64 {
        row / self.part.rows_per_chunk.max(1)
    }

    /// Rows decoded by HDF5, one after the other.
    pub fn through_opener(&self, ranges: &[(u64, u64)], pool: &OpenerPool) -> Result<Vec<u8>> {
        if ranges.iter().any(|&(first, count)| first.saturating_add(count) > self.part.rows) {
            return Err(self.damaged(format!("the index leads beyond the {} rows", self.part.rows)));
        }
        Ok(pool.rows(self.path, &self.part.dataset, ranges)?.bytes)
    }

    /// The stored bytes of a chunk and its filter mask; `None`: never written.
    pub fn stored<'h>(&self, number: u64, held: &'h mut Held) -> Result<Option<(&'h [u8], u32)>> {
        let Some(chunk) = self.chunk(number)? else { return Ok(None) };
        self.load(number, chunk, held)?;
        Ok(Some((&held.stored, chunk.filter_mask)))
    }

    fn chunk(&self, number: u64) -> Result<Option<Chunk>> {
        let table = self.stored.as_ref().map(|(_, table)| table);
        let entry = table.zip(usize::try_from(number).ok()).and_then(|(table, n)| table.chunks.get(n).copied());
        let Some(entry) = entry else {
            return Err(self.damaged(format!("chunk {number} is not in the index of the dataset")));
        };
        let Some(chunk) = entry else { return Ok(None) };
        let raw = (self.row_bytes as u64).saturating_mul(self.part.rows_per_chunk);
        if u64::from(chunk.size) > raw.saturating_mul(2).saturating_add(4096) {
            return Err(self.damaged(format!("chunk {number} of {raw} bytes takes {} bytes in the file", chunk.size)));
        }
        if chunk.offset.saturating_add(chunk.size.into()) > self.size {
            return Err(self.damaged(format!("the file ends before chunk {number} does")));
        }
        Ok(Some(chunk))
    }

    fn load(&self, number: u64, chunk: Chunk, held: &mut Held) -> Result<()> {
        if held.stored_chunk == Some(number) {
            return Ok(());
        }
        let Some((file, _)) = &self.stored else {
            return Err(Error::bug("stored bytes of a dataset that HDF5 decodes", Place::default()));
        };
        held.stored_chunk = None;
        held.stored.resize(chunk.size as usize, 0);
        let _underway = trainyard_format::stuck::underway("read", self.path);
        file.read_exact_at(&mut held.stored, chunk.offset).map_err(|error| Error::io("read", self.path, &error))?;
        held.stored_chunk = Some(number);
        Ok(())
    }

    /// A row, decoded.
    pub fn row<'h>(&self, row: u64, held: &'h mut Held) -> Result<&'h [u8]> {
        let per_chunk = self.part.rows_per_chunk.max(1);
        let number = self.chunk_of(row);
        if held.decoded_chunk != Some(number) {
            held.decoded_chunk = None;
            let length = usize::try_from(per_chunk).ok().and_then(|rows| rows.checked_mul(self.row_bytes));
            let length = length.ok_or_else(|| self.damaged("a chunk is too large".into()))?;
            match self.chunk(number)? {
                Some(chunk) => {
                    self.load(number, chunk, held)?;
                    held.decoded.resize(length, 0);
                    let Access::Chunks(pipeline) = &self.part.access else {
                        return Err(Error::bug("stored bytes of a dataset that HDF5 decodes", Place::default()));
                    };
                    let decoded =
                        pipeline.decode(&held.stored, chunk.filter_mask, &mut held.decoded, &mut held.scratch);
                    decoded.map_err(|error| self.damaged(format!("chunk {number}: {error}")))?;
                }
                None => {
                    let fill = self.stored.as_ref().map(|(_, table)| table.fill.as_slice()).unwrap_or_default();
                    if fill.is_empty() {
                        return Err(
                            self.damaged(format!("chunk {number} was never written, and there is no fill value"))
                        );
                    }
                    held.decoded.clear();
                    held.decoded.extend(fill.iter().copied().cycle().take(length));
                    held.decoded.resize(length, 0);
                }
            }
            held.decoded_chunk = Some(number);
        }
        let start = usize::try_from(row % per_chunk).unwrap_or(usize::MAX).saturating_mul(self.row_bytes);
        let bytes = held.decoded.get(start..start.saturating_add(self.row_bytes));
        bytes.ok_or_else(|| Error::bug("a row outside its chunk", Place::file(self.path)))
    }

    fn damaged(&self, what: String) -> Error {
        Error::input(what, Place::file(self.path).source(&self.part.dataset))
    }
}
