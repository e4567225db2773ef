//! SZ3 with a proof, and deflate where there is none.
//!
//! A relative bound is turned into an absolute one per chunk here (bound times the chunk's
//! largest less its smallest value, in f64), so SZ3 is always given an absolute bound and every
//! proof is the same comparison. A PSNR is turned into the absolute bound that reaches it when
//! errors are spread evenly, `sqrt(3) range 10^(-psnr / 20)`, less two percent; the proof is
//! the mean squared error itself. Each is tried a second time with a smaller bound: SZ3
//! compares in the type of the pixels and may exceed a bound by a rounding error, and errors
//! are not always spread evenly. The second try of a PSNR cannot miss it unless SZ3 misses the
//! bound it was given.
//!
//! Integers go to SZ3 only where it is known to take them (`is_safe`); u32 and u64 never do.
//!
//! Cost: SZ3 once each way, and three passes over the pixels (range, copy, comparison).

use crate::filters::{deflate, sz3};
use crate::plugin::Plugins;
use crate::{Error, Filter, Pipeline, Scratch};

use super::pixels::{self, Deviation, Range};
use super::{Achieved, Element, Lossy, Mode, NonFinite};

/// Bits of the filter mask: set where the filter was skipped.
const SZ3_SKIPPED: u32 = 1;
const DEFLATE_SKIPPED: u32 = 2;
/// Deflate is for the few chunks that cannot be lossy: the fastest level.
const DEFLATE_LEVEL: u32 = 1;
/// Share of the bound that leaves room for a rounding error in f32.
const BELOW: f64 = 1.0 - 1.0 / (1 << 20) as f64;
/// Share of the bound that leaves room for errors that are not spread evenly.
const EVEN: f64 = 0.98;

/// Encodes the chunks of one dataset; shared by all workers.
pub struct ProvedEncoder {
    element: Element,
    lossy: Lossy,
    filters: Vec<Filter>,
    /// `None` where the chunks are too small for it.
    sz3: Option<sz3::Sz3>,
    lossless: Pipeline,
}

impl std::fmt::Debug for ProvedEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProvedEncoder").field("element", &self.element).field("lossy", &self.lossy).finish()
    }
}

/// What a chunk must keep to.
#[derive(Clone, Copy, Debug)]
struct Goal {
    /// Bounds to give to SZ3, one after the other.
    tries: [f64; 2],
    max_error: f64,
    sum_of_squares: f64,
}

impl ProvedEncoder {
    /// For chunks of `chunk_shape` elements, slowest dimension first.
    ///
    /// # Errors
    /// [`Error::UnknownFilter`] where there is no plug-in of SZ3; [`Error::Unsupported`] for
    /// bounds that cannot be met and shapes that cannot be described.
    pub fn new(element: Element, chunk_shape: &[u64], lossy: Lossy, plugins: &Plugins) -> Result<Self, Error> {
        lossy.check()?;
        if let NonFinite::ReplaceWith(value) = lossy.non_finite {
            if element == Element::F32 && !(value as f32).is_finite() {
                return Err(Error::unsupported(format!("sz3: `replace-with: {value}` is beyond f32")));
            }
        }
        let shape = sz3::Shape::of_chunk(element, chunk_shape)?;
        let bytes = shape.bytes().ok_or_else(|| Error::unsupported(format!("sz3: {shape:?}")))?;
        let filter = |id, values, name: &str| Filter { id, flags: Filter::OPTIONAL, values, name: name.to_owned() };
        let stated = match lossy.mode {
            Mode::Absolute(bound) => sz3::Stated::Absolute(bound),
            Mode::Relative(bound) => sz3::Stated::Relative(bound),
            Mode::Psnr(bound) => sz3::Stated::Psnr(bound),
        };
        let filters =
            vec![filter(sz3::ID, shape.values(stated), sz3::NAME), filter(deflate::ID, vec![DEFLATE_LEVEL], "deflate")];
        let lossless = Pipeline::new(&filters[1..], element.size(), bytes)?;
        let tiny = shape.elements().is_none_or(|elements| elements < sz3::MIN_ELEMENTS);
        let sz3 = if tiny { None } else { Some(sz3::Sz3::new(shape, plugins)?) };
        Ok(Self { element, lossy, filters, sz3, lossless })
    }

    /// The filters of the dataset.
    pub fn filters(&self) -> &[Filter] {
        &self.filters
    }

    /// Bytes of a chunk before it is encoded.
    pub fn chunk_bytes(&self) -> usize {
        self.lossless.chunk_bytes()
    }

    /// Encodes one chunk into `stored`, which is cleared first; returns the filter mask and the
    /// error of what is stored.
    ///
    /// # Errors
    /// [`Error::Damaged`] when `raw` is not [`Self::chunk_bytes`] long; [`Error::Unsupported`]
    /// when the plug-in fails or writes another stream than readers know.
    pub fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, scratch: &mut Scratch) -> Result<(u32, Achieved), Error> {
        stored.clear();
        if raw.len() != self.chunk_bytes() {
            return Err(Error::damaged(format!("a chunk of {} bytes given as {}", self.chunk_bytes(), raw.len())));
        }
        let range = pixels::range(self.element, raw);
        match self.lossy.non_finite {
            NonFinite::ReplaceWith(value) if range.non_finite > 0 => {
                let mut replaced = std::mem::take(&mut scratch.input);
                pixels::replace_non_finite(self.element, raw, value, &mut replaced);
                let range_after = pixels::range(self.element, &replaced);
                let encoded = self.encode_finite(&replaced, range_after, stored, scratch);
                scratch.input = replaced;
                encoded.map(|(mask, mut achieved)| {
                    (achieved.min, achieved.max, achieved.replaced) = (range.min, range.max, range.non_finite);
                    (mask, achieved)
                })
            }
            _ => self.encode_finite(raw, range, stored, scratch),
        }
    }

    /// Runs SZ3 on a chunk of finite values and throws the stream away: what encoding costs without the proof, for
    /// measurements. Returns the length of the stream; 0 where the chunk would go without loss.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub fn length_without_proof(&self, raw: &[u8]) -> Result<usize, Error> {
        let Some(sz3) = &self.sz3 else { return Ok(0) };
        let bound = match self.lossy.mode {
            Mode::Absolute(bound) => bound,
            _ => self.goal(pixels::range(self.element, raw), raw.len() / self.element.size()).tries[0],
        };
        Ok(sz3.encode(raw, bound)?.as_slice().len())
    }

    fn encode_finite(
        &self,
        raw: &[u8],
        range: Range,
        stored: &mut Vec<u8>,
        scratch: &mut Scratch,
    ) -> Result<(u32, Achieved), Error> {
        let achieved = |deviation: Deviation, lossless_chunks| Achieved {
            max_error: deviation.max,
            sum_squared_error: deviation.sum_of_squares,
            count: (raw.len() / self.element.size()) as u64,
            min: range.min,
            max: range.max,
            replaced: 0,
            chunks: 1,
            lossless_chunks,
        };
        if range.non_finite == 0 {
            if let Some(deviation) = self.encode_lossy(raw, range, stored)? {
                return Ok((DEFLATE_SKIPPED, achieved(deviation, 0)));
            }
        }
        let mask = self.lossless.encode(raw, stored, scratch)?;
        Ok((SZ3_SKIPPED | mask << 1, achieved(Deviation { max: 0.0, sum_of_squares: 0.0 }, 1)))
    }

    /// `None` where the chunk has to go without loss; `stored` is then of no meaning.
    fn encode_lossy(&self, raw: &[u8], range: Range, stored: &mut Vec<u8>) -> Result<Option<Deviation>, Error> {
        let Some(sz3) = &self.sz3 else { return Ok(None) };
        let goal = self.goal(range, raw.len() / self.element.size());
        for bound in goal.tries {
            // With a bound of 0 (a constant chunk) SZ3 is no more than Zstandard.
            if !(bound > 0.0 && bound.is_finite() && self.is_safe(range, bound)) {
                return Ok(None);
            }
            let stream = sz3.encode(raw, bound)?;
            if stream.len() >= raw.len() {
                return Ok(None);
            }
            stored.clear();
            stored.extend_from_slice(stream.as_slice());
            let deviation = pixels::deviation(self.element, raw, sz3.decode(stream)?.as_slice());
            if deviation.max <= goal.max_error && deviation.sum_of_squares <= goal.sum_of_squares {
                return Ok(Some(deviation));
            }
        }
        Ok(None)
    }

    /// Whether SZ3 can be given such integers.
    ///
    /// It takes differences in the type of the pixels. A difference of u32 wraps where a pixel is
    /// below its prediction, and the step number made of it is beyond an int: it comes back right,
    /// but for a code table of up to 2^31 entries, seconds and gigabytes a chunk. The same can
    /// happen to signed ones of a wide range. Below 0.5 no bound leaves an integer any error.
    fn is_safe(&self, range: Range, bound: f64) -> bool {
        const WIDE: f64 = (1u32 << 30) as f64;
        match self.element {
            Element::F32 | Element::F64 => true,
            Element::U32 | Element::U64 => false,
            Element::U8 | Element::I8 | Element::U16 | Element::I16 => bound >= 0.5,
            Element::I32 | Element::I64 => bound >= 0.5 && range.max - range.min < WIDE && range.min.abs() < WIDE,
        }
    }

    fn goal(&self, range: Range, pixels: usize) -> Goal {
        let extent = range.max - range.min;
        let within =
            |bound: f64| Goal { tries: [bound, bound * BELOW], max_error: bound, sum_of_squares: f64::INFINITY };
        match self.lossy.mode {
            Mode::Absolute(bound) => within(bound),
            Mode::Relative(bound) => within(bound * extent),
            Mode::Psnr(psnr) => {
                let root_mean_square = extent * libm::pow(10.0, -psnr / 20.0);
                Goal {
                    tries: [EVEN * 3f64.sqrt() * root_mean_square, BELOW * root_mean_square],
                    max_error: f64::INFINITY,
                    sum_of_squares: root_mean_square * root_mean_square * pixels as f64,
                }
            }
        }
    }
}
