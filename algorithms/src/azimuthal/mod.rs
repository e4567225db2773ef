//! Azimuthal integration: the image averaged along rings, I(q) with its error.
//!
//! For pixel i with value s_i, normalisation n_i (flat field, solid angle, polarisation, absorption) and the part c_ib of it in
//! bin b:
//!
//! ```text
//! signal_b   = sum_i c_ib s_i          variance_b = sum_i c_ib^2 v_i,  v_i = max(s_i, 1) for Poisson counts, s_i for photons
//! norm_b     = sum_i c_ib n_i          I_b = signal_b / norm_b,        sigma_b = sqrt(variance_b) / norm_b
//! ```
//!
//! So corrections are not divided out pixel by pixel: the mean is weighted, as in pyFAI since 2019 (Kieffer et al., J. Appl.
//! Cryst. 53, 1305). Missing pixels (masked, NaN, infinite) enter neither sum; a bin without pixels has norm 0.
//!
//! One pass over the frame, module by module. What does not change from frame to frame is computed once
//! ([`AzimuthalIntegrator::new`]): the bin of every pixel, its parts, and the norm of every bin, from which a frame takes away
//! the pixels it finds missing. Sums are f64, added in an order that depends on the pixel's place alone: pixel j of a
//! module goes to copy j mod 4 of the histogram (neighbours lie in the same bin, and one copy would make each addition
//! wait for the last), and the copies are added up in order. The road not taken is a sparse matrix: it reads 8 bytes of
//! weight and index for each 4 of data.
//!
//! | question | file |
//! |---|---|
//! | which part of a pixel belongs to which bin? | `division.rs`, of `binning.rs`, `rows.rs`, `coordinate.rs`, `share.rs`, `polygon.rs` |
//! | what is it normalised by? | `correction.rs` |
//! | fast tables, of one row and means | `integrator.rs`, `frames.rs`, `unsplit.rs`, `split.rs` and what lies below them |
//! | rows of azimuths, dark image, spread, clipping, medians | `sparse.rs`, `by_pixel.rs`, `by_cell.rs`, `ring.rs` |
//!
//! Where pyFAI 2026.9 is another opinion: a radial range takes exactly its own pixels (its first bin holds those of one bin width
//! below too), a pixel on the border counts with the part inside, sectors go across +-180 degrees, full splitting in two
//! dimensions is exact (its parts are off by up to a quarter of a pixel), clipping without an error model is refused (it returns 0).
//!
//! Up to eight frames share that pass ([`AzimuthalIntegrator::integrate_module_block`]), with the same sums to the bit.

mod binning;
mod block;
#[cfg(target_arch = "x86_64")]
mod block_sse2;
mod by_cell;
mod by_pixel;
mod coordinate;
mod correction;
mod division;
mod error;
mod frames;
mod histogram;
mod integrator;
mod lanes;
#[cfg(target_arch = "x86_64")]
mod lanes_avx;
mod options;
mod polygon;
mod profile;
mod ring;
mod rows;
mod share;
mod sparse;
mod split;
mod sums;
mod unsplit;

pub use binning::MAX_BINS;
pub use coordinate::radial_spread;
pub use error::AzimuthalError;
pub use frames::BlockWorking;
pub use integrator::{AzimuthalIntegrator, Working};
pub use lanes::LANES;
pub use options::{Azimuth, ErrorModel, Fields, Options, Sensor, Splitting, Statistic};
pub use profile::Profile;
pub use rows::MAX_ROWS;
pub use sparse::{SparseIntegrator, SparseWorking, MAX_CELLS};
pub use sums::Sums;
