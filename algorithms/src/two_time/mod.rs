//! Two-time correlation of the frames of a train, summed over trains.
//!
//! ```text
//! numerator(t, t')   = sum over trains of (1/P) sum_px I(t) I(t')      t = t': less (1/P) sum_px I(t), that is n (n - 1) for counts
//! denominator(t, t') = sum over trains of m(t) m(t')                   m(t) = (1/P) sum_px I(t)
//! C(t, t') = numerator / denominator
//! ```
//!
//! The mean of each frame carries the pulse energy, so no monitor is needed; trains weigh as their intensity squared, which is less
//! noisy at low counts than a mean of the trains' own C. Taking the mean off the diagonal removes the shot noise of counts
//! exactly. Pixels that are bad in any frame of a train are left out of their ring for that train, after frames without any
//! good pixel.
//!
//! g2 at lag d is the sum of the numerators of all pairs d apart over that of their denominators, and its error the one of a ratio
//! of sums over trains: `sum_i (a_i - g2 b_i)^2 T / (T - 1) / (sum b)^2`, a_i and b_i the sums of train i. Pairs of one train
//! share frames, and so are not independent: the square root of the number of pairs would be too small an error.
//!
//! Times are slots of a grid: a frame that is not there leaves a gap, and lags are differences of slots.
//!
//! Two ways, with the same result. Products of f32 are exact in f64, and so fusing them with the addition, which some processors
//! do, changes nothing; the sums are those of blocks of pixels, each in order.
//!
//! | way | for | cost |
//! |---|---|---|
//! | matrix product, [`product`] | everything | frames^2 / 2 multiply-adds a pixel |
//! | pairs of events, [`events`] | whole numbers of which less than 1 % are not 0: there both are exact | (occupancy x frames)^2 / 2 a pixel |

mod events;
mod product;
mod sums;

pub use events::{counts, events, SPARSE};
pub use product::product;
pub use sums::{Ring, TwoTimeSums, G2};

use trainyard_codec::Processor;

/// Slots of the grid: more than the pulses of a train.
pub const MAX_TIMES: usize = 4096;

/// Place of (t, t'), t' <= t, in a lower triangle.
pub fn at(t: usize, other: usize) -> usize {
    t * (t + 1) / 2 + other
}

/// Adds a train: `frames[i]` is the image of ring after ring at time `slots[i]`; slots ascend. `sizes` are the pixels of the rings.
/// `shot_noise`: leave the diagonal as it is.
///
/// Frames with another number of pixels, or slots beyond [`MAX_TIMES`], are the caller's fault and are left out.
pub fn add_train(
    frames: &[&[f32]],
    slots: &[usize],
    sizes: &[usize],
    shot_noise: bool,
    processor: Processor,
    out: &mut TwoTimeSums,
) {
    let pixels: usize = sizes.iter().sum();
    let mut first = 0;
    for (ring, &size) in sizes.iter().enumerate() {
        let span = first..first + size;
        first += size;
        let fits = |(frame, slot): &(&&[f32], &usize)| frame.len() == pixels && **slot < MAX_TIMES;
        let (rows, times): (Vec<&[f32]>, Vec<usize>) = frames
            .iter()
            .zip(slots)
            .filter(fits)
            .map(|(frame, &slot)| (&frame[span.clone()], slot))
            .filter(|(row, _)| row.iter().any(|value| value.is_finite()))
            .unzip();
        let good: Vec<usize> = (0..size).filter(|&pixel| rows.iter().all(|row| row[pixel].is_finite())).collect();
        if rows.is_empty() || good.is_empty() {
            continue;
        }
        let whole = good.len() == size;
        let packed: Vec<Vec<f32>> =
            if whole { Vec::new() } else { rows.iter().map(|row| good.iter().map(|&p| row[p]).collect()).collect() };
        let rows: Vec<&[f32]> = if whole { rows } else { packed.iter().map(Vec::as_slice).collect() };
        let (products, means) = correlate(&rows, processor);
        out.add_train(ring, &times, good.len(), &products, &means, shot_noise);
    }
}

/// Sums over pixels of the products of each two rows (lower triangle), and of each row.
fn correlate(rows: &[&[f32]], processor: Processor) -> (Vec<f64>, Vec<f64>) {
    let sums = rows.iter().map(|row| product::sum(row)).collect();
    let products = match counts(rows) {
        Some(share) if share < SPARSE => events(rows),
        _ => product(rows, processor),
    };
    (products, sums)
}
