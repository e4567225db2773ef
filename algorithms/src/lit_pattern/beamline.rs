//! Instruments, their undulators and the marks of their pulses in the bunch pattern table.
//!
//! A slot is a u32: bits 18-21 are the destination (2: the T4D dump, through SASE2; 4: T5D, through SASE1 and SASE3), bit 27 the
//! soft kick that sends a T5D bunch's lasing to SASE3.

use super::LitPatternError;

/// An undulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sase {
    /// SASE1: SPB/SFX, FXE.
    Sase1,
    /// SASE2: MID, HED.
    Sase2,
    /// SASE3: SQS, SCS.
    Sase3,
}

/// An instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Instrument {
    Spb,
    Fxe,
    Mid,
    Hed,
    Sqs,
    Scs,
}

const DESTINATION_SHIFT: u32 = 18;
const DESTINATION_MASK: u32 = 0xf;
const SOFT_KICK: u32 = 1 << 27;

impl Sase {
    /// Whether the slot's bunch goes through the undulator's beam line; the XGM lists all of these.
    pub fn is_at_xgm(self, slot: u32) -> bool {
        (slot >> DESTINATION_SHIFT) & DESTINATION_MASK == if self == Sase::Sase2 { 2 } else { 4 }
    }

    /// Whether the slot's bunch gives X-rays at the instruments of the undulator.
    pub fn is_pulse(self, slot: u32) -> bool {
        let kicked = slot & SOFT_KICK != 0;
        self.is_at_xgm(slot)
            && match self {
                Sase::Sase1 => !kicked,
                Sase::Sase2 => true,
                Sase::Sase3 => kicked,
            }
    }
}

impl Instrument {
    /// The undulator that feeds the instrument.
    pub fn sase(self) -> Sase {
        match self {
            Self::Spb | Self::Fxe => Sase::Sase1,
            Self::Mid | Self::Hed => Sase::Sase2,
            Self::Sqs | Self::Scs => Sase::Sase3,
        }
    }

    /// The instrument of a source or device name: `MID_DET_AGIPD1M-1/...` is at MID.
    ///
    /// # Errors
    /// Where the name starts with no known instrument.
    pub fn of_source(source: &str) -> Result<Self, LitPatternError> {
        source.split('_').next().unwrap_or_default().parse()
    }
}

impl std::str::FromStr for Instrument {
    type Err = LitPatternError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "SPB" => Self::Spb,
            "FXE" => Self::Fxe,
            "MID" => Self::Mid,
            "HED" => Self::Hed,
            "SQS" => Self::Sqs,
            "SCS" => Self::Scs,
            other => {
                let expected = "SPB, FXE, MID, HED, SQS or SCS";
                return Err(LitPatternError::value("instrument", format!("`{other}`"), expected));
            }
        })
    }
}
