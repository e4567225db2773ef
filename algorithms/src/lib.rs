//! The reduction algorithms: one file each, with its documentation, parameters and registration; what needs more room
//! (a kernel, a parser) lies in a folder beside it.

pub mod azimuthal;
mod correlate_times;
pub mod exact_sum;
pub mod expression;
mod integrate_azimuthally;
mod keep;
mod lit_frames;
pub mod lit_pattern;
pub mod multi_tau;
mod write_frames;

pub use correlate_times::CorrelateTimes;
pub use integrate_azimuthally::IntegrateAzimuthally;
pub use keep::Keep;
pub use lit_frames::LitFrames;
pub use write_frames::WriteFrames;

use trainyard_engine::algorithm::{register, Registry};

/// Every algorithm of this crate.
pub fn algorithms() -> Registry {
    Registry::new(vec![
        register::<LitFrames>(),
        register::<Keep>(),
        register::<IntegrateAzimuthally>(),
        register::<CorrelateTimes>(),
        register::<WriteFrames>(),
    ])
}
