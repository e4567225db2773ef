//! Random numbers by address: every draw is a function of (seed, purpose, module, train, frame, number of the draw).
//!
//! So any frame of any module can be made alone, in any order, on any thread. All transcendental functions come from the
//! portable `libm` crate, and sums are in a fixed order: the same numbers on every platform.

mod normal;
mod poisson;
mod stream;

pub use normal::Normal;
pub use poisson::Poisson;
pub use stream::{Purpose, Stream};
