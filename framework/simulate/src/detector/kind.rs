//! What differs from detector to detector: shapes, cells, response to photons.

use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// A detector that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detector {
    /// AGIPD-1M: 16 modules of 512 x 128 pixels of 200 um
    Agipd,
    /// LPD-1M: 16 modules of 256 x 256 pixels of 500 um
    Lpd,
    /// DSSC-1M: 16 modules of 128 x 512 pixels; its hexagons are squares of equal area here
    Dssc,
    /// JUNGFRAU-4M: 8 modules of 512 x 1024 pixels of 75 um
    Jungfrau,
}

/// How a pixel answers: `ADU = pedestal + gain * photons + noise * n`, n normal, cut to 0..=saturation.
///
/// There is one gain stage, the high one: a recorded pixel saturates at (saturation - pedestal) / gain photons, about 200 for AGIPD,
/// a corrected one never. Corrected values are photons with noise `noise / gain`. The pedestal of each pixel is
/// `offset + offset_spread * n` with n fixed for a module and seed, so that a dark run of the same seed calibrates the others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Response {
    /// ADU
    pub offset: f64,
    /// ADU
    pub offset_spread: f64,
    /// ADU a photon
    pub gain: f64,
    /// ADU, standard deviation
    pub noise: f64,
    /// ADU
    pub saturation: u16,
}

impl Detector {
    pub const ALL: [Detector; 4] = [Detector::Agipd, Detector::Lpd, Detector::Dssc, Detector::Jungfrau];

    pub fn name(self) -> &'static str {
        match self {
            Detector::Agipd => "agipd",
            Detector::Lpd => "lpd",
            Detector::Dssc => "dssc",
            Detector::Jungfrau => "jungfrau",
        }
    }

    /// The part of the detector's name that readers recognise: `SPB_DET_AGIPD1M-1`.
    pub fn full_name(self, instrument: &str) -> String {
        match self {
            Detector::Agipd => format!("{instrument}_DET_AGIPD1M-1"),
            Detector::Lpd => format!("{instrument}_DET_LPD1M-1"),
            Detector::Dssc => format!("{instrument}_DET_DSSC1M-1"),
            Detector::Jungfrau => format!("{instrument}_IRDA_JF4M"),
        }
    }

    /// `AGIPD00`, `JNGFR01`
    pub fn aggregator(self, module: u16) -> String {
        match self {
            Detector::Agipd => format!("AGIPD{module:02}"),
            Detector::Lpd => format!("LPD{module:02}"),
            Detector::Dssc => format!("DSSC{module:02}"),
            Detector::Jungfrau => format!("JNGFR{module:02}"),
        }
    }

    /// The source of a module. Corrected data stand under `CORR`.
    pub fn source(self, instrument: &str, module: u16, corrected: bool) -> String {
        let name = self.full_name(instrument);
        match (self, corrected) {
            (Detector::Jungfrau, false) => format!("{name}/DET/JNGFR{module:02}:daqOutput"),
            (Detector::Jungfrau, true) => format!("{name}/CORR/JNGFR{module:02}:daqOutput"),
            (_, false) => format!("{name}/DET/{module}CH0:xtdf"),
            (_, true) => format!("{name}/CORR/{module}CH0:output"),
        }
    }

    /// Numbers of the modules as the facility counts them.
    pub fn module_numbers(self) -> RangeInclusive<u16> {
        match self {
            Detector::Jungfrau => 1..=8,
            _ => 0..=15,
        }
    }

    /// Position of a module among all of them: `dim1` of the geometry.
    pub fn module_index(self, module: u16) -> usize {
        usize::from(module.saturating_sub(*self.module_numbers().start()))
    }

    /// Pixels of a module: slow, fast.
    pub fn shape(self) -> (usize, usize) {
        match self {
            Detector::Agipd => (512, 128),
            Detector::Lpd => (256, 256),
            Detector::Dssc => (128, 512),
            Detector::Jungfrau => (512, 1024),
        }
    }

    /// Pixels of a module.
    pub fn pixels(self) -> usize {
        let (slow, fast) = self.shape();
        slow * fast
    }

    /// Edge of a pixel in metres. DSSC: hexagons at a pitch of 236 um by 204 um have the area of squares of 220 um.
    pub fn pixel_size(self) -> f64 {
        match self {
            Detector::Agipd => 200e-6,
            Detector::Lpd => 500e-6,
            Detector::Dssc => 220e-6,
            Detector::Jungfrau => 75e-6,
        }
    }

    /// Most memory cells of a train.
    pub fn cells(self) -> u16 {
        match self {
            Detector::Agipd => 352,
            Detector::Lpd => 512,
            Detector::Dssc => 800,
            Detector::Jungfrau => 16,
        }
    }

    /// Bytes a train of the `detector` group of XTDF.
    pub fn housekeeping_bytes(self) -> usize {
        match self {
            Detector::Agipd => 5408,
            _ => 416,
        }
    }

    pub fn response(self) -> Response {
        let (offset, offset_spread, gain, noise, saturation) = match self {
            Detector::Agipd => (4000.0, 150.0, 60.0, 6.0, 0x3FFF),
            Detector::Lpd => (700.0, 30.0, 25.0, 2.5, 0x0FFF),
            Detector::Dssc => (40.0, 2.0, 4.0, 0.5, 0x01FF),
            Detector::Jungfrau => (2500.0, 200.0, 40.0, 3.0, 0x3FFF),
        };
        Response { offset, offset_spread, gain, noise, saturation }
    }
}

impl FromStr for Detector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Detector::ALL.into_iter().find(|detector| detector.name() == text);
        found.ok_or_else(|| format!("no detector `{text}`: known are agipd, lpd, dssc, jungfrau"))
    }
}
