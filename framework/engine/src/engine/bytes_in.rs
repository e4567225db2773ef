//! Stored bytes that a sequence needs, counted by content: however it is cut into batches, the manifest says the same.

use crate::read::{ModuleStreams, Prepared, SequenceTables};
use std::collections::BTreeSet;

pub fn count(modules: &[ModuleStreams], prepared: &Prepared, tables: &SequenceTables) -> u64 {
    let mut total = 0;
    for (module, streams) in modules.iter().enumerate() {
        for (number, stream) in streams.streams.iter().enumerate() {
            let mut seen = BTreeSet::new();
            for &frame in prepared.blocks.iter().flat_map(|b| &b.frames) {
                let Some(row) = prepared.frames.rows[module][frame] else { continue };
                let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
                let chunk = row.row / part.rows_per_chunk;
                if !seen.insert((row.part, chunk)) {
                    continue;
                }
                let table = tables[module][number][row.part as usize].as_ref();
                let stored = match table {
                    Some(table) => table.chunks.get(chunk as usize).copied().flatten().map_or(0, |c| u64::from(c.size)),
                    None => stream.row_bytes as u64,
                };
                total += stored;
            }
        }
    }
    total
}
