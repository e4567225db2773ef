//! Fetching a batch: needed chunks sorted by offset, neighbours coalesced, read by position in a few threads.

use super::{
    Access, Batch, Block, Buffers, ChunkState, ModuleStreams, Outcome, Prepared, Readers, StoredChunk, Stream,
    StreamChunks, StreamPart, Tables, Task, Window,
};
use crate::plan::{BadInput, Job};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainyard_format::map::ChunkTable;
use trainyard_format::{Error, Place, Result};

/// `[module][stream][part]`
pub type SequenceTables = Vec<Vec<Vec<Option<Arc<ChunkTable>>>>>;

/// Gap that is cheaper to read over than to seek over.
const GAP: u64 = 64 << 10;
/// Longest single read.
const LONGEST: u64 = 8 << 20;

#[derive(Clone, Copy, Debug)]
pub struct FetchOptions {
    pub threads: usize,
    /// slows reading down to this rate, to measure how well it overlaps
    pub bytes_per_second: Option<f64>,
}

impl Default for FetchOptions {
    fn default() -> Self {
        FetchOptions { threads: 4, bytes_per_second: None }
    }
}

pub struct Fetcher<'a> {
    job: &'a Job,
    modules: &'a [ModuleStreams],
    readers: Readers,
    tables: Tables,
    buffers: Buffers,
    options: FetchOptions,
}

/// One coalesced read and the chunks cut out of it.
struct Read {
    file: usize,
    start: u64,
    end: u64,
    /// (module, stream, index in its keys, offset, size)
    cuts: Vec<(usize, usize, usize, u64, u32)>,
}

struct Wanted {
    file: usize,
    offset: u64,
    size: u32,
    module: usize,
    stream: usize,
    index: usize,
}

impl<'a> Fetcher<'a> {
    /// # Errors
    /// `Resource` when no reading threads can be started.
    pub fn new(job: &'a Job, modules: &'a [ModuleStreams], options: FetchOptions) -> Result<Self> {
        let readers = Readers::start(options.threads.clamp(1, 64), job.pool.limits().time)?;
        Ok(Fetcher { job, modules, readers, tables: Tables::default(), buffers: Buffers::default(), options })
    }

    /// The chunk tables that `prepared` will need.
    pub fn tables(&self, prepared: &Prepared) -> Result<SequenceTables> {
        let mut used: Vec<(usize, usize)> = Vec::new();
        for (module, rows) in prepared.frames.rows.iter().enumerate() {
            let mut last = u32::MAX;
            for &frame in prepared.blocks.iter().flat_map(|b| &b.frames) {
                if let Some(row) = rows[frame] {
                    if row.part != last && !used.contains(&(module, row.part as usize)) {
                        used.push((module, row.part as usize));
                    }
                    last = row.part;
                }
            }
        }
        self.tables.load(self.job, self.modules, &used)?;
        let of_part = |part: &Option<StreamPart>| part.as_ref().and_then(|p| self.tables.get(p.file, &p.dataset));
        let of_stream = |stream: &Stream| stream.parts.iter().map(of_part).collect();
        Ok(self.modules.iter().map(|m| m.streams.iter().map(of_stream).collect()).collect())
    }

    /// Takes a buffer back for the next batch.
    pub fn recycle(&self, buffers: Vec<Arc<Vec<u8>>>) {
        self.buffers.give(buffers.into_iter().filter_map(|b| Arc::try_unwrap(b).ok()));
    }

    /// Bytes that `block` takes in a window while it is in flight: stored chunks, decoded chunks shared by frames, and what
    /// is encoded anew.
    pub fn cost(&self, prepared: &Prepared, tables: &SequenceTables, window: &Window, block: &Block) -> u64 {
        let mut cost = window.share(prepared.output_bytes) * block.frames.len() as u64;
        for (module, streams) in self.modules.iter().enumerate() {
            if !window.modules.contains(&module) {
                continue;
            }
            for (number, stream) in streams.streams.iter().enumerate() {
                let mut last = (u32::MAX, u64::MAX);
                for &frame in &block.frames {
                    let Some(row) = prepared.frames.rows[module][frame] else { continue };
                    let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
                    let chunk = row.row / part.rows_per_chunk;
                    if last == (row.part, chunk) {
                        continue;
                    }
                    last = (row.part, chunk);
                    let raw = stream.row_bytes as u64 * part.rows_per_chunk;
                    let stored = tables[module][number][row.part as usize]
                        .as_ref()
                        .and_then(|t| t.chunks.get(chunk as usize).copied().flatten())
                        .map_or(raw, |c| c.size as u64);
                    // where damage is skipped, what may be regrouped is decoded to see whether it can be
                    let looked_at = stream.written && self.job.bad_input != BadInput::Stop;
                    let several = part.rows_per_chunk > 1 || self.job.detector.cells_per_row > 1;
                    let shared = (stream.decoded || looked_at) && several;
                    let recoded = if stream.written { prepared.recodes } else { 0 };
                    cost += stored + if shared { raw } else { 0 } + recoded * raw;
                }
            }
        }
        cost
    }

    /// # Errors
    /// I/O errors that stay after retries; damage of single chunks is kept in the batch instead.
    pub fn fetch(
        &self,
        prepared: &Prepared,
        tables: &SequenceTables,
        window: &Arc<Window>,
        blocks: Vec<Block>,
    ) -> Result<Batch> {
        let started = Instant::now();
        let mut chunks: Vec<Vec<StreamChunks>> = Vec::with_capacity(self.modules.len());
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut through_opener: Vec<(usize, usize, usize)> = Vec::new();
        for (module, streams) in self.modules.iter().enumerate() {
            let mut of_module = Vec::with_capacity(streams.streams.len());
            for (number, stream) in streams.streams.iter().enumerate() {
                let mut keys: Vec<(u32, u64)> = Vec::new();
                let here = window.modules.contains(&module);
                for &frame in blocks.iter().filter(|_| here).flat_map(|b| &b.frames) {
                    let Some(row) = prepared.frames.rows[module][frame] else { continue };
                    if let Some(part) = stream.parts[row.part as usize].as_ref() {
                        let key = (row.part, row.row / part.rows_per_chunk);
                        if keys.last() != Some(&key) {
                            keys.push(key);
                        }
                    }
                }
                keys.sort_unstable();
                keys.dedup();
                let mut stored = Vec::with_capacity(keys.len());
                for (index, &(part_number, chunk)) in keys.iter().enumerate() {
                    let part = stream.parts[part_number as usize].as_ref().ok_or_else(|| bug("a part without data"))?;
                    let place = || {
                        Place::file(&self.job.run.files[part.file].path).source(format!(
                            "{}/{} chunk {chunk}",
                            self.job.detector.modules[module].source, stream.key
                        ))
                    };
                    let state = match &part.access {
                        Access::Opener => {
                            through_opener.push((module, number, index));
                            ChunkState::Rows
                        }
                        Access::Chunks(_) => {
                            let table = tables[module][number][part_number as usize]
                                .as_ref()
                                .ok_or_else(|| bug("a chunk table is missing"))?;
                            let raw = stream.row_bytes as u64 * part.rows_per_chunk;
                            let file_size = self.job.run.files[part.file].stamp.size;
                            match table.chunks.get(chunk as usize) {
                                Some(Some(c)) if c.size as u64 > 2 * raw + 4096 => ChunkState::Failed(Error::input(
                                    format!("a chunk of {raw} bytes takes {} bytes in the file", c.size),
                                    place(),
                                )),
                                Some(Some(c)) if c.offset.saturating_add(c.size as u64) > file_size => {
                                    ChunkState::Failed(Error::input("the file ends before the chunk does", place()))
                                }
                                Some(Some(c)) => {
                                    wanted.push(Wanted {
                                        file: part.file,
                                        offset: c.offset,
                                        size: c.size,
                                        module,
                                        stream: number,
                                        index,
                                    });
                                    ChunkState::Stored { filter_mask: c.filter_mask }
                                }
                                Some(None) => ChunkState::Absent { fill: table.fill.clone() },
                                None => {
                                    ChunkState::Failed(Error::input("the chunk is not in the dataset's index", place()))
                                }
                            }
                        }
                    };
                    stored.push(StoredChunk::new(state, None, 0..0));
                }
                let shared = keys.iter().map(|_| Default::default()).collect();
                of_module.push(StreamChunks { keys, chunks: stored, shared });
            }
            chunks.push(of_module);
        }
        let reads = coalesce(wanted);
        let bytes = reads.iter().map(|r| r.end - r.start).sum();
        let mut buffers = Vec::with_capacity(reads.len());
        for (read, outcome) in reads.iter().zip(self.read_all(&reads)?) {
            match outcome {
                Ok(buffer) => {
                    let buffer = Arc::new(buffer);
                    for &(module, stream, index, offset, size) in &read.cuts {
                        let start = (offset - read.start) as usize;
                        let chunk = &mut chunks[module][stream].chunks[index];
                        *chunk =
                            StoredChunk::new(chunk.state.clone(), Some(buffer.clone()), start..start + size as usize);
                    }
                    buffers.push(buffer);
                }
                Err(damage) => {
                    for &(module, stream, index, ..) in &read.cuts {
                        chunks[module][stream].chunks[index] =
                            StoredChunk::new(ChunkState::Failed(self.name_chunk(&damage, module, stream)), None, 0..0);
                    }
                }
            }
        }
        self.read_through_opener(&mut chunks, &through_opener)?;
        if let Some(rate) = self.options.bytes_per_second {
            let due = Duration::from_secs_f64(bytes as f64 / rate);
            std::thread::sleep(due.saturating_sub(started.elapsed()));
        }
        Ok(Batch { window: window.clone(), blocks, chunks, buffers, bytes })
    }

    fn name_chunk(&self, damage: &Error, module: usize, stream: usize) -> Error {
        let source =
            format!("{}/{}", self.job.detector.modules[module].source, self.modules[module].streams[stream].key);
        let mut place = damage.place().clone();
        place.source = Some(source);
        Error::input(damage.to_string(), place)
    }

    fn read_through_opener(&self, chunks: &mut [Vec<StreamChunks>], wanted: &[(usize, usize, usize)]) -> Result<()> {
        for &(module, number, index) in wanted {
            let stream = &self.modules[module].streams[number];
            let (part_number, row) = chunks[module][number].keys[index];
            let part = stream.parts[part_number as usize].as_ref().ok_or_else(|| bug("a part without data"))?;
            let path = &self.job.run.files[part.file].path;
            let chunk = match self.job.pool.rows(path, &part.dataset, &[(row, 1)]) {
                Ok(rows) if rows.bytes.len() == stream.row_bytes => {
                    let range = 0..rows.bytes.len();
                    StoredChunk::new(ChunkState::Rows, Some(Arc::new(rows.bytes)), range)
                }
                Ok(_) => StoredChunk::new(
                    ChunkState::Failed(Error::input("a row has the wrong length", Place::file(path))),
                    None,
                    0..0,
                ),
                Err(e @ Error::Input { .. }) => StoredChunk::new(ChunkState::Failed(e), None, 0..0),
                Err(e) => return Err(e),
            };
            chunks[module][number].chunks[index] = chunk;
        }
        Ok(())
    }

    fn read_all(&self, reads: &[Read]) -> Result<Vec<Outcome>> {
        self.readers.read(reads.iter().map(|read| {
            let length = (read.end - read.start) as usize;
            let file = &self.job.run.files[read.file];
            let (path, known) = (file.path.clone(), Some(file.stamp.clone()));
            Task { file: read.file, path, known, start: read.start, length, buffer: self.buffers.take(length) }
        }))
    }
}

fn bug(what: &str) -> Error {
    Error::bug(what, Place::default())
}

fn coalesce(wanted: Vec<Wanted>) -> Vec<Read> {
    let mut by_file: BTreeMap<usize, Vec<Wanted>> = BTreeMap::new();
    for w in wanted {
        by_file.entry(w.file).or_default().push(w);
    }
    let mut reads: Vec<Read> = Vec::new();
    for (file, mut chunks) in by_file {
        chunks.sort_by_key(|w| w.offset);
        let mut current: Option<Read> = None;
        for w in chunks {
            let end = w.offset.saturating_add(w.size as u64);
            let cut = (w.module, w.stream, w.index, w.offset, w.size);
            match &mut current {
                Some(read) if w.offset <= read.end.saturating_add(GAP) && end.max(read.end) - read.start <= LONGEST => {
                    read.end = read.end.max(end);
                    read.cuts.push(cut);
                }
                _ => {
                    reads.extend(current.take());
                    current = Some(Read { file, start: w.offset, end, cuts: vec![cut] });
                }
            }
        }
        reads.extend(current);
    }
    reads
}
