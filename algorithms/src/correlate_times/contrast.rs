//! Speckle contrast: sums of each frame and ring from which every estimator follows.
//!
//! ```text
//! pixels   P              good pixels
//! sum      sum n          squares  sum n^2
//! counts   how many pixels hold 0, 1 .. 6 photons, and 7 or more (n rounded, half up; below 0 counts as 0)
//! beta   = sum_f (sum n^2 - sum n) / P  /  sum_f (sum n / P)^2  -  1        over the frames of the run
//! ```
//!
//! `beta = <n (n - 1)> / <n>^2 - 1` holds for counts: var / m^2 = beta + 1 / m. Numerators and squared means are added up frame by
//! frame, so the pulse energy may fluctuate; pooling the counts of all frames instead would add its variance to beta.
//! Its error is that of a ratio of sums over frames. From `counts` follow P(k), their ratios, and the negative binomial law
//! P(k) = G(k + M) / (G(k + 1) G(M)) (1 + M / m)^-k (1 + m / M)^-M, M = 1 / beta.

use super::regions::Regions;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{Frame, FrameOut, FrameStep, OutputDecl, RunValues};
use trainyard_format::map::ElementType;
use trainyard_format::Result;

/// Entries of the histogram.
const COUNTS: usize = 8;

pub(super) struct Contrast {
    pub(super) regions: Regions,
}

/// By ring.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Sums {
    /// of a = (sum n^2 - sum n) / P and b = (sum n / P)^2: a, b, a^2, a b, b^2
    moments: [f64; 5],
    /// sum of the means
    mean: f64,
    frames: u64,
    counts: [u64; COUNTS],
    pixels: u64,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Folded(Vec<Sums>);

impl Contrast {
    pub(super) fn outputs(&self) -> Vec<OutputDecl> {
        let rings = self.regions.sizes.len() as u64;
        let output = |key, element, shape: &[u64], text| OutputDecl::new(key, element, shape, text);
        vec![
            output("pixels", ElementType::U32, &[rings], "good pixels of the region"),
            output("sum", ElementType::F64, &[rings], "sum of their values"),
            output("squares", ElementType::F64, &[rings], "sum of the squares of their values"),
            output("counts", ElementType::U32, &[rings, COUNTS as u64], "pixels of 0 to 6 photons, and of 7 or more"),
        ]
    }
}

impl FrameStep for Contrast {
    type Partial = Folded;
    type Working = Vec<f32>;

    fn working(&self) -> Vec<f32> {
        vec![0.0; self.regions.len()]
    }

    fn begin(&self) -> Folded {
        Folded::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        values: &mut Vec<f32>,
        out: &mut FrameOut<'_>,
        partial: &mut Folded,
    ) -> Result<()> {
        self.regions.extract(frame, values);
        partial.0.resize(self.regions.sizes.len(), Sums::default());
        let (mut pixels, mut sums, mut squares, mut counts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut rest = values.as_slice();
        for (&size, of_ring) in self.regions.sizes.iter().zip(&mut partial.0) {
            let (ring, behind) = rest.split_at(size);
            rest = behind;
            let (mut good, mut sum, mut square, mut histogram) = (0u32, 0.0f64, 0.0f64, [0u32; COUNTS]);
            for value in ring.iter().filter(|value| value.is_finite()) {
                let n = f64::from(*value);
                good += 1;
                sum += n;
                square += n * n;
                histogram[((n + 0.5).floor().max(0.0) as usize).min(COUNTS - 1)] += 1;
            }
            if good > 0 {
                let mean = sum / f64::from(good);
                let (a, b) = ((square - sum) / f64::from(good), mean * mean);
                let more = [a, b, a * a, a * b, b * b];
                of_ring.moments.iter_mut().zip(more).for_each(|(total, value)| *total += value);
                of_ring.mean += mean;
                of_ring.frames += 1;
                of_ring.pixels += u64::from(good);
                of_ring.counts.iter_mut().zip(histogram).for_each(|(total, count)| *total += u64::from(count));
            }
            pixels.push(good);
            sums.push(sum);
            squares.push(square);
            counts.extend(histogram);
        }
        out.row.u32(&pixels);
        out.row.f64(&sums);
        out.row.f64(&squares);
        out.row.u32(&counts);
        Ok(())
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        if into.0.is_empty() {
            *into = next;
            return Ok(());
        }
        for (mine, theirs) in into.0.iter_mut().zip(&next.0) {
            mine.moments.iter_mut().zip(theirs.moments).for_each(|(total, value)| *total += value);
            mine.counts.iter_mut().zip(theirs.counts).for_each(|(total, count)| *total += count);
            mine.mean += theirs.mean;
            mine.frames += theirs.frames;
            mine.pixels += theirs.pixels;
        }
        Ok(())
    }

    fn finish(&self, mut partial: Folded, values: &mut RunValues) -> Result<()> {
        let rings = self.regions.sizes.len();
        partial.0.resize(rings, Sums::default());
        let (mut beta, mut sigma, mut mean) = (Vec::new(), Vec::new(), Vec::new());
        for (number, ring) in partial.0.iter().enumerate() {
            let [a, b, aa, ab, bb] = ring.moments;
            let frames = ring.frames as f64;
            let ratio = if b > 0.0 { a / b } else { f64::NAN };
            let scatter = (aa - 2.0 * ratio * ab + ratio * ratio * bb).max(0.0) * frames / (frames - 1.0);
            beta.push(ratio - 1.0);
            sigma.push(if ring.frames > 1 { scatter.sqrt() / b } else { f64::NAN });
            mean.push(ring.mean / frames);
            if ring.frames == 0 && partial.0.iter().any(|ring| ring.frames > 0) {
                values.warn(format!("{} has no good pixel in any frame", self.regions.name(number)));
            }
        }
        values.f64("contrast", &[rings], &beta, "");
        values.f64("sigma", &[rings], &sigma, "");
        values.f64("mean", &[rings], &mean, "");
        values.u64("frames", &[rings], &partial.0.iter().map(|ring| ring.frames).collect::<Vec<_>>(), "");
        values.u64("pixels", &[rings], &partial.0.iter().map(|ring| ring.pixels).collect::<Vec<_>>(), "");
        let counts: Vec<u64> = partial.0.iter().flat_map(|ring| ring.counts).collect();
        values.u64("counts", &[rings, COUNTS], &counts, "");
        self.regions.put(values);
        Ok(())
    }

    fn memory(&self) -> usize {
        self.regions.len() * size_of::<f32>() + 2 * self.regions.sizes.len() * size_of::<Sums>()
    }
}
