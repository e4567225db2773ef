//! What to simulate.

use crate::detector::Detector;
use crate::timing::{slots_per_cell, BUNCH_SLOTS};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use trainyard_codec::Codec;
use trainyard_format::write::WrittenVersion;

/// Frames of a run.
const MOST_FRAMES: u64 = 5_000_000;

/// What stands in the beam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Debye-Scherrer rings on a smooth background
    Powder,
    /// serial crystallography: some frames have Bragg spots
    Sfx,
    /// single particles: some frames have the pattern of a sphere
    Spi,
    /// speckles of particles in Brownian motion
    Xpcs,
    /// small-angle scattering of spheres
    Saxs,
    /// four-fold order, turned by another angle in each frame
    Xcca,
    /// emission lines of a bent crystal on each module
    Xes,
    /// a sample scanned over its absorption edge from train to train, beside an open half of each module
    Xas,
    /// one Bragg peak with fringes, rocked through from train to train
    Bcdi,
    /// no X-rays
    Dark,
}

impl Kind {
    pub const ALL: [Kind; 10] = [
        Kind::Powder,
        Kind::Sfx,
        Kind::Spi,
        Kind::Xpcs,
        Kind::Saxs,
        Kind::Xcca,
        Kind::Xes,
        Kind::Xas,
        Kind::Bcdi,
        Kind::Dark,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Powder => "powder",
            Kind::Sfx => "sfx",
            Kind::Spi => "spi",
            Kind::Xpcs => "xpcs",
            Kind::Saxs => "saxs",
            Kind::Xcca => "xcca",
            Kind::Xes => "xes",
            Kind::Xas => "xas",
            Kind::Bcdi => "bcdi",
            Kind::Dark => "dark",
        }
    }

    /// Some frames are hits, others misses.
    pub fn has_hits(self) -> bool {
        matches!(self, Kind::Sfx | Kind::Spi)
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
        found.ok_or_else(|| format!("no kind `{text}`: known are {}", Kind::ALL.map(Kind::name).join(", ")))
    }
}

/// Which memory cells see a pulse. Without it all do, and then the first pulse falls into cell 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Lit {
    /// every how many-th cell
    pub stride: u16,
    /// position of the first pulse in the bunch pattern table
    pub first_pulse: u16,
    /// the cell that sees the first pulse; the facility sets its detectors to 1
    pub reference_frame: u16,
    /// at most this many pulses a train
    pub pulses: Option<u16>,
}

impl Default for Lit {
    fn default() -> Self {
        Lit { stride: 1, first_pulse: 200, reference_frame: 1, pulses: None }
    }
}

/// A run to be simulated. `SimulationSpec::new(kind, detector)` has a default for everything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SimulationSpec {
    pub kind: Kind,
    pub detector: Detector,
    pub trains: u32,
    /// memory cells of a train, that is frames
    pub pulses: u16,
    /// decides every random number
    pub seed: u64,
    /// calibrated f32 photons with gain and mask, or recorded u16
    pub corrected: bool,
    /// of the pixels
    pub codec: Codec,
    /// version of the file format
    pub version: WrittenVersion,
    /// numbers as the facility gives them; `None` = all
    pub modules: Option<Vec<u16>>,
    pub trains_per_sequence: u32,
    pub lit: Option<Lit>,
    /// share of the lit frames that are hits (sfx, spi)
    pub hit_rate: f64,
    /// (module number, train index): the module has nothing of that train
    pub missing: Vec<(u16, u32)>,
    /// train indices without pulses and without frames
    pub empty_trains: Vec<u32>,
    /// id of train index 0; the others follow without gaps
    pub first_train: u64,
    pub proposal: u32,
    pub run: u32,
    /// factor on everything that the sample scatters
    pub brightness: f64,
    /// relative standard deviation of the pulse energy; `None`: 0.15, for xpcs 0
    pub energy_spread: Option<f64>,
    /// xpcs: frames in which the correlation of the field falls to 1/e
    pub decay: f64,
    /// xpcs: modes; the contrast is 1/modes
    pub modes: u8,
    /// photons are counted (Poisson) and read out with noise; without it corrected pixels hold the expected intensity itself.
    /// `None`: no for corrected xpcs, else yes
    pub counting: Option<bool>,
    /// factor on the readout noise; with 0 corrected pixels are whole photons
    pub noise: f64,
    /// share of the pixels that are broken: NaN and masked when corrected, saturated when recorded
    pub bad_pixels: f64,
}

impl SimulationSpec {
    pub fn new(kind: Kind, detector: Detector) -> Self {
        SimulationSpec {
            kind,
            detector,
            trains: 4,
            pulses: if detector == Detector::Jungfrau { 16 } else { 32 },
            seed: 1,
            corrected: true,
            codec: Codec::None,
            version: WrittenVersion::default(),
            modules: None,
            trains_per_sequence: 256,
            lit: None,
            hit_rate: 0.3,
            missing: Vec::new(),
            empty_trains: Vec::new(),
            first_train: 10_001,
            proposal: 900_000,
            run: 1,
            brightness: 1.0,
            energy_spread: None,
            decay: 10.0,
            modes: 1,
            counting: None,
            noise: 1.0,
            bad_pixels: 0.0,
        }
    }

    /// Sorted numbers of the modules.
    pub fn module_numbers(&self) -> Vec<u16> {
        let mut numbers = self.modules.clone().unwrap_or_else(|| self.detector.module_numbers().collect());
        numbers.sort_unstable();
        numbers
    }

    pub fn train_id(&self, index: u32) -> u64 {
        self.first_train + u64::from(index)
    }

    pub fn is_empty_train(&self, index: u32) -> bool {
        self.empty_trains.contains(&index)
    }

    pub fn is_missing(&self, module: u16, index: u32) -> bool {
        self.missing.contains(&(module, index))
    }

    pub fn counts_photons(&self) -> bool {
        self.counting.unwrap_or(!(self.corrected && self.kind == Kind::Xpcs))
    }

    pub fn energy_spread(&self) -> f64 {
        self.energy_spread.unwrap_or(if self.kind == Kind::Xpcs { 0.0 } else { 0.15 })
    }

    /// # Errors
    /// The first parameter that makes no sense, in words.
    pub fn check(&self) -> Result<(), String> {
        let cells = self.detector.cells();
        let numbers = self.module_numbers();
        let known = self.detector.module_numbers();
        let fraction = 0.0..=1.0;
        if self.trains == 0 || self.trains > 1_000_000 {
            return Err(format!("trains must be 1 to 1000000, not {}", self.trains));
        }
        if self.detector == Detector::Jungfrau && self.pulses != 1 && self.pulses != 16 {
            return Err(format!("jungfrau records 1 or 16 cells a train, not {}", self.pulses));
        }
        if self.pulses == 0 || self.pulses > cells {
            return Err(format!("{} has 1 to {cells} cells a train, not {}", self.detector.name(), self.pulses));
        }
        if u64::from(self.trains) * u64::from(self.pulses) > MOST_FRAMES {
            return Err(format!("more than {MOST_FRAMES} frames: the truth of each is kept"));
        }
        if numbers.is_empty() || numbers.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err("modules must be some numbers, each once".into());
        }
        if let Some(number) = numbers.iter().find(|number| !known.contains(number)) {
            return Err(format!(
                "{} has modules {} to {}, not {number}",
                self.detector.name(),
                known.start(),
                known.end()
            ));
        }
        for &(module, train) in &self.missing {
            if !numbers.contains(&module) || train >= self.trains {
                return Err(format!("module {module} cannot miss train {train}: one of them is not in the run"));
            }
        }
        if let Some(train) = self.empty_trains.iter().find(|&&train| train >= self.trains) {
            return Err(format!("train {train} cannot be empty: the run has trains 0 to {}", self.trains - 1));
        }
        if self.trains_per_sequence == 0 {
            return Err("a sequence must hold at least one train".into());
        }
        if self.first_train == 0 || self.first_train > u64::MAX / 2 {
            return Err(format!("the first train id must be positive, not {}", self.first_train));
        }
        if self.trains.div_ceil(self.trains_per_sequence) > 100_000 {
            return Err("more than 100000 sequences: give them more trains".into());
        }
        if self.run > 9999 {
            return Err(format!("run numbers have four digits, not {}", self.run));
        }
        for (name, value, range) in [
            ("hit-rate", self.hit_rate, fraction.clone()),
            ("bad-pixels", self.bad_pixels, fraction),
            ("brightness", self.brightness, 0.0..=1000.0),
            ("energy-spread", self.energy_spread(), 0.0..=0.5),
            ("noise", self.noise, 0.0..=100.0),
            ("decay", self.decay, 1e-3..=1e6),
            ("modes", f64::from(self.modes), 1.0..=64.0),
        ] {
            if !range.contains(&value) {
                return Err(format!("{name} must be {} to {}, not {value}", range.start(), range.end()));
            }
        }
        if self.counting == Some(false) && !self.corrected {
            return Err("recorded data are counted: an expected intensity can only be written as corrected data".into());
        }
        if let Some(lit) = self.lit {
            if lit.stride == 0 || lit.reference_frame >= self.pulses {
                return Err(format!(
                    "lit needs a stride of at least 1 and a reference frame below {}, not {} and {}",
                    self.pulses, lit.stride, lit.reference_frame
                ));
            }
            let end =
                usize::from(lit.first_pulse) + usize::from(self.pulses) * usize::from(slots_per_cell(self.pulses));
            if lit.first_pulse < 30 || end > BUNCH_SLOTS {
                return Err(format!(
                    "the pulses must lie in slots 30 to {BUNCH_SLOTS} of the bunch pattern, not {} to {end}",
                    lit.first_pulse
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_refused() {
        let good = SimulationSpec::new(Kind::Powder, Detector::Agipd);
        assert_eq!(good.check(), Ok(()));
        let refused = |change: fn(&mut SimulationSpec), words: &str| {
            let mut spec = good.clone();
            change(&mut spec);
            let text = spec.check().expect_err(words);
            assert!(text.contains(words), "{text}");
        };
        refused(|s| s.trains = 0, "trains must be");
        refused(|s| s.pulses = 353, "352 cells");
        refused(|s| s.modules = Some(vec![3, 3]), "each once");
        refused(|s| s.modules = Some(vec![16]), "modules 0 to 15, not 16");
        refused(|s| s.modules = Some(vec![]), "some numbers");
        refused(|s| s.trains_per_sequence = 0, "sequence");
        refused(|s| s.hit_rate = f64::NAN, "hit-rate");
        refused(|s| s.modes = 0, "modes must be 1 to 64");
        refused(|s| s.lit = Some(Lit { stride: 0, ..Lit::default() }), "stride");
        refused(|s| s.lit = Some(Lit { first_pulse: 2699, ..Lit::default() }), "slots");
        refused(|s| s.first_train = 0, "positive");
        refused(|s| (s.trains, s.pulses) = (20_000, 352), "5000000 frames");
        refused(|s| s.missing = vec![(16, 0)], "module 16 cannot miss train 0");
        refused(|s| s.empty_trains = vec![4], "trains 0 to 3");
        refused(|s| (s.counting, s.corrected) = (Some(false), false), "counted");
        let mut jungfrau = SimulationSpec::new(Kind::Dark, Detector::Jungfrau);
        jungfrau.pulses = 2;
        assert!(jungfrau.check().is_err());
    }
}
