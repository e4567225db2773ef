//! Regions of interest: what is computed from the pixels of one region of one frame.
//!
//! | question | file |
//! |---|---|
//! | which pixels does a region have? | `region.rs` |
//! | sum, mean, variance, median, centre, histogram | `measure.rs` |
//! | the projection of a rectangle onto one of its axes, a spectrum | `projection.rs` |
//! | what frames add up to, by group | `sums.rs` |
//!
//! Bad pixels (NaN) take part in nothing, and how many good ones there are is always told: a background is scaled by that number.

mod measure;
mod projection;
mod region;
mod sums;

pub use measure::{histogram, Measure, Measured};
pub use projection::Projection;
pub use region::{Place, Region, Run};
pub use sums::{GroupSums, Pair};
