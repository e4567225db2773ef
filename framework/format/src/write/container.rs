//! The HDF5 file below the writer: makes groups and datasets by path, once each, and keeps the receipt.
//!
//! Small datasets are written whole; those in chunks pass through the codec crate, not HDF5's filters, so that equal
//! values give equal bytes whatever libhdf5 was built with.

use super::digest;
use super::early::Early;
use super::path::fault;
use super::receipt::{ChunkReceipt, ChunkedReceipt, PieceReceipt};
use super::values::{Storage, Values};
use super::FileReceipt;
use crate::hdf5::{Dataset, DatasetSpec, Datatype, File, FillTime, Group};
use crate::map::{Attribute, ElementType};
use crate::{Error, Place, Result};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use trainyard_codec::{Filter, Pipeline, Scratch};
use xxhash_rust::xxh3::xxh3_64;

/// HDF5 stores a chunk's size in 32 bits.
pub(super) const LARGEST_CHUNK: u64 = u32::MAX as u64;

/// How a dataset is cut into chunks.
#[derive(Clone, Copy)]
pub(super) struct Chunking<'a> {
    pub row_shape: &'a [u64],
    /// at creation
    pub rows: u64,
    pub rows_per_chunk: u64,
    pub filters: &'a [Filter],
    pub element: ElementType,
}

pub(super) struct Container {
    file: File,
    path: PathBuf,
    /// datasets written so far, without the leading slash
    written: BTreeSet<String>,
    scratch: Scratch,
    /// the format has attributes since 1.3
    with_attributes: bool,
    pub early: Early,
    pub receipt: FileReceipt,
}

impl Container {
    pub fn create(path: &Path, with_attributes: bool) -> Result<Self> {
        let file = File::create_new(path)?;
        let receipt = FileReceipt { path: path.into(), ..FileReceipt::default() };
        Ok(Container {
            file,
            path: path.into(),
            written: BTreeSet::new(),
            scratch: Scratch::default(),
            with_attributes,
            early: Early::new(path),
            receipt,
        })
    }

    fn bug(&self, what: impl Into<String>, object: &str) -> Error {
        Error::bug(what, Place::file(&self.path).source(object))
    }

    /// A group with those above it, new or not.
    pub fn group(&self, path: &str) -> Result<Group> {
        match fault(path) {
            Some(why) => Err(self.bug(format!("cannot name a group `{}`: {why}", path.escape_default()), path)),
            None => self.file.root()?.create_group(path),
        }
    }

    pub fn group_attributes(&self, path: &str, attributes: &[Attribute]) -> Result<()> {
        if attributes.is_empty() || !self.with_attributes {
            return Ok(());
        }
        let group = self.group(path)?;
        attributes.iter().try_for_each(|attribute| group.write_attribute(attribute))
    }

    pub fn attributes(&self, dataset: &Dataset, attributes: &[Attribute]) -> Result<()> {
        if !self.with_attributes {
            return Ok(());
        }
        attributes.iter().try_for_each(|attribute| dataset.write_attribute(attribute))
    }

    pub fn soft_link(&self, path: &str, target: &str) -> Result<()> {
        match path.rsplit_once('/') {
            Some((parent, name)) => self.group(parent)?.create_soft_link(name, target),
            None => self.file.root()?.create_soft_link(path, target),
        }
    }

    /// A new dataset; each path once.
    pub fn create_dataset(&mut self, path: &str, spec: &DatasetSpec<'_>) -> Result<Dataset> {
        if let Some(why) = fault(path) {
            return Err(self.bug(format!("cannot name a dataset `{}`: {why}", path.escape_default()), path));
        }
        if !self.written.insert(path.to_owned()) {
            return Err(self.bug("the dataset was written before", path));
        }
        match path.rsplit_once('/') {
            Some((parent, name)) => self.group(parent)?.create_dataset(name, spec),
            None => self.file.root()?.create_dataset(path, spec),
        }
    }

    /// Rows as `values` says.
    pub fn values(&mut self, path: &str, values: &Values) -> Result<()> {
        let Some(rows) = values.rows() else {
            let what =
                format!("{} bytes are no whole number of rows of shape {:?}", values.bytes.len(), values.row_shape);
            return Err(self.bug(what, path));
        };
        match &values.storage {
            Storage::Contiguous => {
                let shape: Vec<u64> = std::iter::once(rows).chain(values.row_shape.iter().copied()).collect();
                self.shaped(path, &shape, values)
            }
            Storage::Chunked { rows_per_chunk, filters } => {
                let Values { element, row_shape, attributes, .. } = *values;
                let chunking = Chunking { row_shape, rows, rows_per_chunk: *rows_per_chunk, filters, element };
                let mut whole = std::iter::once(Ok(Cow::Borrowed(&values.bytes[..])));
                self.encoded(path, &chunking, attributes, &mut whole)
            }
        }
    }

    /// A contiguous dataset of the given shape; `row_shape` and storage are not looked at.
    pub fn shaped(&mut self, path: &str, shape: &[u64], values: &Values) -> Result<()> {
        let datatype = Datatype::of(values.element, false)?;
        let spec = DatasetSpec { fill_time: FillTime::Never, ..DatasetSpec::new(&datatype, shape) };
        let dataset = self.create_dataset(path, &spec)?;
        self.attributes(&dataset, values.attributes)?;
        dataset.write_all(&values.bytes)?;
        self.receipt.small.insert(format!("/{path}"), xxh3_64(&values.bytes));
        Ok(())
    }

    /// Variable-length strings, ASCII unless one is not.
    pub fn strings(&mut self, path: &str, shape: &[u64], texts: &[&[u8]], attributes: &[Attribute]) -> Result<()> {
        let ascii = texts.iter().all(|text| text.is_ascii());
        let datatype = if ascii { Datatype::of(ElementType::VarString, false)? } else { Datatype::utf8()? };
        let dataset = self.create_dataset(path, &DatasetSpec::new(&datatype, shape))?;
        self.attributes(&dataset, attributes)?;
        dataset.write_strings(texts)?;
        self.receipt.small.insert(format!("/{path}"), digest::strings(texts.iter().copied()));
        Ok(())
    }

    /// A dataset whose chunks come ready made.
    pub fn chunked(&mut self, path: &str, chunking: &Chunking<'_>, datatype: &Datatype) -> Result<Dataset> {
        let Chunking { row_shape, rows, rows_per_chunk, filters, element } = *chunking;
        let row = row_shape.iter().try_fold(element.size() as u64, |bytes, &n| bytes.checked_mul(n));
        let bytes =
            row.and_then(|row| row.checked_mul(rows_per_chunk)).filter(|&bytes| bytes > 0 && bytes < LARGEST_CHUNK);
        if bytes.is_none() {
            let what = format!("{rows_per_chunk} rows of shape {row_shape:?} cannot be a chunk");
            return Err(self.bug(what, path));
        }
        let with_rows = |rows: u64| -> Vec<u64> { std::iter::once(rows).chain(row_shape.iter().copied()).collect() };
        let (shape, max_shape, chunk) = (with_rows(rows), with_rows(u64::MAX), with_rows(rows_per_chunk));
        let spec = DatasetSpec {
            max_shape: Some(&max_shape),
            chunk: Some(&chunk),
            filters,
            fill_time: FillTime::Never,
            ..DatasetSpec::new(datatype, &shape)
        };
        self.create_dataset(path, &spec)
    }

    /// Chunks encoded here of rows that come in pieces of any length; the last chunk is padded with zeros.
    pub fn encoded(
        &mut self,
        path: &str,
        chunking: &Chunking<'_>,
        attributes: &[Attribute],
        pieces: &mut dyn Iterator<Item = Result<Cow<'_, [u8]>>>,
    ) -> Result<()> {
        let Chunking { row_shape, rows, rows_per_chunk, filters, element } = *chunking;
        let dataset = self.chunked(path, chunking, &Datatype::of(element, false)?)?;
        self.attributes(&dataset, attributes)?;
        let row_bytes = row_shape.iter().try_fold(element.size() as u64, |bytes, &n| bytes.checked_mul(n));
        let chunk_bytes = row_bytes.and_then(|row| usize::try_from(row.checked_mul(rows_per_chunk)?).ok());
        let chunk_bytes = chunk_bytes.filter(|&n| n > 0).ok_or_else(|| self.bug("the chunk is too large", path))?;
        let pipeline = Pipeline::new(filters, element.size(), chunk_bytes)
            .map_err(|error| self.bug(format!("cannot write this filter: {error}"), path))?;
        let mut receipt = ChunkedReceipt { path: format!("/{path}"), rows, rows_per_chunk, chunks: Vec::new() };
        let mut stored = Vec::new();
        let mut store = |container: &mut Self, chunk: &[u8]| -> Result<()> {
            stored.clear();
            let index = receipt.chunks.len();
            let filter_mask = pipeline
                .encode(chunk, &mut stored, &mut container.scratch)
                .map_err(|error| container.bug(format!("failed to encode chunk {index}: {error}"), path))?;
            dataset.write_chunk(index as u64, filter_mask, &stored)?;
            container.early.wrote(stored.len());
            let written = ChunkReceipt::of(&stored, filter_mask);
            receipt.chunks.push(written.ok_or_else(|| container.bug("the chunk is too large", path))?);
            Ok(())
        };
        let (mut pending, mut taken): (Vec<u8>, u64) = (Vec::new(), 0);
        for piece in pieces {
            let piece = piece?;
            taken += piece.len() as u64;
            let mut rest = &piece[..];
            while pending.len() + rest.len() >= chunk_bytes {
                let (head, tail) = rest.split_at(chunk_bytes - pending.len());
                if pending.is_empty() {
                    store(self, head)?;
                } else {
                    pending.extend_from_slice(head);
                    store(self, &pending)?;
                    pending.clear();
                }
                rest = tail;
            }
            pending.extend_from_slice(rest);
        }
        if !pending.is_empty() {
            pending.resize(chunk_bytes, 0);
            store(self, &pending)?;
        }
        if row_bytes.and_then(|row| row.checked_mul(rows)) != Some(taken) {
            return Err(self.bug(format!("{taken} bytes came for {rows} rows of shape {row_shape:?}"), path));
        }
        self.receipt.datasets.push(receipt);
        Ok(())
    }

    /// Hands everything written so far to the operating system.
    pub fn flush(&self) -> Result<()> {
        self.file.flush()
    }

    /// Closes the file; with `sync`, waits until the disk has it.
    pub fn close(self, sync: bool) -> Result<FileReceipt> {
        let Container { file, path, mut receipt, .. } = self;
        file.flush()?;
        let piece = |(offset, size, checksum)| PieceReceipt { offset, size, checksum };
        receipt.structure = file.close()?.into_iter().map(piece).collect();
        let file = std::fs::File::open(&path).map_err(|error| Error::io("open", &path, &error))?;
        if sync {
            let _underway = crate::stuck::syncing(&path);
            file.sync_all().map_err(|error| Error::io("sync", &path, &error))?;
        }
        receipt.size = file.metadata().map_err(|error| Error::io("look at", &path, &error))?.len();
        Ok(receipt)
    }
}
