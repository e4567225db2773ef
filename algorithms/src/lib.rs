//! The reduction algorithms: one file each, with its documentation, parameters and registration; what needs more room
//! (a kernel, a parser) lies in a folder beside it.

pub mod adaptive_threshold;
mod attach;
pub mod average;
pub mod azimuthal;
pub mod connected_peaks;
mod correlate_times;
mod drop_modules;
pub mod exact_sum;
pub mod expression;
mod find_hits;
mod find_peaks;
mod integrate_azimuthally;
mod keep;
mod lit_frames;
pub mod lit_pattern;
pub mod lit_pixels;
pub mod multi_tau;
mod round;
mod threshold;
mod weigh_frames;
mod write_frames;

pub use attach::Attach;
pub use average::Average;
pub use correlate_times::CorrelateTimes;
pub use drop_modules::DropModules;
pub use find_hits::FindHits;
pub use find_peaks::FindPeaks;
pub use integrate_azimuthally::IntegrateAzimuthally;
pub use keep::Keep;
pub use lit_frames::LitFrames;
pub use round::Round;
pub use threshold::Threshold;
pub use weigh_frames::WeighFrames;
pub use write_frames::WriteFrames;

use trainyard_engine::algorithm::{register, Registry};

/// Every algorithm of this crate.
pub fn algorithms() -> Registry {
    Registry::new(vec![
        register::<Attach>(),
        register::<LitFrames>(),
        register::<Keep>(),
        register::<DropModules>(),
        register::<FindPeaks>(),
        register::<WeighFrames>(),
        register::<FindHits>(),
        register::<IntegrateAzimuthally>(),
        register::<CorrelateTimes>(),
        register::<Threshold>(),
        register::<Round>(),
        register::<Average>(),
        register::<WriteFrames>(),
    ])
}
