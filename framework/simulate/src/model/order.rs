//! Local four-fold order: `I(r, phi) = I(r) (1 + m cos(4 (phi - phi_f)))`, phi_f another angle in each frame.
//!
//! C(q1, q2, d) normalised by the means is then `m^2 / 2 cos(4 d)`, and its Fourier components of n = 4 are `m^2 / 4`.

use crate::random::{Purpose, Stream};
use std::f64::consts::TAU;

pub const FOLD: u32 = 4;
/// m
pub const MODULATION: f64 = 0.2;

/// Expected photons at distance `r`.
pub fn intensity(r: f64, half: f64) -> f64 {
    let x = (r - 0.5 * half) / (0.25 * half);
    1.0 + 4.0 * libm::exp(-x * x)
}

/// m cos(4 phi) for part 0, m sin(4 phi) for part 1, at a pixel.
pub fn part(x: f64, y: f64, part: usize) -> f64 {
    let angle = f64::from(FOLD) * libm::atan2(y, x);
    MODULATION * if part == 0 { libm::cos(angle) } else { libm::sin(angle) }
}

/// phi_f of a frame, rad: less than a quarter of a turn.
pub fn angle(seed: u64, train: u64, cell: u16) -> f64 {
    Stream::new(seed, Purpose::Order, 0, 0, train, u64::from(cell)).uniform(0) * TAU / f64::from(FOLD)
}
