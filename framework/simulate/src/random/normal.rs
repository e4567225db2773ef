//! Normal numbers by the ziggurat: exact, and nearly always one draw and one multiplication.
//!
//! 128 layers of equal area V under `exp(-x^2/2)`, the tail beyond R by Marsaglia's method, with the layer and the position
//! taken from different bits of a draw (Marsaglia and Tsang, J. Stat. Softw. 5(8), 2000, with the correction of Doornik,
//! "An improved ziggurat method", 2005).

use super::stream::draw;
use super::Stream;

const LAYERS: usize = 128;
const R: f64 = 3.442_619_855_899;
const V: f64 = 9.912_563_035_262_17e-3;

/// Edges of the layers.
#[derive(Clone, Debug)]
pub struct Normal {
    edge: [f64; LAYERS + 1],
    /// `edge[i + 1] / edge[i]`: below it a point lies inside the next layer's width
    ratio: [f64; LAYERS],
}

fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

impl Default for Normal {
    fn default() -> Self {
        let mut edge = [0.0; LAYERS + 1];
        edge[0] = V / density(R);
        edge[1] = R;
        for i in 2..LAYERS {
            edge[i] = libm::sqrt(-2.0 * libm::log(V / edge[i - 1] + density(edge[i - 1])));
        }
        let mut ratio = [0.0; LAYERS];
        for i in 0..LAYERS {
            ratio[i] = edge[i + 1] / edge[i];
        }
        Normal { edge, ratio }
    }
}

impl Normal {
    /// A number of mean 0 and variance 1 for item `item` of the stream.
    #[inline]
    pub fn sample(&self, stream: &Stream, item: u32) -> f64 {
        let bits = stream.bits(draw(item, 0));
        let layer = bits as usize % LAYERS;
        let u = signed(bits);
        if u.abs() < self.ratio[layer] {
            return u * self.edge[layer];
        }
        self.sample_edge(layer, u, stream, item)
    }

    #[cold]
    fn sample_edge(&self, mut layer: usize, mut u: f64, stream: &Stream, item: u32) -> f64 {
        let mut attempt = 0;
        let mut next = || {
            attempt += 1;
            stream.bits(draw(item, attempt))
        };
        // (0, 1]: its logarithm is finite
        let positive = |bits: u64| ((bits >> 11) + 1) as f64 * (1.0 / (1u64 << 53) as f64);
        loop {
            if u.abs() < self.ratio[layer] {
                return u * self.edge[layer];
            }
            if layer == 0 {
                loop {
                    let x = libm::log(positive(next())) / R;
                    let y = libm::log(positive(next()));
                    if -2.0 * y >= x * x {
                        return if u < 0.0 { x - R } else { R - x };
                    }
                }
            }
            let x = u * self.edge[layer];
            let above = libm::exp(-0.5 * (self.edge[layer] * self.edge[layer] - x * x));
            let below = libm::exp(-0.5 * (self.edge[layer + 1] * self.edge[layer + 1] - x * x));
            if below + positive(next()) * (above - below) < 1.0 {
                return x;
            }
            let bits = next();
            layer = bits as usize % LAYERS;
            u = signed(bits);
        }
    }
}

/// The upper 53 bits as a number in [-1, 1).
#[inline]
fn signed(bits: u64) -> f64 {
    (bits >> 11) as f64 * (2.0 / (1u64 << 53) as f64) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn moments_and_tails_are_those_of_the_normal_distribution() {
        let normal = Normal::default();
        let stream = Stream::new(11, Purpose::Noise, 0, 0, 1, 1);
        let n = 4_000_000u32;
        let mut sums = [0.0f64; 4];
        let mut beyond = [0u32; 4];
        let mut below = 0u32;
        for i in 0..n {
            let x = normal.sample(&stream, i);
            let mut power = 1.0;
            for sum in &mut sums {
                power *= x;
                *sum += power;
            }
            for (limit, count) in [1.0, 2.0, 3.0, 3.6].into_iter().zip(&mut beyond) {
                *count += u32::from(x.abs() > limit);
            }
            below += u32::from(x < 0.0);
        }
        let n = f64::from(n);
        // moments 0, 1, 0, 3 with variances 1, 2, 15, 96 of one number; five standard deviations
        for (k, (moment, variance)) in [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0f64)].into_iter().enumerate() {
            let deviation = (sums[k] / n - moment) / (variance / n).sqrt();
            assert!(deviation.abs() < 5.0, "moment {}: {deviation} sigma", k + 1);
        }
        for (limit, count) in [1.0, 2.0, 3.0, 3.6].into_iter().zip(beyond) {
            let p = libm::erfc(limit / std::f64::consts::SQRT_2);
            let deviation = (f64::from(count) - n * p) / (n * p * (1.0 - p)).sqrt();
            assert!(deviation.abs() < 5.0, "beyond {limit}: {deviation} sigma");
        }
        assert!((f64::from(below) - n / 2.0).abs() < 2.5 * n.sqrt());
    }
}
