//! The threshold that tells hits from misses, from the scores of the whole run.
//!
//! ```text
//! threshold(train) = mu + snr * sigma,  mu = median,  sigma = (Q75 - Q25) / 1.34896
//! hit              = score > threshold
//! ```
//!
//! over a window of scores about each train ([`windows`] has the exact rule); percentiles are numpy's linear ones. With
//! `lower-quartile` sigma is 2 (Q50 - Q25) / 1.34896, which hits cannot widen where they are many. Scores and thresholds
//! count pixels, energies are in uJ; arrays are by frame, a train is a range of frames.
//!
//! The rules are EXtra-redu 1.1.0's (`SpiHitfinder`), found out by calling it, to the last bit of the thresholds. Two
//! things it leaves undefined are defined here: a window without a valid score (it stops with an `IndexError`) gives no
//! threshold and no hit, and where more misses are asked for than there are (a `ValueError`) all are kept.
//!
//! Misses to keep are drawn with the weights and in the number that EXtra-redu uses, but not the same ones: its choice
//! comes from the state of numpy's legacy generator, ours from a hash of (seed, train id, pulse id), which gives the same
//! frames wherever and in however many parts the run is worked on.
//!
//! Cost: O(n log n) for n frames. The window slides, its values counted by rank in a Fenwick tree; no window is sorted.

mod draw;
mod energy;
mod hit_rate;
mod misses;
mod quartiles;
mod ranks;
mod threshold;
mod window;

pub use energy::{normalise, LEAST_ENERGY};
pub use hit_rate::{hit_rate, TRAINS};
pub use misses::{keep_misses, MissBase, MissOptions};
pub use quartiles::{quartiles, Quartiles};
pub use threshold::{thresholds, Options, Threshold};
pub use window::windows;
