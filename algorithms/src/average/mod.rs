//! Statistics of each pixel over frames: count, mean, variance, minimum, maximum.
//!
//! | question | file |
//! |---|---|
//! | how are frames added? | `accumulate.rs` |
//! | how are the statistics of two groups of frames joined, and read? | `moments.rs` |

mod accumulate;
mod moments;

pub use accumulate::{Accumulator, Kept, BLOCK_FRAMES};
pub use moments::{Moments, MomentsError};
