//! Putting output chunks together from rows: copied whole where all rows of a chunk stay together, regrouped otherwise.

use crate::compute::{decode_chunk, RowOut, StreamOutput};
use crate::read::{StoredChunk, Stream, StreamChunks};
use trainyard_codec::Scratch;
use trainyard_format::{Error, Place, Result};

/// Bytes ready for `H5Dwrite_chunk`.
pub struct FinishedChunk {
    pub bytes: ChunkBytes,
    pub filter_mask: u32,
    pub copied: bool,
}

pub enum ChunkBytes {
    Stored(StoredChunk),
    Owned(Vec<u8>),
}

impl ChunkBytes {
    pub fn as_slice(&self) -> &[u8] {
        match self {
            ChunkBytes::Stored(chunk) => chunk.bytes(),
            ChunkBytes::Owned(bytes) => bytes,
        }
    }
}

/// A chunk whose rows are known.
pub enum ChunkJob {
    Ready(FinishedChunk),
    Assemble(Vec<Piece>),
}

#[derive(Clone)]
pub struct Piece {
    part: u32,
    chunk: u64,
    row: u64,
    stored: StoredChunk,
}

/// Collects the rows of one stream of one module in order.
pub struct ChunkAssembler {
    rows_per_chunk: usize,
    pending: Vec<Piece>,
}

impl ChunkAssembler {
    pub fn new(rows_per_chunk: u64) -> Self {
        ChunkAssembler {
            rows_per_chunk: usize::try_from(rows_per_chunk).unwrap_or(usize::MAX).max(1),
            pending: Vec::new(),
        }
    }

    pub fn push(&mut self, row: RowOut) -> Option<ChunkJob> {
        let ready = |bytes, filter_mask, copied| Some(ChunkJob::Ready(FinishedChunk { bytes, filter_mask, copied }));
        match row {
            RowOut::Copy(stored) => {
                let mask = stored_mask(&stored);
                ready(ChunkBytes::Stored(stored), mask, true)
            }
            RowOut::Encoded { bytes, filter_mask } => ready(ChunkBytes::Owned(bytes), filter_mask, false),
            RowOut::Piece { part, chunk, row, stored } => {
                self.pending.push(Piece { part, chunk, row, stored });
                (self.pending.len() >= self.rows_per_chunk)
                    .then(|| ChunkJob::Assemble(std::mem::take(&mut self.pending)))
            }
        }
    }

    /// Lets go of the batch that pending rows came from.
    pub fn detach(&mut self) {
        for piece in &mut self.pending {
            piece.stored = piece.stored.detached();
        }
    }

    /// The last chunk, which may be short.
    pub fn finish(&mut self) -> Option<ChunkJob> {
        (!self.pending.is_empty()).then(|| ChunkJob::Assemble(std::mem::take(&mut self.pending)))
    }
}

fn stored_mask(chunk: &StoredChunk) -> u32 {
    match chunk.state {
        crate::read::ChunkState::Stored { filter_mask } => filter_mask,
        _ => 0,
    }
}

/// Carries out a job. `chunks` are those of the current batch, whose decoded chunks are used again; `place` names the file
/// of a part.
///
/// # Errors
/// Damaged input.
pub fn complete(
    job: ChunkJob,
    stream: &Stream,
    output: &StreamOutput,
    chunks: &StreamChunks,
    place: &dyn Fn(u32) -> Place,
    scratch: &mut Scratch,
) -> Result<FinishedChunk> {
    let pieces = match job {
        ChunkJob::Ready(finished) => return Ok(finished),
        ChunkJob::Assemble(pieces) => pieces,
    };
    if let Some(whole) = whole_chunk(&pieces, stream, output) {
        return Ok(whole);
    }
    let row_bytes = stream.row_bytes;
    let mut raw = vec![0u8; row_bytes * output.rows_per_chunk as usize];
    let mut own: Option<((u32, u64), Vec<u8>)> = None;
    for (piece, target) in pieces.iter().zip(raw.chunks_exact_mut(row_bytes)) {
        let key = (piece.part, piece.chunk);
        let part = stream.parts.get(piece.part as usize).and_then(Option::as_ref);
        let part = part.ok_or_else(|| Error::bug("a row of no file", Place::default()))?;
        let start = (piece.row % part.rows_per_chunk) as usize * row_bytes;
        let shared = chunks.find(piece.part, piece.chunk).and_then(|i| chunks.shared[i].get());
        if let Some(Ok(decoded)) = shared {
            target.copy_from_slice(&decoded[start..start + row_bytes]);
            continue;
        }
        if own.as_ref().is_none_or(|(k, _)| *k != key) {
            let mut decoded = vec![0; row_bytes * part.rows_per_chunk as usize];
            decode_chunk(stream, part, &piece.stored, &mut decoded, scratch).map_err(|e| match e {
                Error::Input { what, hint, .. } => {
                    Error::Input { what: format!("{what} (row {})", piece.row), place: place(piece.part), hint }
                }
                other => other,
            })?;
            own = Some((key, decoded));
        }
        if let Some((_, decoded)) = &own {
            target.copy_from_slice(&decoded[start..start + row_bytes]);
        }
    }
    let mut bytes = Vec::new();
    let (filter_mask, _) = output.encode(&raw, &mut bytes, scratch)?;
    Ok(FinishedChunk { bytes: ChunkBytes::Owned(bytes), filter_mask, copied: false })
}

/// The stored chunk itself, when the pieces are its rows from the first on and none is missing.
fn whole_chunk(pieces: &[Piece], stream: &Stream, output: &StreamOutput) -> Option<FinishedChunk> {
    let first = pieces.first()?;
    let part = stream.parts.get(first.part as usize)?.as_ref()?;
    let rows_in_chunk = part.rows_per_chunk.min(part.rows.saturating_sub(first.chunk * part.rows_per_chunk));
    let in_order = pieces.iter().enumerate().all(|(i, p)| {
        (p.part, p.chunk, p.row) == (first.part, first.chunk, first.chunk * part.rows_per_chunk + i as u64)
    });
    let stored = matches!(first.stored.state, crate::read::ChunkState::Stored { .. });
    (in_order && stored && output.copies[first.part as usize] && pieces.len() as u64 == rows_in_chunk).then(|| {
        FinishedChunk {
            filter_mask: stored_mask(&first.stored),
            bytes: ChunkBytes::Stored(first.stored.clone()),
            copied: true,
        }
    })
}
