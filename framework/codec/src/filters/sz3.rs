//! Filter 32024, SZ3: a prediction of every pixel from its neighbours, the difference in steps
//! of twice the error bound, then Huffman and Zstandard.
//!
//! Parameters: `[rank, type, dims.., mode, absolute, relative, l2 norm, psnr]` where the four
//! bounds are f64 in two values each, the high word first. Dims are the extents of the chunk,
//! *fastest first*, without those of 1; a single one is stored in two values, high word first.
//! Types are those of [`Element::ALL`] by number. Modes: 0 absolute, 1 relative to the range of
//! the values, 2 PSNR, 3 L2 norm. Only rank, type and dims matter to the decoder. (Source:
//! `H5Z_SZ3.cpp` of SZ3 3.1, BSD licence.)
//!
//! Chunks of fewer than 20 elements are left as they are by the reference. Those of a few hundred
//! can make it write past the end of a buffer: it takes room for 1.2 times the pixels, and forgets
//! the headers; so does the sample of 3.5 % that it makes to choose an algorithm. With
//! [`MIN_ELEMENTS`] even that sample of bytes has room to spare (codes of `ceil(log2 k)` bits for
//! `k` symbols, and headers of less than 200 bytes), and fewer are never given to it.
//!
//! The compressor is not here but in whatever plug-in the site's readers have: SZ3 changes its
//! stream between 3.1, 3.2 and 3.3 without saying so in the file, and a reader with another
//! version crashes. The stream of 3.1, which hdf5plugin has, ends with a copy of its settings;
//! a stream without them is refused here, in both directions.
//!
//! What guards there are: the settings must state the dims of the dataset and an algorithm of
//! 3.1, so that a chunk of another shape cannot be written past the end of the pixels. What
//! comes before (Huffman tree, list of unpredictable pixels) is believed by SZ3 as it stands.
//! So a damaged stream can still end the process: [`Pipeline::new`](crate::Pipeline::new) does
//! not know this filter, only [`Pipeline::with_plugins`](crate::Pipeline::with_plugins) does.

use std::sync::Arc;

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::lossy::Element;
use crate::plugin::{Bytes, Direction, Library, Plugins};
use crate::scratch::States;
use crate::{Error, Filter};

pub(crate) const ID: u32 = 32024;
/// As hdf5plugin's library names itself.
pub(crate) const NAME: &str = "SZ3 compressor/decompressor for floating-point data.";
/// Fewer are not encoded here.
pub(crate) const MIN_ELEMENTS: u64 = 8192;
/// The reference leaves chunks with fewer elements alone.
const UNTOUCHED_BELOW: u64 = 20;
/// The reference knows no more.
const MAX_RANK: usize = 4;
/// mode, and four bounds of two values.
const BOUND_VALUES: usize = 9;

/// How the error of a dataset was bounded; of no meaning to the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stated {
    Absolute(f64),
    Relative(f64),
    Psnr(f64),
}

/// What the decoder must know of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub element: Element,
    /// Slowest first; at least one, each above 1 unless it is alone.
    pub dims: Vec<u64>,
}

impl Shape {
    /// The shape of chunks of `extents`, slowest first. Dims of 1 are dropped; of more than four
    /// others the slowest are made one, which only costs the prediction across their edges.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a chunk without elements or with a dim of 2^32 or more.
    pub(crate) fn of_chunk(element: Element, extents: &[u64]) -> Result<Self, Error> {
        let refused = || Error::unsupported(format!("sz3: a chunk of {extents:?} elements"));
        let mut dims: Vec<u64> = extents.iter().copied().filter(|&extent| extent != 1).collect();
        while dims.len() > MAX_RANK {
            let slowest = dims.remove(0);
            dims[0] = dims[0].checked_mul(slowest).ok_or_else(refused)?;
        }
        if dims.is_empty() {
            dims.push(1);
        }
        let shape = Self { element, dims };
        let narrow = shape.dims.iter().all(|&dim| dim != 0 && u32::try_from(dim).is_ok());
        if !narrow || shape.bytes().is_none() {
            return Err(refused());
        }
        Ok(shape)
    }

    pub(crate) fn elements(&self) -> Option<u64> {
        self.dims.iter().try_fold(1u64, |product, &dim| product.checked_mul(dim))
    }

    pub(crate) fn bytes(&self) -> Option<usize> {
        usize::try_from(self.elements()?).ok()?.checked_mul(self.element.size())
    }

    /// The client data values.
    pub(crate) fn values(&self, stated: Stated) -> Vec<u32> {
        let mut values = vec![self.dims.len() as u32, self.element as u32];
        match *self.dims.as_slice() {
            [only] => values.extend(words(only)),
            // `of_chunk` and `parse` keep them below 2^32.
            ref dims => values.extend(dims.iter().rev().map(|&dim| dim as u32)),
        }
        let (mode, bounds) = match stated {
            Stated::Absolute(bound) => (0, [bound, 0.0, 0.0, 0.0]),
            Stated::Relative(bound) => (1, [0.0, bound, 0.0, 0.0]),
            Stated::Psnr(bound) => (2, [0.0, 0.0, 0.0, bound]),
        };
        values.push(mode);
        values.extend(bounds.iter().flat_map(|bound| words(bound.to_bits())));
        values
    }

    /// What `values` say of the chunks.
    pub(crate) fn parse(values: &[u32]) -> Result<Self, Error> {
        let refused = || Error::unsupported(format!("sz3: client data values {values:?}"));
        let (&[rank, element], rest) = values.split_first_chunk::<2>().ok_or_else(refused)?;
        let rank = usize::try_from(rank).ok().filter(|rank| (1..=MAX_RANK).contains(rank)).ok_or_else(refused)?;
        let element = usize::try_from(element).ok().and_then(|at| Element::ALL.get(at)).ok_or_else(refused)?;
        let (dims, bounds) = rest.split_at_checked(rank.max(2)).ok_or_else(refused)?;
        let dims = match (rank, dims) {
            (1, &[high, low]) => vec![u64::from(high) << 32 | u64::from(low)],
            (_, dims) => dims.iter().rev().map(|&dim| u64::from(dim)).collect(),
        };
        let shape = Self { element: *element, dims };
        let whole = shape.bytes().is_some() && !shape.dims.contains(&0);
        let bounded = bounds.is_empty() || bounds.len() == BOUND_VALUES;
        if whole && bounded {
            Ok(shape)
        } else {
            Err(refused())
        }
    }

    /// Whether `stream` ends with settings of 3.1 for this shape.
    ///
    /// Settings, little-endian without gaps: rank u8, dims u64 each slowest first, elements u64,
    /// algorithm u8, mode u8, absolute bound f64, 37 bytes more; after them their length, i32.
    pub(crate) fn check(&self, stream: &[u8]) -> Result<(), Error> {
        const AFTER_DIMS: usize = 8 + 1 + 1 + 8 + 37;
        let refused = |what: &str| {
            Err(Error::damaged(format!("sz3: {what} in {} bytes, for a chunk of {:?}", stream.len(), self.dims)))
        };
        let Some((rest, length)) = stream.split_last_chunk::<4>() else { return refused("no settings") };
        let expected = 1 + 8 * self.dims.len() + AFTER_DIMS;
        let stated = usize::try_from(i32::from_le_bytes(*length)).ok();
        let Some(at) = rest.len().checked_sub(expected).filter(|_| stated == Some(expected)) else {
            return refused("no settings of SZ3 3.1 for that rank");
        };
        let mut settings = vec![self.dims.len() as u8];
        settings.extend(self.dims.iter().chain(&self.elements()).flat_map(|n| n.to_le_bytes()));
        let Some(rest) = rest[at..].strip_prefix(settings.as_slice()) else { return refused("another shape") };
        let lossless = rest[2..10] == [0; 8];
        // 0 Lorenzo and regression, 1 undecided (only where the bound is 0), 2 interpolation.
        match rest[0] {
            0 | 2 => Ok(()),
            1 if lossless => Ok(()),
            other => refused(&format!("algorithm {other}")),
        }
    }
}

/// The high and the low half.
fn words(n: u64) -> [u32; 2] {
    [(n >> 32) as u32, n as u32]
}

/// A compressor for chunks of one shape.
pub(crate) struct Sz3 {
    shape: Shape,
    library: Arc<Library>,
}

impl Sz3 {
    /// # Errors
    /// [`Error::UnknownFilter`] where there is no plug-in of SZ3.
    pub(crate) fn new(shape: Shape, plugins: &Plugins) -> Result<Self, Error> {
        Ok(Self { shape, library: plugins.find(ID)? })
    }

    /// The stream of `pixels`, whose length is that of the shape and which are finite.
    pub(crate) fn encode(&self, pixels: &[u8], bound: f64) -> Result<Bytes, Error> {
        if Some(pixels.len()) != self.shape.bytes() {
            return Err(Error::damaged(format!("sz3: {} bytes for {:?}", pixels.len(), self.shape)));
        }
        if self.shape.elements().is_none_or(|elements| elements < MIN_ELEMENTS) {
            return Err(Error::unsupported(format!("sz3: fewer than {MIN_ELEMENTS} elements")));
        }
        let input = Bytes::copy_of(pixels).ok_or_else(|| Error::unsupported("sz3: no memory for a chunk"))?;
        let values = self.shape.values(Stated::Absolute(bound));
        let stream = self.library.run(Direction::Encode, &values, input);
        let stream = stream.ok_or_else(|| Error::unsupported("sz3: the plug-in cannot encode a chunk"))?;
        match self.shape.check(stream.as_slice()) {
            Ok(()) => Ok(stream),
            Err(_) => Err(Error::unsupported(
                "sz3: the plug-in writes a stream that is not of SZ3 3.1, which readers with hdf5plugin cannot read\n\
                 hint: put the plug-ins of hdf5plugin first in HDF5_PLUGIN_PATH",
            )),
        }
    }

    /// The pixels of a stream that is trusted.
    pub(crate) fn decode(&self, stream: Bytes) -> Result<Bytes, Error> {
        self.shape.check(stream.as_slice())?;
        let values = self.shape.values(Stated::Absolute(0.0));
        let pixels = self.library.run(Direction::Decode, &values, stream);
        let pixels = pixels.ok_or_else(|| Error::damaged("sz3: the plug-in cannot decode a chunk"))?;
        if Some(pixels.len()) != self.shape.bytes() {
            return Err(Error::damaged(format!("sz3: decodes to {} bytes for {:?}", pixels.len(), self.shape)));
        }
        Ok(pixels)
    }
}

/// SZ3 as a stage of a pipeline that is read; written is through [`crate::lossy`] only.
struct Reader(Sz3);

/// The stage for `filter`.
pub(crate) fn build(filter: &Filter, chunk: ChunkShape, plugins: &Plugins) -> Result<Box<dyn ChunkFilter>, Error> {
    let shape = Shape::parse(&filter.values)?;
    let tiny = shape.elements().is_none_or(|elements| elements < UNTOUCHED_BELOW);
    if tiny {
        return Ok(Box::new(Untouched));
    }
    if shape.bytes() != Some(chunk.chunk_bytes) {
        return Err(Error::unsupported(format!("sz3: {shape:?} in chunks of {} bytes", chunk.chunk_bytes)));
    }
    Ok(Box::new(Reader(Sz3::new(shape, plugins)?)))
}

impl ChunkFilter for Reader {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.compressed()
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        let stream = Bytes::copy_of(stored).ok_or_else(|| Error::unsupported("sz3: no memory for a chunk"))?;
        let pixels = self.0.decode(stream)?;
        match out.get_mut(..pixels.len()) {
            Some(out) => out.copy_from_slice(pixels.as_slice()),
            None => return Err(Error::damaged(format!("sz3: {} bytes, at most {}", pixels.len(), out.len()))),
        }
        Ok(pixels.len())
    }

    fn encode(&self, _: &[u8], _: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        Err(Error::unsupported("sz3: chunks are encoded with a proof of their error only (`ProvedEncoder`)"))
    }
}

/// For chunks that the reference leaves as they are.
struct Untouched;

impl ChunkFilter for Untouched {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        match out.get_mut(..stored.len()) {
            Some(out) => out.copy_from_slice(stored),
            None => return Err(Error::damaged(format!("sz3: {} bytes, at most {}", stored.len(), out.len()))),
        }
        Ok(stored.len())
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        stored.extend_from_slice(raw);
        Ok(Applied::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(element: Element, extents: &[u64]) -> Shape {
        Shape::of_chunk(element, extents).expect("a chunk of some elements")
    }

    #[test]
    fn values_are_those_of_hdf5plugin() -> Result<(), Error> {
        let bound = 0.01f64.to_bits();
        let absolute = [0, (bound >> 32) as u32, bound as u32, 0, 0, 0, 0, 0, 0];
        for (element, extents, head) in [
            (Element::F32, &[2, 64, 48][..], &[3, 0, 48, 64, 2][..]),
            (Element::U16, &[1, 64, 48], &[2, 4, 48, 64]),
            (Element::I64, &[5000], &[1, 9, 0, 5000]),
            (Element::F64, &[3, 1, 5, 7, 9], &[4, 1, 9, 7, 5, 3]),
            (Element::F64, &[2, 3, 4, 5, 7], &[4, 1, 7, 5, 4, 6]),
            (Element::U8, &[1, 1], &[1, 2, 0, 1]),
        ] {
            let values = shape(element, extents).values(Stated::Absolute(0.01));
            assert_eq!(values, [head, &absolute].concat(), "{extents:?}");
            assert_eq!(Shape::parse(&values)?, shape(element, extents));
        }
        let psnr = shape(Element::F32, &[100]).values(Stated::Psnr(0.01));
        assert_eq!(psnr[4..], [2, 0, 0, 0, 0, 0, 0, absolute[1], absolute[2]]);
        let relative = shape(Element::F32, &[100]).values(Stated::Relative(0.01));
        assert_eq!(relative[4..], [1, 0, 0, absolute[1], absolute[2], 0, 0, 0, 0]);
        Ok(())
    }

    #[test]
    fn foreign_values_are_checked() {
        for values in [
            &[][..],
            &[2, 0, 48],
            &[0, 0, 48, 64],
            &[5, 0, 2, 2, 2, 2, 2],
            &[2, 10, 48, 64],
            &[2, 0, 48, 0],
            &[2, 0, 48, 64, 0],
            &[4, 0, u32::MAX, u32::MAX, u32::MAX, u32::MAX],
            &[1, 1, u32::MAX, 0],
        ] {
            assert!(matches!(Shape::parse(values), Err(Error::Unsupported { .. })), "{values:?}");
        }
        assert!(Shape::of_chunk(Element::U8, &[0, 5]).is_err() && Shape::of_chunk(Element::U8, &[1 << 32]).is_err());
        assert!(Shape::of_chunk(Element::F64, &[u32::MAX.into(), u32::MAX.into()]).is_err());
    }

    #[test]
    fn streams_of_another_shape_are_refused() {
        let mut stream = vec![7; 30];
        stream.push(2);
        stream.extend([64u64, 48, 64 * 48].iter().flat_map(|n| n.to_le_bytes()));
        stream.extend([2, 0]);
        stream.extend(0.5f64.to_le_bytes());
        stream.extend([0; 37]);
        let length = stream.len() as i32 - 30;
        stream.extend(length.to_le_bytes());
        assert_eq!(shape(Element::F32, &[64, 48]).check(&stream), Ok(()));
        for other in [&[48, 64][..], &[64 * 48], &[64, 47], &[8, 8, 48]] {
            assert!(shape(Element::F32, other).check(&stream).is_err(), "{other:?}");
        }
        for len in 0..stream.len() {
            assert!(shape(Element::F32, &[64, 48]).check(&stream[..len]).is_err(), "{len}");
        }
        stream[30 + 25] = 1;
        assert!(shape(Element::F32, &[64, 48]).check(&stream).is_err());
    }
}
