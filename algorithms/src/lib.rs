//! The reduction algorithms, one file each

pub mod azimuthal;
pub mod exact_sum;
pub mod expression;
pub mod lit_pattern;
pub mod multi_tau;
