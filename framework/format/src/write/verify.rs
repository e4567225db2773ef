//! Syncs a finished file, reads it back and compares it with its receipt.
//!
//! One sequential reading of every byte, in pieces that stay in the cache: it gives the checksum of the whole file, and
//! those of the chunks at the addresses that the file itself states, and of all that HDF5 wrote around the values. Everything
//! else: values as HDF5 reads them. All of it in a process other than the one that wrote, which can be killed when storage does
//! not answer. The page cache may give
//! the answer: what is compared is what the system hands out, not what the medium holds.

use super::receipt::FileReceipt;
use super::seal::{Expected, Seal, Stamp};
use crate::durable::open_own;
use crate::hdf5;
use crate::map::ChunkTable;
use crate::opener::OpenerPool;
use crate::{Error, Place, Result};
use std::collections::HashSet;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Hashed twice while it lies in the cache.
const PIECE: usize = 256 << 10;

/// Compares the file that a receipt describes with the receipt.
///
/// # Errors
/// [`Error::Resource`] naming dataset and chunk that differ: what the disk holds is not what was written.
pub fn verify(receipt: &FileReceipt, pool: &OpenerPool) -> Result<Seal> {
    pool.read_back(std::slice::from_ref(receipt)).and_then(|seals| {
        let missing = || Error::bug("the opener left out a file", Place::file(&receipt.path));
        seals.into_iter().next().ok_or_else(missing)
    })
}

/// Syncs all files, then reads them.
pub(crate) fn read_back(receipts: &[FileReceipt]) -> Result<Vec<Seal>> {
    let mut files = Vec::with_capacity(receipts.len());
    for receipt in receipts {
        let missing = || Error::io("open", &receipt.path, &ErrorKind::NotFound.into());
        let file = open_own(&receipt.path)?.ok_or_else(missing)?;
        file.sync_all().map_err(|error| Error::io("sync", &receipt.path, &error))?;
        files.push(file);
    }
    receipts.iter().zip(files).map(|(receipt, file)| compare(receipt, file)).collect()
}

/// Which of the files hold what they should; None: one that is not there, or holds something else.
pub(crate) fn standing(files: &[Expected]) -> Result<Vec<Option<Stamp>>> {
    files.iter().map(stands).collect()
}

fn stands(expected: &Expected) -> Result<Option<Stamp>> {
    let Some(file) = open_own(&expected.path)? else { return Ok(None) };
    let (size, before) = look(&file, &expected.path)?;
    if size != expected.size {
        return Ok(None);
    }
    let seal = scan(&file, &expected.path, size, &[], &mut |_, _| Ok(()))?;
    let (_, after) = look(&file, &expected.path)?;
    Ok(seal.filter(|checksum| *checksum == expected.checksum && before == after).map(|_| after))
}

fn compare(receipt: &FileReceipt, file: File) -> Result<Seal> {
    let path = &receipt.path;
    let (size, before) = look(&file, path)?;
    if size != receipt.size {
        return Err(differs(receipt, "", format!("the file has {size} bytes, {} were written", receipt.size)));
    }
    let spans = if receipt.datasets.is_empty() && receipt.small.is_empty() && receipt.structure.is_empty() {
        Vec::new()
    } else {
        let hdf5 = hdf5::File::open(path)?;
        let spans = spans(receipt, &hdf5)?;
        for (dataset, written) in &receipt.small {
            if super::digest::dataset(&hdf5.dataset(dataset)?)? != *written {
                return Err(differs(receipt, dataset, "its values are not those written".into()));
            }
        }
        spans
    };
    let mut check = |span: &Span, found: u64| {
        if found == span.checksum {
            return Ok(());
        }
        match span.dataset.and_then(|number| receipt.datasets.get(number)) {
            Some(dataset) => Err(differs(receipt, &dataset.path, format!("chunk {} holds other bytes", span.chunk))),
            None => {
                let what = format!("names, attributes or the index of chunks are others, from byte {} on", span.offset);
                Err(differs(receipt, "", what))
            }
        }
    };
    let cut = || differs(receipt, "", "it ends before its size".into());
    let checksum = scan(&file, path, size, &spans, &mut check)?.ok_or_else(cut)?;
    if receipt.checksum.is_some_and(|written| written != checksum) {
        return Err(differs(receipt, "", "the file holds other bytes".into()));
    }
    match look(&file, path)? {
        (_, stamp) if stamp == before => Ok(Seal { size, checksum, stamp }),
        _ => Err(differs(receipt, "", "somebody wrote to it meanwhile".into())),
    }
}

/// A chunk, or what stands around the values, and where it lies.
struct Span {
    offset: u64,
    size: u64,
    checksum: u64,
    /// None: no chunk
    dataset: Option<usize>,
    chunk: usize,
}

/// All of them in the order of their addresses.
fn spans(receipt: &FileReceipt, hdf5: &hdf5::File) -> Result<Vec<Span>> {
    let around = receipt.structure.iter().enumerate();
    let mut spans: Vec<Span> = around
        .map(|(number, piece)| Span {
            offset: piece.offset,
            size: piece.size,
            checksum: piece.checksum,
            dataset: None,
            chunk: number,
        })
        .collect();
    for (number, written) in receipt.datasets.iter().enumerate() {
        let table: ChunkTable = hdf5.dataset(&written.path)?.chunk_table()?;
        let expected = (written.rows, written.rows_per_chunk, written.chunks.len());
        let stated = (table.rows, table.rows_per_chunk, table.chunks.len());
        if expected != stated {
            let what = format!("rows, rows per chunk and chunks are {stated:?}, written were {expected:?}");
            return Err(differs(receipt, &written.path, what));
        }
        for (index, (chunk, entry)) in written.chunks.iter().zip(&table.chunks).enumerate() {
            let fault = |what: &str| Err(differs(receipt, &written.path, format!("chunk {index} {what}")));
            let Some(entry) = entry else { return fault("is not in the file") };
            if (chunk.size, chunk.filter_mask) != (entry.size, entry.filter_mask) {
                return fault("has another size or filter mask");
            }
            let span = Span {
                offset: entry.offset,
                size: u64::from(entry.size),
                checksum: chunk.checksum,
                dataset: Some(number),
                chunk: index,
            };
            if span.offset.checked_add(span.size).is_none_or(|end| end > receipt.size) {
                return fault("lies outside the file");
            }
            spans.push(span);
        }
    }
    // what is known of a chunk already
    let chunks: HashSet<(u64, u64)> =
        spans.iter().filter(|span| span.dataset.is_some()).map(|span| (span.offset, span.size)).collect();
    spans.retain(|span| span.dataset.is_some() || !chunks.contains(&(span.offset, span.size)));
    spans.sort_by_key(|span| (span.offset, span.dataset, span.chunk));
    if let Some(pair) = spans.windows(2).find(|pair| pair[0].offset + pair[0].size > pair[1].offset) {
        let of = |span: &Span| receipt.datasets.get(span.dataset?).map(|dataset| dataset.path.as_str());
        let dataset = of(&pair[1]).or(of(&pair[0])).unwrap_or_default();
        return Err(differs(receipt, dataset, format!("chunk {} lies over another", pair[1].chunk)));
    }
    Ok(spans)
}

/// Reads the whole file once: its checksum, and that of each span to `check`. None: it ends before `size`.
fn scan(
    mut file: &File,
    path: &Path,
    size: u64,
    spans: &[Span],
    check: &mut dyn FnMut(&Span, u64) -> Result<()>,
) -> Result<Option<u64>> {
    let mut whole = Xxh3::new();
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    let mut read = |until: u64, at: &mut u64, own: &mut Option<Xxh3>| -> Result<bool> {
        while *at < until {
            let length = piece.len().min(usize::try_from(until - *at).unwrap_or(usize::MAX));
            match file.read(&mut piece[..length]) {
                Ok(0) => return Ok(false),
                Ok(count) => {
                    whole.update(&piece[..count]);
                    if let Some(own) = own {
                        own.update(&piece[..count]);
                    }
                    *at += count as u64;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::io("read", path, &error)),
            }
        }
        Ok(true)
    };
    for span in spans {
        let mut own = None;
        if !read(span.offset, &mut at, &mut own)? {
            return Ok(None);
        }
        own = Some(Xxh3::new());
        if !read(span.offset + span.size, &mut at, &mut own)? {
            return Ok(None);
        }
        check(span, own.map_or(0, |own| own.digest()))?;
    }
    if !read(size, &mut at, &mut None)? {
        return Ok(None);
    }
    Ok(Some(whole.digest()))
}

fn look(file: &File, path: &Path) -> Result<(u64, Stamp)> {
    let metadata = file.metadata().map_err(|error| Error::io("look at", path, &error))?;
    Ok((metadata.len(), Stamp::of(&metadata)))
}

fn differs(receipt: &FileReceipt, dataset: &str, what: String) -> Error {
    let place = Place::file(&receipt.path);
    let place = if dataset.is_empty() { place } else { place.source(dataset) };
    Error::resource(format!("read back something else than was written: {what}"), place)
        .with_hint("the storage is at fault; run again")
}

/// What is wrong with a file that we wrote ourselves is no matter of the input.
pub(crate) fn of_our_own(error: Error) -> Error {
    match error {
        Error::Input { what, place, .. } | Error::Request { what, place, .. } => {
            Error::resource(format!("read back something else than was written: {what}"), place)
                .with_hint("the storage is at fault; run again")
        }
        other => other,
    }
}
