//! Azimuthal integration: the image averaged along rings, I(q) with its error.
//!
//! For pixel i with value s_i, normalisation n_i (solid angle times polarisation) and the part c_ib of it in bin b:
//!
//! ```text
//! signal_b   = sum_i c_ib s_i          variance_b = sum_i c_ib^2 v_i,  v_i = max(s_i, 1) for Poisson counts
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
//! Up to eight frames share that pass ([`AzimuthalIntegrator::integrate_module_block`]), with the same sums to the bit.

mod binning;
mod block;
#[cfg(target_arch = "x86_64")]
mod block_sse2;
mod coordinate;
mod error;
mod frames;
mod histogram;
mod integrator;
mod lanes;
#[cfg(target_arch = "x86_64")]
mod lanes_avx;
mod options;
mod profile;
mod share;
mod split;
mod sums;
mod unsplit;

pub use binning::MAX_BINS;
pub use coordinate::radial_spread;
pub use error::AzimuthalError;
pub use frames::BlockWorking;
pub use integrator::{AzimuthalIntegrator, Working};
pub use lanes::LANES;
pub use options::{ErrorModel, Options, Splitting};
pub use profile::Profile;
pub use sums::Sums;
