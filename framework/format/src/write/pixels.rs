//! Pixels, chunk by chunk as they come from the encoders: nothing is decoded or buffered here.
//!
//! Chunk `k` holds rows `k * rows_per_chunk ..` of shape `[row_shape]`, already through the filters. The extent grows with
//! the chunks. It never shrinks: HDF5 would decode and rewrite the edge chunk, through filters that it may not have.
//! So with several rows in a chunk the newest chunk is held back until the next one, or the number of rows, is known.

use super::container::Chunking;
use super::receipt::{ChunkReceipt, ChunkedReceipt};
use super::FileWriter;
use crate::hdf5::{Dataset, Datatype};
use crate::map::{Attribute, ElementType, Section};
use crate::Result;
use trainyard_codec::Filter;

/// A dataset to be written chunk by chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelSpec {
    pub element: ElementType,
    /// `[planes, slow, fast]` or `[slow, fast]`
    pub row_shape: Vec<u64>,
    pub rows_per_chunk: u64,
    pub filters: Vec<Filter>,
    /// at most this many rows will come; room for the list of chunks
    pub capacity_rows: u64,
    pub attributes: Vec<Attribute>,
}

/// Names a dataset that [`FileWriter::pixels`] began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PixelDataset(usize);

pub(super) struct PixelState {
    /// `None` once finished
    dataset: Option<Dataset>,
    section: Section,
    source: String,
    group: String,
    capacity_chunks: u64,
    /// filter mask and stored bytes of the newest chunk, when it may turn out to be the edge
    held: Option<(u32, Vec<u8>)>,
    receipt: ChunkedReceipt,
}

impl PixelState {
    pub(super) fn unfinished(&self) -> Option<&str> {
        self.dataset.is_some().then_some(self.receipt.path.as_str())
    }

    fn store(&self, index: u64, mask: u32, bytes: &[u8]) -> Result<()> {
        let Some(dataset) = &self.dataset else { return Ok(()) };
        dataset.write_chunk(index, mask, bytes)
    }

    fn grow(&mut self, rows: u64) -> Result<()> {
        self.dataset.as_mut().map_or(Ok(()), |dataset| dataset.set_rows(rows))
    }
}

impl FileWriter {
    /// Begins a dataset of an INSTRUMENT source; `key` as in [`FileWriter::rows`].
    ///
    /// # Errors
    /// Chunks that HDF5 cannot hold (no rows, 4 GiB or more), or the key was written before.
    pub fn pixels(&mut self, source: &str, key: &str, spec: &PixelSpec) -> Result<PixelDataset> {
        self.pixels_in(Section::Instrument, source, key, spec)
    }

    /// The same for REDUCTION and ERRATA.
    ///
    /// # Errors
    /// As [`FileWriter::pixels`].
    pub fn pixels_in(&mut self, section: Section, source: &str, key: &str, spec: &PixelSpec) -> Result<PixelDataset> {
        let (group, path) = self.key_place(section, source, key)?;
        self.begin_pixels(section, source, &group, &path, spec, None)
    }

    /// The same with the path given, for keys that themselves contain a dot, and with the datatype of another dataset.
    pub(super) fn begin_pixels(
        &mut self,
        section: Section,
        source: &str,
        group: &str,
        path: &str,
        spec: &PixelSpec,
        datatype: Option<&Datatype>,
    ) -> Result<PixelDataset> {
        let own;
        let datatype = match datatype {
            Some(datatype) => datatype,
            None => {
                own = Datatype::of(spec.element, false)?;
                &own
            }
        };
        let chunking = Chunking {
            row_shape: &spec.row_shape,
            rows: 0,
            rows_per_chunk: spec.rows_per_chunk,
            filters: &spec.filters,
            element: spec.element,
        };
        let dataset = self.container.chunked(path, &chunking, datatype)?;
        self.container.attributes(&dataset, &spec.attributes)?;
        self.group_entry(section, source, group);
        self.pixels.push(PixelState {
            dataset: Some(dataset),
            section,
            source: source.to_owned(),
            group: group.to_owned(),
            capacity_chunks: spec.capacity_rows.div_ceil(spec.rows_per_chunk.max(1)),
            held: None,
            receipt: ChunkedReceipt {
                path: format!("/{path}"),
                rows: 0,
                rows_per_chunk: spec.rows_per_chunk,
                chunks: Vec::new(),
            },
        });
        Ok(PixelDataset(self.pixels.len() - 1))
    }

    /// Stores the next chunk. Bit i of `filter_mask` set: filter i was not applied to it.
    ///
    /// # Errors
    /// The chunk is not the next one, is empty, or there are more than announced; [`crate::Error::Resource`] when the
    /// disk fails.
    pub fn write_chunk(&mut self, id: PixelDataset, chunk_index: u64, filter_mask: u32, stored: &[u8]) -> Result<()> {
        let Some(state) = self.pixels.get_mut(id.0) else {
            return Err(self.misuse("no such pixel dataset in this file", ""));
        };
        let next = state.receipt.chunks.len() as u64;
        let receipt = match ChunkReceipt::of(stored, filter_mask) {
            Some(receipt)
                if receipt.size > 0
                    && next == chunk_index
                    && next < state.capacity_chunks
                    && state.dataset.is_some() =>
            {
                receipt
            }
            _ => {
                let what = format!(
                    "chunk {chunk_index} of {} bytes does not follow: {next} of at most {} are written",
                    stored.len(),
                    state.capacity_chunks
                );
                let path = state.receipt.path.clone();
                return Err(self.misuse(what, &path));
            }
        };
        if let Some((mask, bytes)) = state.held.take() {
            state.grow(next.saturating_mul(state.receipt.rows_per_chunk))?;
            state.store(next - 1, mask, &bytes)?;
        }
        if state.receipt.rows_per_chunk == 1 {
            state.grow(next + 1)?;
            state.store(next, filter_mask, stored)?;
        } else {
            state.held = Some((filter_mask, stored.to_vec()));
        }
        state.receipt.chunks.push(receipt);
        self.container.early.wrote(stored.len());
        Ok(())
    }

    /// Attributes that are known only once the chunks are; before [`FileWriter::finish_pixels`].
    ///
    /// # Errors
    /// The dataset is finished, or has the attribute.
    pub fn annotate(&mut self, id: PixelDataset, attributes: &[Attribute]) -> Result<()> {
        match self.pixels.get(id.0).and_then(|state| state.dataset.as_ref()) {
            Some(dataset) => self.container.attributes(dataset, attributes),
            None => Err(self.misuse("no such pixel dataset in this file, or it is finished", "")),
        }
    }

    /// Ends the dataset at `rows` rows.
    ///
    /// # Errors
    /// The chunks do not hold exactly that many rows.
    pub fn finish_pixels(&mut self, id: PixelDataset, rows: u64) -> Result<()> {
        let Some(state) = self.pixels.get_mut(id.0) else {
            return Err(self.misuse("no such pixel dataset in this file", ""));
        };
        let chunks = state.receipt.chunks.len() as u64;
        if rows.div_ceil(state.receipt.rows_per_chunk.max(1)) != chunks || state.dataset.is_none() {
            let what = format!("{rows} rows do not fill {chunks} chunks of {} rows", state.receipt.rows_per_chunk);
            let path = state.receipt.path.clone();
            return Err(self.misuse(what, &path));
        }
        if let Some((mask, bytes)) = state.held.take() {
            state.grow(rows)?;
            state.store(chunks - 1, mask, &bytes)?;
        }
        state.dataset = None;
        state.receipt.rows = rows;
        let receipt = std::mem::take(&mut state.receipt);
        let (section, source, group) = (state.section, state.source.clone(), state.group.clone());
        self.group_entry(section, &source, &group).datasets.push((receipt.path.clone(), rows));
        self.container.receipt.datasets.push(receipt);
        Ok(())
    }
}
