//! Speckles of Brownian motion, one pixel large: complex Gaussian fields with a correlation that decays from frame to frame.
//!
//! Each pixel has M independent fields, each a stationary AR(1) process over the memory cells of a train:
//! ```text
//! E(0) = z(0)      E(p) = rho E(p-1) + sqrt(1 - rho^2) z(p)      rho = exp(-1 / decay)      <|z|^2> = 1
//! I(p) = <I> (1/M) sum_m |E_m(p)|^2
//! g2(n) = <I(p) I(p+n)> / <I>^2 = 1 + (1/M) exp(-2 n / decay)                                 exactly, n >= 0
//! ```
//! Trains are independent. Time passes in dark cells too. 2 normal numbers a pixel, mode and frame.
//! State: `re, im: [mode][slow * fast]`, f32.

use crate::random::{Normal, Purpose, Stream};
use rayon::prelude::*;

/// The fields of one module at one memory cell.
#[derive(Clone, Debug)]
pub struct SpeckleField {
    seed: u64,
    module: u16,
    train: u64,
    /// the cell that the state belongs to
    cell: Option<u16>,
    rho: f32,
    kick: f32,
    /// `[mode][pixel]`
    fields: Vec<Vec<(f32, f32)>>,
}

const BLOCK: usize = 16 * 1024;

impl SpeckleField {
    pub fn new(seed: u64, module: u16, train: u64, pixels: usize, modes: u8, decay: f64) -> Self {
        let rho = libm::exp(-1.0 / decay);
        SpeckleField {
            seed,
            module,
            train,
            cell: None,
            rho: rho as f32,
            kick: libm::sqrt(1.0 - rho * rho) as f32,
            fields: vec![vec![(0.0, 0.0); pixels]; usize::from(modes)],
        }
    }

    /// On to the next memory cell; the first call gives cell 0.
    pub fn advance(&mut self, normal: &Normal) {
        let next = self.cell.map_or(0, |cell| cell.saturating_add(1));
        let (rho, kick) = if self.cell.is_some() { (self.rho, self.kick) } else { (0.0, 1.0) };
        self.cell = Some(next);
        let (seed, module, train) = (self.seed, self.module, self.train);
        for (mode, field) in self.fields.iter_mut().enumerate() {
            let stream = Stream::new(seed, Purpose::Speckle, mode as u64, module, train, u64::from(next));
            field.par_chunks_mut(BLOCK).enumerate().for_each(|(block, field)| {
                let first = (2 * block * BLOCK) as u32;
                for (i, (re, im)) in field.iter_mut().enumerate() {
                    let item = first + 2 * i as u32;
                    // <|z|^2> = 1: variance 1/2 for each part
                    let z = |item| (std::f64::consts::FRAC_1_SQRT_2 * normal.sample(&stream, item)) as f32;
                    *re = rho * *re + kick * z(item);
                    *im = rho * *im + kick * z(item + 1);
                }
            });
        }
    }

    /// `factor * mean * (1/M) sum |E|^2`
    pub fn expected(&self, factor: f64, mean: &[f32], out: &mut [f32]) {
        let scale = (factor / self.fields.len() as f64) as f32;
        out.fill(0.0);
        for field in &self.fields {
            for (out, (re, im)) in out.iter_mut().zip(field) {
                *out += re * re + im * im;
            }
        }
        for (out, mean) in out.iter_mut().zip(mean) {
            *out *= scale * mean;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <I>, <I^2> and g2 at a few lags over pixels and frames, against the formula of the header.
    #[test]
    fn the_correlation_is_the_stated_one() {
        let normal = Normal::default();
        let (pixels, frames, decay) = (40_000, 40, 8.0);
        for modes in [1u8, 3] {
            let mean = vec![1.0f32; pixels];
            let mut field = SpeckleField::new(9, 2, 10_001, pixels, modes, decay);
            let series: Vec<Vec<f32>> = (0..frames)
                .map(|_| {
                    field.advance(&normal);
                    let mut out = vec![0.0; pixels];
                    field.expected(1.0, &mean, &mut out);
                    out
                })
                .collect();
            let average = series.iter().flatten().map(|&i| f64::from(i)).sum::<f64>() / (pixels * frames) as f64;
            // variance of the mean: contrast / pixels, times the correlated frames' share, < 1
            assert!((average - 1.0).abs() < 5.0 / (pixels as f64).sqrt(), "{average}");
            for lag in [0usize, 1, 4, 16] {
                let product: f64 = (0..frames - lag)
                    .flat_map(|p| series[p].iter().zip(&series[p + lag]))
                    .map(|(&a, &b)| f64::from(a) * f64::from(b))
                    .sum();
                let g2 = product / ((frames - lag) * pixels) as f64 / (average * average);
                let expected = 1.0 + libm::exp(-2.0 * lag as f64 / decay) / f64::from(modes);
                // the product of two exponential variables has variance <= 20; pixels are independent, and so are frames
                // that are `decay` apart
                let sigma = (20.0 / (pixels * frames) as f64 * decay).sqrt();
                assert!((g2 - expected).abs() < 4.0 * sigma, "modes {modes} lag {lag}: {g2} {expected}");
            }
        }
    }
}
