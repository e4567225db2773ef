//! Angular correlation (XCCA): how intensities of two rings are correlated at an angle, averaged over frames.
//!
//! Of a frame, I(q, k) are the means of the cells of a cake, k < N round the whole circle, W(q, k) = 1 where a cell has pixels:
//!
//! ```text
//! C(q1, q2, d) = sum_f sum_k W I(q1, k + d) W I(q2, k) / (F pairs(q1, q2, d))        pairs = sum_k W(q1, k + d) W(q2, k)
//! C_n(q1, q2)  = (1 / N) sum_d C(q1, q2, d) exp(-2 pi i n d / N)
//! ```
//!
//! The first ring is the shifted one, as EXtra's AngularCorrelator has it; Altarelli's and Kurta's order is d -> -d. Sums over k
//! are products of Fourier transforms, and those are what is added up over frames: C follows in the end.
//!
//! What is taken off I before that decides what the result means, and has to happen before masking (raw sums over pair
//! counts, less the square of the mean, leave the shape of the mask in the result):
//!
//! | `Subtract` | of each ring | remark |
//! |---|---|---|
//! | `Nothing` | | EXtra's raw products |
//! | `Frame` | the frame's own mean over the good cells | Wochner 2009, Altarelli 2010; biased where cells are masked, and by few photons |
//! | `Run` | the mean polar image of the run | `sum_f (I - M)(I' - M') = sum_f I I' - F M M'`: one pass is enough where the good cells are those of every frame; frames in which they are not are left out, and counted. Divided by F - 1, since M is made of the same frames |
//!
//! Frames weigh equally; with `by_ring` each ring of each frame is divided by its mean first, which takes the pulse energy out.
//! Normalised by `Mean`, C is divided by the means of both rings (Wochner); by `Deviation`, by their standard deviations
//! over cells and frames (Thor's "standard").
//!
//! C(q, q, 0) holds the shot noise of the cells. It is left in C; in the components the mean of its two neighbours stands in
//! its place.
//!
//! Cost of a frame: the cake, a transform of each ring, and 4 multiply-adds for each two rings and frequency; 16 bytes of
//! state for each.

mod correlator;
mod fft;
mod finish;

pub use correlator::{AngularCorrelator, AngularError, AngularSums, AngularWorking, Normalise, Subtract, MAX_BYTES};
pub use fft::Fft;
pub use finish::Angular;

#[cfg(test)]
mod tests {
    use super::*;

    const ANGLES: usize = 90;
    const RINGS: usize = 4;

    struct Random(u64);

    impl Random {
        fn share(&mut self) -> f64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }

        /// Knuth's: exact, and quick enough for a few photons.
        fn poisson(&mut self, mean: f64) -> f64 {
            let limit = libm::exp(-mean);
            let (mut photons, mut product) = (0.0, self.share());
            while product > limit {
                photons += 1.0;
                product *= self.share();
            }
            photons
        }
    }

    /// Order of four folds, turned by another angle in each frame, ten photons a cell, every fifth cell masked: its component is
    /// `m^2 / 4`, within and between rings, and no other is there.
    #[test]
    fn the_order_of_many_weak_frames_is_found() {
        let modulation = 0.2;
        let masked = |angle: usize| angle % 9 < 2;
        let good = (0..ANGLES * RINGS).map(|at| !masked(at / RINGS)).collect();
        let correlator =
            AngularCorrelator::new((ANGLES, RINGS), good, false, Subtract::Run, false, Normalise::Mean).unwrap();
        let (mut sums, mut working, mut random) =
            (AngularSums::default(), AngularWorking::default(), Random(88_172_645));
        for _ in 0..2000 {
            let turned = random.share() * std::f64::consts::TAU;
            // the pulse energy of all frames is the same here: with `by_ring` it need not be
            let image: Vec<f64> = (0..ANGLES * RINGS)
                .map(|at| {
                    let angle = (at / RINGS) as f64 / ANGLES as f64 * std::f64::consts::TAU;
                    let mean = 10.0 * (1.0 + modulation * libm::cos(4.0 * angle - turned));
                    let photons = random.poisson(mean);
                    if masked(at / RINGS) {
                        f64::NAN
                    } else {
                        photons
                    }
                })
                .collect();
            correlator.add(&image, &mut working, &mut sums).unwrap();
        }
        let made = correlator.finish(&sums);
        let half = ANGLES / 2 + 1;
        let mean_of = |n: usize| made.re.iter().skip(n).step_by(half).sum::<f64>() / correlator.pairs() as f64;
        let expected = modulation * modulation / 4.0;
        assert!((mean_of(4) / expected - 1.0).abs() < 0.02, "{} {expected}", mean_of(4));
        for n in (1..12).filter(|n| *n != 4) {
            assert!(mean_of(n).abs() < 0.02 * expected, "{n}: {}", mean_of(n));
        }
        let within: f64 =
            (0..RINGS).map(|ring| made.re[(ring * (ring + 3) / 2) * half + 4]).sum::<f64>() / RINGS as f64;
        assert!((within / expected - 1.0).abs() < 0.02, "{within} {expected}");
    }
}
