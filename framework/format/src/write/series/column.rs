//! One dataset of one file while it is being written: rows collect to a chunk, which is encoded and stored once.
//!
//! A dataset that never fills a chunk is written in one piece at the end, without padding. The last chunk of a longer one
//! is padded with zeros. In direct mode the chunk that is not full yet is stored after every call and rewritten by the
//! next one.
//!
//! Memory: one chunk of rows and one of stored bytes.

use super::declared::Declared;
use crate::hdf5::{Dataset, Datatype};
use crate::write::container::Chunking;
use crate::write::receipt::{ChunkReceipt, ChunkedReceipt};
use crate::write::{FileWriter, Storage, Values};
use crate::{Error, Place, Result};
use trainyard_codec::Scratch;

#[derive(Default)]
pub(super) struct Column {
    /// rows of the chunk that is not full yet
    open: Vec<u8>,
    /// rows so far, those in `open` included
    rows: u64,
    /// made when the first chunk is stored
    dataset: Option<Dataset>,
    /// of full chunks
    chunks: Vec<ChunkReceipt>,
    scratch: Scratch,
    stored: Vec<u8>,
}

impl Column {
    /// Adds rows, and stores every chunk they fill.
    pub fn append(&mut self, file: &mut FileWriter, declared: &Declared, mut bytes: &[u8]) -> Result<()> {
        let chunk = declared.row_bytes * declared.rows_per_chunk as usize;
        self.rows += (bytes.len() / declared.row_bytes) as u64;
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(chunk - self.open.len()));
            self.open.extend_from_slice(now);
            bytes = later;
            if self.open.len() == chunk {
                let receipt = self.store(file, declared)?;
                self.chunks.push(receipt);
                self.open.clear();
            }
        }
        Ok(())
    }

    /// Stores the chunk that is not full yet.
    pub fn store_open(&mut self, file: &mut FileWriter, declared: &Declared) -> Result<Option<ChunkReceipt>> {
        if self.open.is_empty() {
            return Ok(None);
        }
        let rows = self.open.len();
        self.open.resize(declared.row_bytes * declared.rows_per_chunk as usize, 0);
        let receipt = self.store(file, declared);
        self.open.truncate(rows);
        receipt.map(Some)
    }

    /// Stores `open`, a whole chunk, as the one after those in `chunks`. The extent never shrinks: HDF5 would decode and
    /// rewrite the edge, through filters that it may not have.
    fn store(&mut self, file: &mut FileWriter, declared: &Declared) -> Result<ChunkReceipt> {
        let mut dataset = match self.dataset.take() {
            Some(dataset) => dataset,
            None => create(file, declared)?,
        };
        let index = self.chunks.len() as u64;
        let rows = self.rows.min((index + 1).saturating_mul(declared.rows_per_chunk));
        if dataset.rows() != rows {
            dataset.set_rows(rows)?;
        }
        self.stored.clear();
        let place = || Place::file(&file.spec.path).source(declared.path());
        let mask = (declared.pipeline.encode(&self.open, &mut self.stored, &mut self.scratch))
            .map_err(|error| Error::bug(format!("failed to encode chunk {index}: {error}"), place()))?;
        let receipt = ChunkReceipt::of(&self.stored, mask)
            .ok_or_else(|| Error::bug(format!("chunk {index} is too large"), place()))?;
        dataset.write_chunk(index, mask, &self.stored)?;
        self.dataset = Some(dataset);
        Ok(receipt)
    }

    /// Ends the dataset in this file, and is ready for the next one. Says how many rows there were.
    pub fn finish(&mut self, file: &mut FileWriter, declared: &Declared) -> Result<u64> {
        if self.dataset.is_some() {
            let edge = self.store_open(file, declared)?;
            self.chunks.extend(edge);
            let chunks = std::mem::take(&mut self.chunks);
            let path = format!("/{}", declared.path());
            let rows_per_chunk = declared.rows_per_chunk;
            file.container.receipt.datasets.push(ChunkedReceipt { path, rows: self.rows, rows_per_chunk, chunks });
        } else {
            let storage = match declared.filters.as_slice() {
                filters if !filters.is_empty() && self.rows > 0 => {
                    Storage::Chunked { rows_per_chunk: self.rows, filters: filters.to_vec() }
                }
                _ => Storage::Contiguous,
            };
            let values = Values::new(declared.element, &declared.row_shape, &self.open).stored(storage);
            file.container.values(&declared.path(), &values.with_attributes(declared.dataset_attributes()))?;
        }
        self.dataset = None;
        self.open.clear();
        Ok(std::mem::take(&mut self.rows))
    }
}

fn create(file: &mut FileWriter, declared: &Declared) -> Result<Dataset> {
    let chunking = Chunking {
        row_shape: &declared.row_shape,
        rows: 0,
        rows_per_chunk: declared.rows_per_chunk,
        filters: &declared.filters,
        element: declared.element,
    };
    let dataset = file.container.chunked(&declared.path(), &chunking, &Datatype::of(declared.element, false)?)?;
    file.container.attributes(&dataset, declared.dataset_attributes())?;
    Ok(dataset)
}
