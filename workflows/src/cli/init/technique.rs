//! What a workflow can be begun for.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Technique {
    /// I(q) of each train
    Powder,
    /// serial crystallography: frames with Bragg peaks
    Sfx,
    /// single particles: frames with many lit pixels
    Spi,
    /// photon correlation: g2 over the run
    Xpcs,
    /// only frames that saw X-rays
    DarkDeletion,
    /// every frame, stored smaller without loss
    Compress,
}

impl Technique {
    pub fn name(self) -> &'static str {
        match self {
            Technique::Powder => "powder",
            Technique::Sfx => "sfx",
            Technique::Spi => "spi",
            Technique::Xpcs => "xpcs",
            Technique::DarkDeletion => "dark-deletion",
            Technique::Compress => "compress",
        }
    }

    /// First line of the workflow.
    pub fn about(self) -> &'static str {
        match self {
            Technique::Powder => "Powder diffraction: I(q) of each train.",
            Technique::Sfx => "Serial crystallography: frames with Bragg peaks, and the peaks of every frame.",
            Technique::Spi => {
                "Single particles: frames with many lit pixels, against a threshold that follows the run."
            }
            Technique::Xpcs => "Photon correlation: g2 of the frames of each train, averaged over the run.",
            Technique::DarkDeletion => "Only frames that saw X-rays; what is kept stays byte for byte as it is.",
            Technique::Compress => "Every frame, stored smaller without loss.",
        }
    }

    /// Thresholds are in photons, which recorded data do not have.
    pub fn counts_photons(self) -> bool {
        matches!(self, Technique::Powder | Technique::Sfx | Technique::Spi | Technique::Xpcs)
    }
}
