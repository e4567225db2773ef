//! From polar images to sums of products of their Fourier transforms.

use super::fft::Fft;
use serde::{Deserialize, Serialize};

/// What is taken off a ring; see [`super`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subtract {
    Nothing,
    Frame,
    Run,
}

/// What C is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    Nothing,
    Mean,
    Deviation,
}

/// Why a correlator cannot be made, or was given something of another shape.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AngularError {
    #[error("the angles are {0}: their number must be a product of 2, 3, 5 and 7, and at least 4")]
    Angles(usize),
    #[error("{pairs} pairs of rings of {angles} angles take {bytes} bytes, and more than {max} are a slip\nhint: take fewer rings or angles, or `pairs: same`")]
    TooLarge { pairs: usize, angles: usize, bytes: usize, max: usize },
    #[error("a polar image has {found} cells, expected {expected}")]
    Shape { expected: usize, found: usize },
}

/// Bytes of the sums at most.
pub const MAX_BYTES: usize = 1 << 29;

/// Correlates polar images `[angle][ring]`, NaN where a cell is not good.
#[derive(Clone, Debug)]
pub struct AngularCorrelator {
    pub(super) rings: usize,
    pub(super) fft: Fft,
    /// only each ring with itself
    pub(super) same: bool,
    pub(super) subtract: Subtract,
    by_ring: bool,
    pub(super) normalise: Normalise,
    /// the cells that are good in every frame, `[angle][ring]`
    pub(super) good: Vec<bool>,
}

/// Sums over frames.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AngularSums {
    pub frames: u64,
    /// left out: other cells are good in them
    pub others: u64,
    /// `[frequency][pair]`, real and imaginary parts of F(q1) conj F(q2)
    pub(super) re: Vec<f64>,
    pub(super) im: Vec<f64>,
    /// `[angle][ring]`: sum of the polar images, nothing taken off
    pub(super) image: Vec<f64>,
    /// by ring: sum over frames of the mean square of the good cells
    pub(super) squares: Vec<f64>,
}

/// Room for one frame.
#[derive(Clone, Debug, Default)]
pub struct AngularWorking {
    re: Vec<f64>,
    im: Vec<f64>,
    scratch: [Vec<f64>; 2],
}

impl AngularCorrelator {
    /// `good` are the cells that have pixels, `[angle][ring]`.
    ///
    /// # Errors
    /// Numbers that are too large, or that the transform has no form for.
    pub fn new(
        (angles, rings): (usize, usize),
        good: Vec<bool>,
        same: bool,
        subtract: Subtract,
        by_ring: bool,
        normalise: Normalise,
    ) -> Result<Self, AngularError> {
        let fft = Fft::new(angles).filter(|_| angles >= 4).ok_or(AngularError::Angles(angles))?;
        let correlator = Self { rings, fft, same, subtract, by_ring, normalise, good };
        let expected = angles.saturating_mul(rings);
        if correlator.good.len() != expected {
            return Err(AngularError::Shape { expected, found: correlator.good.len() });
        }
        let bytes = correlator.bytes();
        if bytes > MAX_BYTES {
            return Err(AngularError::TooLarge { pairs: correlator.pairs(), angles, bytes, max: MAX_BYTES });
        }
        Ok(correlator)
    }

    pub fn angles(&self) -> usize {
        self.fft.length()
    }

    pub fn rings(&self) -> usize {
        self.rings
    }

    /// Pairs of rings q2 <= q1, in the order of q1 and then q2; or each ring with itself.
    pub fn pairs(&self) -> usize {
        if self.same {
            self.rings
        } else {
            self.rings * (self.rings + 1) / 2
        }
    }

    pub(super) fn frequencies(&self) -> usize {
        self.angles() / 2 + 1
    }

    /// Bytes of an [`AngularSums`].
    pub fn bytes(&self) -> usize {
        let pairs = self.frequencies().saturating_mul(self.pairs()).saturating_mul(16);
        pairs.saturating_add(self.good.len().saturating_mul(8))
    }

    /// Adds a frame: `image` is `[angle][ring]`, NaN where a cell has no good pixel.
    ///
    /// # Errors
    /// An image of another shape.
    pub fn add(&self, image: &[f64], working: &mut AngularWorking, sums: &mut AngularSums) -> Result<(), AngularError> {
        if image.len() != self.good.len() {
            return Err(AngularError::Shape { expected: self.good.len(), found: image.len() });
        }
        if image.iter().zip(&self.good).any(|(value, good)| value.is_finite() != *good) {
            sums.others += 1;
            return Ok(());
        }
        let AngularWorking { re, im, scratch } = working;
        re.clear();
        re.extend(image.iter().map(|value| if value.is_finite() { *value } else { 0.0 }));
        let means = self.means(re);
        if self.by_ring {
            // a ring without light has nothing to be divided by: it stays 0
            let scale: Vec<f64> = means.iter().map(|mean| if *mean > 0.0 { 1.0 / mean } else { 0.0 }).collect();
            self.each(re, |ring, value| *value *= scale[ring]);
        }
        sums.image.resize(re.len(), 0.0);
        sums.image.iter_mut().zip(&*re).for_each(|(sum, value)| *sum += value);
        sums.squares.resize(self.rings, 0.0);
        let squares: Vec<f64> = re.iter().map(|value| value * value).collect();
        sums.squares.iter_mut().zip(self.means(&squares)).for_each(|(sum, value)| *sum += value);
        if self.subtract == Subtract::Frame {
            let means = self.means(re);
            self.each(re, |ring, value| *value -= means[ring]);
        }
        im.clear();
        im.resize(re.len(), 0.0);
        let [first, second] = scratch;
        self.fft.forward(self.rings, [&mut *re, &mut *im], [first, second]);
        self.multiply(re, im, sums);
        sums.frames += 1;
        Ok(())
    }

    /// Mean of the good cells of each ring; 0 of none.
    pub(super) fn means(&self, image: &[f64]) -> Vec<f64> {
        let (mut sums, mut counts) = (vec![0.0; self.rings], vec![0u32; self.rings]);
        for (at, (value, good)) in image.iter().zip(&self.good).enumerate() {
            if *good {
                sums[at % self.rings] += value;
                counts[at % self.rings] += 1;
            }
        }
        sums.iter().zip(&counts).map(|(sum, count)| if *count > 0 { sum / f64::from(*count) } else { 0.0 }).collect()
    }

    /// Calls `change` with the ring and value of each good cell.
    fn each(&self, image: &mut [f64], change: impl Fn(usize, &mut f64)) {
        for (at, (value, good)) in image.iter_mut().zip(&self.good).enumerate() {
            if *good {
                change(at % self.rings, value);
            }
        }
    }

    fn multiply(&self, re: &[f64], im: &[f64], sums: &mut AngularSums) {
        let (pairs, rings) = (self.pairs(), self.rings);
        for sums in [&mut sums.re, &mut sums.im] {
            sums.resize(self.frequencies() * pairs, 0.0);
        }
        let rows = re.chunks(rings.max(1)).zip(im.chunks(rings.max(1)));
        let results = sums.re.chunks_mut(pairs.max(1)).zip(sums.im.chunks_mut(pairs.max(1)));
        for ((a, b), (mut to_re, mut to_im)) in rows.zip(results) {
            if self.same {
                to_re.iter_mut().zip(a.iter().zip(b)).for_each(|(sum, (a, b))| *sum += a * a + b * b);
                continue;
            }
            for ring in 0..rings {
                let (x, y) = (a[ring], b[ring]);
                let (own_re, rest_re) = to_re.split_at_mut(ring + 1);
                let (own_im, rest_im) = to_im.split_at_mut(ring + 1);
                for (((sum_re, sum_im), c), d) in own_re.iter_mut().zip(own_im).zip(a).zip(b) {
                    // (x + i y) (c - i d)
                    *sum_re += x * c + y * d;
                    *sum_im += y * c - x * d;
                }
                (to_re, to_im) = (rest_re, rest_im);
            }
        }
    }
}

impl AngularSums {
    /// Adds the sums of other frames. Empty ones take their size from the other.
    pub fn merge(&mut self, other: &Self) {
        self.others += other.others;
        self.frames += other.frames;
        for (mine, theirs) in [
            (&mut self.re, &other.re),
            (&mut self.im, &other.im),
            (&mut self.image, &other.image),
            (&mut self.squares, &other.squares),
        ] {
            if mine.is_empty() {
                mine.clone_from(theirs);
                continue;
            }
            mine.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value);
        }
    }
}
