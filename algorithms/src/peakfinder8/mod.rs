//! Bragg peaks above a threshold that follows the background by radius: "peakfinder8" of Cheetah and CrystFEL (Barty et al., J. Appl. Cryst. 47, 2014, 1118), from its description.
//!
//! Frame: f32 `[module, slow, fast]`; a pixel is used when it is finite, has a place, and min-radius < r and (max-radius = 0 or
//! r < max-radius), r its distance from the beam axis in pixels. All panels share the rings.
//!
//! 1. Ring b = r rounded, half to even. `high` = 1e9, `low` = -1e9; five times: over the used pixels of the ring with
//!    low < v < high: mu = sum v / n, s = sqrt(sum v^2 / n - mu^2) (the difference itself where it is negative);
//!    high = max(mu + snr s, threshold), low = mu - snr s. Without any: mu = s = 0, high = 3.4e38, low = 1.2e-38, the ends of
//!    positive f32: so a ring whose values are all equal loses its threshold.
//! 2. Panel by panel in raster order a pixel that is not on the panel's border starts a peak when v > high of its ring; the peak
//!    is all pixels of the panel above their rings' `high` that hang together, also by corners, border included. Each pixel
//!    belongs to one candidate, also when that is rejected.
//! 3. min-pixels <= n <= max-pixels. First centre: weights |v - mu|, rounded half to even.
//! 4. Background: used pixels of the panel at (i, j), -2R <= i, j < 2R, i^2 + j^2 <= 4 R^2 about the centre, with v < high:
//!    offset = mean, sigma = standard deviation (0.01 where the variance is negative), top = max(v, 0). Without any: offset = mu
//!    at the centre, sigma = 0.01.
//! 5. I = sum(v - offset); centroid = sum(v x) / |sum v|, of the values as they are; maximum = max(v - offset, 0);
//!    snr = I / sigma (0 where sigma < 1e-10). Rejected: |sum v| < 1e-10, snr below the limit, maximum < top - offset, a centroid
//!    outside the panel, maximum above the saturation where one is given.
//!
//! Which form: one queue, so that a peak is connected (Cheetah's rescan of its list can join a pixel of an earlier candidate);
//! weights |v - mu| as CrystFEL; radius not cut to integers, from pixel centres; sums in f64 (in f32 those of squares lose
//! their digits above a large offset); every pixel of a ring counts, none are sampled. Centroids: pixel centres at integers.
//!
//! Cost: each pixel is gathered once, ring by ring, into a row that stays in the cache while the five sums are made; what is
//! above becomes a bit, and only bits are looked at after that. Tables of 6 bytes a pixel, shared by all workers; nothing is
//! allocated for a frame.

mod candidate;
mod finder;
mod level;
mod lit;
mod rings;
mod wide;

pub use candidate::Peak;
pub use finder::{Found, Options, PeakFinder, Working};
pub use rings::{Panel, Rings, TooFar};
