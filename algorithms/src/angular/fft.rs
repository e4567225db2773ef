//! The discrete Fourier transform of many series side by side: `F(n) = sum_k x(k) exp(-2 pi i n k / N)`, N a product of 2, 3, 5, 7.
//!
//! Stockham's order, one pass for each factor. Series lie innermost, `[k][series]`, so that every multiplication by a root is one
//! number times a row; a ring of a detector has some hundred points, and there are some dozen rings. Roots are taken from
//! `libm`: the same on every processor.

use std::f64::consts::TAU;

/// Transforms of one length.
#[derive(Clone, Debug)]
pub struct Fft {
    length: usize,
    factors: Vec<usize>,
    /// exp(-2 pi i j / N)
    roots: Vec<[f64; 2]>,
}

impl Fft {
    /// None for a length that has other prime factors, or none at all.
    pub fn new(length: usize) -> Option<Self> {
        let mut rest = length;
        let mut factors = Vec::new();
        for factor in [2, 3, 5, 7] {
            while rest > 0 && rest.is_multiple_of(factor) {
                factors.push(factor);
                rest /= factor;
            }
        }
        let root = |j: usize| {
            let angle = TAU * j as f64 / length as f64;
            [libm::cos(angle), -libm::sin(angle)]
        };
        (rest == 1).then(|| Self { length, factors, roots: (0..length).map(root).collect() })
    }

    pub fn length(&self) -> usize {
        self.length
    }

    /// Transforms `series` series in place, real and imaginary parts `[k][series]`; `scratch` is room of the same size.
    pub fn forward(&self, series: usize, data: [&mut Vec<f64>; 2], scratch: [&mut Vec<f64>; 2]) {
        let [re, im] = data;
        let [other_re, other_im] = scratch;
        for values in [&mut *other_re, &mut *other_im] {
            values.resize(self.length * series, 0.0);
        }
        let (mut n, mut stride) = (self.length, 1);
        for &radix in &self.factors {
            self.pass(radix, n, stride, series, [&*re, &*im], [&mut *other_re, &mut *other_im]);
            std::mem::swap(re, other_re);
            std::mem::swap(im, other_im);
            n /= radix;
            stride *= radix;
        }
    }

    fn pass(&self, radix: usize, n: usize, stride: usize, series: usize, from: [&[f64]; 2], to: [&mut [f64]; 2]) {
        let m = n / radix;
        let [re, im] = from;
        let [to_re, to_im] = to;
        for p in 0..m {
            for q in 0..stride {
                for t in 0..radix {
                    let place = (q + stride * (radix * p + t)) * series;
                    let out_re = &mut to_re[place..place + series];
                    let out_im = &mut to_im[place..place + series];
                    out_re.fill(0.0);
                    out_im.fill(0.0);
                    for k in 0..radix {
                        // exp of k t / radix, and of p t / n
                        let [c, s] = self.roots[(k * t % radix * (self.length / radix) + p * t * stride) % self.length];
                        let source = (q + stride * (p + k * m)) * series;
                        let (a, b) = (&re[source..source + series], &im[source..source + series]);
                        for (((x, y), a), b) in out_re.iter_mut().zip(out_im.iter_mut()).zip(a).zip(b) {
                            *x += a * c - b * s;
                            *y += a * s + b * c;
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_sum() {
        for length in [1, 2, 3, 8, 12, 35, 90, 128] {
            let fft = Fft::new(length).unwrap();
            let value = |k: usize, s: usize| ((k * 37 + s * 11) % 19) as f64 - 7.0;
            let mut re: Vec<f64> = (0..length * 2).map(|at| value(at / 2, at % 2)).collect();
            let mut im = vec![0.0; length * 2];
            fft.forward(2, [&mut re, &mut im], [&mut Vec::new(), &mut Vec::new()]);
            for n in 0..length {
                for s in 0..2 {
                    let sum = (0..length).fold([0.0, 0.0], |[a, b], k| {
                        let angle = TAU * (n * k % length) as f64 / length as f64;
                        [a + value(k, s) * angle.cos(), b - value(k, s) * angle.sin()]
                    });
                    let found = [re[n * 2 + s], im[n * 2 + s]];
                    assert!(
                        found.iter().zip(sum).all(|(a, b)| (a - b).abs() < 1e-9),
                        "{length} {n}: {found:?} {sum:?}"
                    );
                }
            }
        }
        assert!(Fft::new(0).is_none() && Fft::new(11).is_none() && Fft::new(26).is_none());
    }
}
