//! A filter pipeline, checked once per dataset and run once per chunk.
//!
//! Filters run in the listed order when a chunk is written and in reverse when it is read. Bit
//! `i` of a chunk's *filter mask* says that filter `i` was skipped for it. The bytes between
//! two filters are bounded before anything is decoded: filters of known length (shuffle,
//! checksum) carry the chunk's size on exactly, compressors bound it ([`Size`]), so a damaged
//! chunk can claim neither memory nor a chunk of another size.
//!
//! The last filter to run writes to the caller's buffer, so the common pipelines of one
//! compressor touch the pixels once; others go through the buffers of [`Scratch`].

use std::fmt;
use std::sync::Arc;

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::at_least;
use crate::{registry, Error, Filter, Plugins, Scratch};

/// As many as a filter mask has bits; also the limit of HDF5.
const MAX_FILTERS: usize = 32;

/// Stored bytes for each byte of a chunk, and some beside, that filters may claim: compressors one behind the other bound their
/// output by ever more, and memory is taken by these bounds. Three in a row are fine.
const LONGEST_STORED: usize = 256;
const ROOM: usize = 1 << 20;

/// A checked decoder and encoder for the chunks of one dataset.
#[derive(Clone)]
pub struct Pipeline {
    filters: Arc<[Filter]>,
    stages: Arc<[Box<dyn ChunkFilter>]>,
    shape: ChunkShape,
}

impl fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline")
            .field("filters", &self.filters)
            .field("chunk_bytes", &self.shape.chunk_bytes)
            .finish()
    }
}

impl Pipeline {
    /// Builds the pipeline of a dataset with elements of `element_size` bytes and chunks of
    /// `chunk_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::UnknownFilter`] for a filter this crate does not know, [`Error::Unsupported`]
    /// for one whose parameters it cannot follow.
    pub fn new(filters: &[Filter], element_size: usize, chunk_bytes: usize) -> Result<Self, Error> {
        Self::build(filters, element_size, chunk_bytes, None)
    }

    /// As [`Self::new`], with filters this crate does not know run by the plug-ins of the site,
    /// SZ3 (32024) among them.
    ///
    /// Only for chunks that are trusted: files this program wrote, or a process that may die. Most
    /// decoders of plug-ins believe the lengths in a stream, and damaged bytes can make them
    /// write anywhere. For the files of others, in a process that matters, use [`Self::new`].
    ///
    /// # Errors
    /// As [`Self::new`]; [`Error::UnknownFilter`] where no plug-in has the filter.
    pub fn with_plugins(
        filters: &[Filter],
        element_size: usize,
        chunk_bytes: usize,
        plugins: &Plugins,
    ) -> Result<Self, Error> {
        Self::build(filters, element_size, chunk_bytes, Some(plugins))
    }

    fn build(
        filters: &[Filter],
        element_size: usize,
        chunk_bytes: usize,
        plugins: Option<&Plugins>,
    ) -> Result<Self, Error> {
        if filters.len() > MAX_FILTERS {
            return Err(Error::unsupported(format!("{} filters, HDF5 knows at most {MAX_FILTERS}", filters.len())));
        }
        let shape = ChunkShape { element_size, chunk_bytes };
        let stages = filters.iter().map(|filter| registry::build(filter, shape, plugins));
        let pipeline = Self { stages: stages.collect::<Result<_, _>>()?, filters: filters.into(), shape };
        let stored = pipeline.stages.iter().fold(Size::Exact(chunk_bytes), |size, stage| stage.encoded_size(size));
        let most = chunk_bytes.saturating_mul(LONGEST_STORED).saturating_add(ROOM);
        if stored.bound() > most {
            return Err(Error::unsupported(format!("{} filters, of which too many compress", filters.len())));
        }
        Ok(pipeline)
    }

    /// The filters as they were given.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// Bytes of a decoded chunk.
    pub fn chunk_bytes(&self) -> usize {
        self.shape.chunk_bytes
    }

    /// Decodes one chunk as it is stored. Bit `i` of `filter_mask` set: filter `i` was skipped.
    ///
    /// # Errors
    /// [`Error::Damaged`] when `stored` does not decode to exactly [`Self::chunk_bytes`] bytes,
    /// or `out` is not that long. What `out` holds then is not specified.
    pub fn decode(&self, stored: &[u8], filter_mask: u32, out: &mut [u8], scratch: &mut Scratch) -> Result<(), Error> {
        self.check_length("decoded to", out.len())?;
        // The filters that ran, in the order of writing, with the size each one was given.
        let mut ran: [(usize, Size); MAX_FILTERS] = [(0, Size::Exact(0)); MAX_FILTERS];
        let mut count = 0;
        let mut size = Size::Exact(self.chunk_bytes());
        for (index, stage) in self.stages.iter().enumerate() {
            if filter_mask >> index & 1 == 0 {
                ran[count] = (index, size);
                count += 1;
                size = stage.encoded_size(size);
            }
        }
        let Some((&(first, _), later)) = ran[..count].split_first() else {
            self.check_length("stored as", stored.len())?;
            out.copy_from_slice(stored);
            return Ok(());
        };
        let Scratch { input, output, states } = scratch;
        let mut between = None;
        for &(index, size) in later.iter().rev() {
            let stage = &self.stages[index];
            let source = between.map_or(stored, |len| &input[..len]);
            let target = at_least(output, size.bound().min(stage.decoded_at_most(source.len())));
            let len = stage.decode(source, target, states)?;
            self.check_size(index, size, len)?;
            std::mem::swap(input, output);
            between = Some(len);
        }
        let source = between.map_or(stored, |len| &input[..len]);
        let len = self.stages[first].decode(source, out, states)?;
        self.check_size(first, Size::Exact(self.chunk_bytes()), len)
    }

    /// Encodes one chunk into `stored`, which is cleared first, and returns the filter mask.
    ///
    /// # Errors
    /// [`Error::Damaged`] when `raw` is not [`Self::chunk_bytes`] long, [`Error::Unsupported`]
    /// when a filter's parameters do not allow for it.
    pub fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, scratch: &mut Scratch) -> Result<u32, Error> {
        stored.clear();
        self.check_length("given as", raw.len())?;
        let mut mask = 0;
        let mut encoded = false;
        for (index, stage) in self.stages.iter().enumerate() {
            let source = if encoded { stored.as_slice() } else { raw };
            scratch.output.clear();
            match stage.encode(source, &mut scratch.output, &mut scratch.states)? {
                Applied::Yes => {
                    std::mem::swap(stored, &mut scratch.output);
                    encoded = true;
                }
                Applied::Skipped => mask |= 1 << index,
            }
        }
        if !encoded {
            stored.clear();
            stored.extend_from_slice(raw);
        }
        Ok(mask)
    }

    fn check_length(&self, verb: &str, len: usize) -> Result<(), Error> {
        if len == self.chunk_bytes() {
            return Ok(());
        }
        Err(Error::damaged(format!("a chunk of {} bytes {verb} {len} bytes", self.chunk_bytes())))
    }

    fn check_size(&self, index: usize, expected: Size, found: usize) -> Result<(), Error> {
        match expected {
            Size::Exact(bytes) if bytes != found => Err(Error::damaged(format!(
                "filter {} decodes to {found} bytes, {bytes} expected",
                self.filters[index].id
            ))),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filters::{bitshuffle, deflate, fletcher32, lz4, shuffle, zstandard};

    fn entry(id: u32, values: &[u32]) -> Filter {
        Filter { id, flags: 0, values: values.to_vec(), name: String::new() }
    }

    fn all() -> Vec<Filter> {
        vec![
            entry(shuffle::ID, &[4]),
            entry(deflate::ID, &[1]),
            entry(fletcher32::ID, &[]),
            entry(bitshuffle::ID, &[0, 4, 4, 0, 0]),
            entry(bitshuffle::ID, &[0, 4, 1, 0, 2]),
            entry(bitshuffle::ID, &[0, 4, 1, 64, 3, 1]),
            entry(lz4::ID, &[1000]),
            entry(zstandard::ID, &[1]),
        ]
    }

    #[test]
    fn any_two_filters_in_any_order_and_any_mask() -> Result<(), Error> {
        let raw: Vec<u8> = (0..4000u32).map(|i| ((i * i) >> 9) as u8).collect();
        let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
        let mut out = vec![0; raw.len()];
        for first in all() {
            for second in all() {
                let both = [first.clone(), second.clone()];
                let pipeline = Pipeline::new(&both, 4, raw.len())?;
                // A compressor's output need not be a whole number of elements of 4 bytes.
                match pipeline.encode(&raw, &mut stored, &mut scratch) {
                    Err(Error::Unsupported { .. }) if second.values.get(2) == Some(&4) => continue,
                    mask => assert_eq!(mask?, 0),
                }
                pipeline.decode(&stored, 0, &mut out, &mut scratch)?;
                assert_eq!(out, raw, "{both:?}");
                for skipped in 0..2 {
                    let alone = Pipeline::new(&both[1 - skipped..][..1], 4, raw.len())?;
                    alone.encode(&raw, &mut stored, &mut scratch)?;
                    out.fill(0);
                    pipeline.decode(&stored, 1 << skipped, &mut out, &mut scratch)?;
                    assert_eq!(out, raw, "{both:?} without {skipped}");
                }
                pipeline.decode(&raw, 3, &mut out, &mut scratch)?;
                assert_eq!(out, raw);
            }
        }
        Ok(())
    }

    #[test]
    fn lengths_that_differ_from_the_chunk_are_damage() -> Result<(), Error> {
        let raw = [7u8; 160];
        let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
        for filters in [vec![], all()[..1].to_vec(), all()[3..5].to_vec(), all()[7..].to_vec()] {
            let pipeline = Pipeline::new(&filters, 4, 160)?;
            pipeline.encode(&raw, &mut stored, &mut scratch)?;
            for chunk_bytes in [0, 8, 159, 161, 192] {
                let other = Pipeline::new(&filters, 4, chunk_bytes)?;
                let mut out = vec![0; chunk_bytes];
                let found = other.decode(&stored, 0, &mut out, &mut scratch);
                assert!(matches!(found, Err(Error::Damaged { .. })), "{filters:?} {chunk_bytes}");
                let found = pipeline.decode(&stored, 0, &mut out, &mut scratch);
                assert!(matches!(found, Err(Error::Damaged { .. })), "{filters:?} {chunk_bytes}");
            }
            assert!(pipeline.encode(&raw[1..], &mut stored, &mut scratch).is_err());
        }
        Ok(())
    }

    #[test]
    fn an_optional_deflate_that_does_not_help_is_masked() -> Result<(), Error> {
        let filters = [entry(shuffle::ID, &[2]), Filter { flags: Filter::OPTIONAL, ..entry(deflate::ID, &[1]) }];
        let pipeline = Pipeline::new(&filters, 2, 8)?;
        let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
        let mask = pipeline.encode(&[1, 2, 3, 4, 5, 6, 7, 8], &mut stored, &mut scratch)?;
        assert_eq!((mask, stored.as_slice()), (2, &[1, 3, 5, 7, 2, 4, 6, 8][..]));
        let mut out = [0; 8];
        pipeline.decode(&stored, mask, &mut out, &mut scratch)?;
        assert_eq!(out, [1, 2, 3, 4, 5, 6, 7, 8]);
        Ok(())
    }

    #[test]
    fn compressors_without_end_are_refused() {
        let chain = |count| Pipeline::new(&vec![entry(deflate::ID, &[1]); count], 4, 4096);
        assert!(chain(3).is_ok());
        for count in [10, 31, 32, 33] {
            assert!(matches!(chain(count), Err(Error::Unsupported { .. })), "{count}");
        }
    }

    #[test]
    fn pipelines_are_shared_between_threads() {
        fn shared<T: Send + Sync + Clone>() {}
        fn owned<T: Send + Default>() {}
        shared::<Pipeline>();
        owned::<Scratch>();
    }
}
