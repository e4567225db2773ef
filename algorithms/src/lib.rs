//! The reduction algorithms: one file each, with its documentation, parameters and registration; what needs more room
//! (a kernel, a parser) lies in a folder beside it.

pub mod adaptive_threshold;
pub mod angular;
mod attach;
pub mod average;
pub mod azimuthal;
mod bin_pixels;
mod column_bins;
pub mod connected_peaks;
mod correlate_angles;
mod correlate_times;
mod detector_image;
mod drop_modules;
pub mod exact_sum;
pub mod expression;
mod find_hits;
mod find_peaks;
mod integrate_azimuthally;
mod integrate_roi;
mod keep;
mod lit_frames;
pub mod lit_pattern;
pub mod lit_pixels;
pub mod multi_tau;
pub mod peakfinder8;
mod photonise;
pub mod roi;
mod round;
mod threshold;
pub mod two_time;
mod weigh_frames;
mod write_frames;

pub use attach::Attach;
pub use average::Average;
pub use bin_pixels::BinPixels;
pub use correlate_angles::CorrelateAngles;
pub use correlate_times::CorrelateTimes;
pub use drop_modules::DropModules;
pub use find_hits::FindHits;
pub use find_peaks::FindPeaks;
pub use integrate_azimuthally::IntegrateAzimuthally;
pub use integrate_roi::IntegrateRoi;
pub use keep::Keep;
pub use lit_frames::LitFrames;
pub use photonise::Photonise;
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
        register::<IntegrateRoi>(),
        register::<CorrelateTimes>(),
        register::<CorrelateAngles>(),
        register::<Threshold>(),
        register::<Round>(),
        register::<Photonise>(),
        register::<BinPixels>(),
        register::<Average>(),
        register::<WriteFrames>(),
    ])
}
