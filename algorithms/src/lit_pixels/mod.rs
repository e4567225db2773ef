//! Lit pixels of a module, and the score that single-particle hit finding makes of them.
//!
//! | quantity | formula | unit |
//! |---|---|---|
//! | lit | number of unmasked pixels with value > threshold (strict) | pixels |
//! | unmasked | number of pixels that are not `NaN` | pixels |
//! | total | sum of the unmasked pixels, in f64 | the image's (photons, keV) |
//! | score | sum(lit) / sum(unmasked) * modules * 65536, sums over the chosen modules | pixels |
//!
//! The image is `[slow, fast]` of one module. The formulas are those of EXtra-redu 1.1.0 (`LitPixelCounter`,
//! `SpiHitfinder`), with three differences, all where its result has no meaning:
//!
//! - a pixel that is `NaN` without being masked counts as unmasked there and spoils its total; here a `NaN` pixel is a bad
//!   pixel, whatever made it one, and bad pixels are never counted;
//! - a frame without a single unmasked pixel has an undefined score there, here it has none (`NaN`);
//! - its modules are positions in the list of files found, ours are module numbers, so that a missing file shifts nothing.
//!
//! Cost: one pass, 4 bytes a pixel. The sum has 16 partial sums whatever the processor offers, so every machine gives the
//! same bits.

mod count;
mod score;
mod wide;

pub use count::{count, ModuleCount};
pub use score::{score, MODULE_PIXELS};
