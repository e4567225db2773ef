//! Peaks as connected groups of bright pixels, for sparse frames with a flat background.
//!
//! In one module's image `[slow, fast]`:
//!
//! 1. a pixel is bright when its value is above the threshold (strict); `NaN`, a bad pixel, never is;
//! 2. bright pixels that touch, also by a corner, are one group (8-connected; modules are not joined);
//! 3. a group is a peak when min-pixels <= pixels <= max-pixels;
//! 4. its position is the centroid weighted by the pixel values, sum(v x) / sum(v), pixel centres at integers; its
//!    intensity is sum(v), nothing subtracted.
//!
//! Peaks come in raster order of their first pixel, and sums are made in raster order, so the result is one and the same
//! bits everywhere. It is what `scipy.ndimage.label` with a 3x3 structure gives, with areas and centroids by label.
//!
//! Cost: one read of the image, 64 pixels at a time; what has a bright pixel is cut into runs, and runs of neighbouring
//! rows are joined by union-find. Labels by pixel (the two-pass way) would write the image once more for nothing: on
//! sparse frames the runs fit into a few cache lines.

mod finder;
mod groups;
mod runs;

pub use finder::{find, Options, Peak, Working};
