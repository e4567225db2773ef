//! Reads a finished file back and compares it with its receipt.
//!
//! Chunks: positional reads of the stored bytes at the addresses that the file itself states. Everything else: values
//! as HDF5 reads them. Both in a process other than the one that wrote.

use super::receipt::{ChunkedReceipt, FileReceipt};
use crate::map::ChunkTable;
use crate::opener::OpenerPool;
use crate::{Error, Place, Result};
use rayon::prelude::*;
use std::fs::File;
use std::os::unix::fs::FileExt;
use xxhash_rust::xxh3::xxh3_64;

/// Compares the file that a receipt describes with the receipt.
///
/// # Errors
/// [`Error::Resource`] naming dataset and chunk that differ: what the disk holds is not what was written.
pub fn verify(receipt: &FileReceipt, pool: &OpenerPool) -> Result<()> {
    let path = &receipt.path;
    let file = File::open(path).map_err(|error| Error::io("open", path, &error))?;
    let size = file.metadata().map_err(|error| Error::io("look at", path, &error))?.len();
    if size != receipt.size {
        return Err(differs(receipt, "", format!("the file has {size} bytes, {} were written", receipt.size)));
    }
    let datasets: Vec<&str> = receipt.datasets.iter().map(|dataset| dataset.path.as_str()).collect();
    let tables = pool.chunks(path, &datasets)?;
    if tables.len() != datasets.len() {
        return Err(Error::bug("the opener left out a chunk table", Place::file(path)));
    }
    for (written, table) in receipt.datasets.iter().zip(&tables) {
        chunks(receipt, &file, written, table)?;
    }
    let (paths, checksums): (Vec<&str>, Vec<u64>) =
        receipt.small.iter().map(|(path, &sum)| (path.as_str(), sum)).unzip();
    let found = pool.digests(path, &paths)?;
    match paths.iter().zip(checksums.iter().zip(&found)).find(|(_, (written, found))| written != found) {
        Some((dataset, _)) => Err(differs(receipt, dataset, "its values are not those written".into())),
        None if found.len() != paths.len() => Err(Error::bug("the opener left out a checksum", Place::file(path))),
        None => Ok(()),
    }
}

fn chunks(receipt: &FileReceipt, file: &File, written: &ChunkedReceipt, table: &ChunkTable) -> Result<()> {
    let expected = (written.rows, written.rows_per_chunk, written.chunks.len());
    let stated = (table.rows, table.rows_per_chunk, table.chunks.len());
    if expected != stated {
        let what = format!("rows, rows per chunk and chunks are {stated:?}, written were {expected:?}");
        return Err(differs(receipt, &written.path, what));
    }
    let fault = |index: usize, what: &str| Err(differs(receipt, &written.path, format!("chunk {index} {what}")));
    // Every chunk by itself, the first fault by index: the same message whatever the number of threads.
    let check = |bytes: &mut Vec<u8>, index: usize| {
        let (Some(chunk), Some(Some(entry))) = (written.chunks.get(index), table.chunks.get(index)) else {
            return fault(index, "is not in the file");
        };
        if (chunk.size, chunk.filter_mask) != (entry.size, entry.filter_mask) {
            return fault(index, "has another size or filter mask");
        }
        bytes.resize(entry.size as usize, 0);
        file.read_exact_at(bytes, entry.offset).map_err(|error| Error::io("read", &receipt.path, &error))?;
        if xxh3_64(bytes) == chunk.checksum {
            Ok(())
        } else {
            fault(index, "holds other bytes")
        }
    };
    let results: Vec<Result<()>> =
        (0..written.chunks.len()).into_par_iter().map_init(Vec::new, |bytes, index| check(bytes, index)).collect();
    results.into_iter().collect()
}

fn differs(receipt: &FileReceipt, dataset: &str, what: String) -> Error {
    let place = Place::file(&receipt.path);
    let place = if dataset.is_empty() { place } else { place.source(dataset) };
    Error::resource(format!("read back something else than was written: {what}"), place)
        .with_hint("the storage is at fault; run again")
}
