//! Where the first pulse falls on the detector's frames.
//!
//! ```text
//! by first pulse:      shift = reference_frame * stride
//! by reference delay:  shift = round((delay_ref + frame_ref * stride_ref * 24 - delay - (position_ref - position) / 2.767) / 24)
//! ```
//!
//! in slots of the bunch table; delays in ticks of 9.23 ns, 24 to a slot; light travels 2.767 m in a tick. Positions grow
//! downstream, in metres.

use super::{LitPatternError, RepetitionRate, SLOTS};

const TICKS_PER_SLOT: f64 = 24.0;
/// Metres that light travels in a tick (1 / 108.3 MHz).
const METRES_PER_TICK: f64 = 2.767_084_387_34;

/// How pulses are assigned to frames.
#[derive(Clone, Debug, PartialEq)]
pub enum Alignment {
    /// The first pulse of each train falls into this frame.
    FirstPulse {
        /// The frame; 1 unless the detector was set up otherwise.
        reference_frame: i16,
    },
    /// From the detector's trigger delay, relative to one at which the frame of the first pulse was known.
    ReferenceDelay {
        /// The known setting.
        reference: ReferenceDelay,
        /// The run's trigger delay, ticks.
        trigger_delay: f64,
        /// The run's detector position, metres.
        position: f64,
    },
}

/// A setting at which the frame of the first pulse was known.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferenceDelay {
    /// Trigger delay, ticks.
    pub delay: f64,
    /// Frame of the first pulse.
    pub frame: i16,
    /// Frame rate at the time.
    pub repetition_rate: RepetitionRate,
    /// Detector position, millimetres.
    pub position: f64,
}

impl Default for Alignment {
    fn default() -> Self {
        Self::FirstPulse { reference_frame: 1 }
    }
}

impl Alignment {
    /// Slots from the detector's first slot to the first pulse, negative if the pulse comes before.
    ///
    /// # Errors
    /// Where the result is beyond the bunch table, or not a number.
    pub fn shift(&self, stride: usize) -> Result<i64, LitPatternError> {
        let slots = match self {
            Self::FirstPulse { reference_frame } => f64::from(*reference_frame) * stride as f64,
            Self::ReferenceDelay { reference, trigger_delay, position } => {
                let frame = f64::from(reference.frame) * reference.repetition_rate.stride() as f64 * TICKS_PER_SLOT;
                let flight = (reference.position * 1e-3 - position) / METRES_PER_TICK;
                ((reference.delay + frame - trigger_delay - flight) / TICKS_PER_SLOT).round_ties_even()
            }
        };
        if slots.abs() <= SLOTS as f64 {
            return Ok(slots as i64);
        }
        let name = match self {
            Self::FirstPulse { .. } => "reference-frame",
            Self::ReferenceDelay { .. } => "alignment by reference delay",
        };
        Err(LitPatternError::value(name, format!("{slots} slots"), format!("at most {SLOTS} slots")))
    }

    /// The frame of the first pulse as recorded with the pattern.
    pub fn reference_frame(&self) -> i16 {
        match self {
            Self::FirstPulse { reference_frame } => *reference_frame,
            Self::ReferenceDelay { reference, .. } => reference.frame,
        }
    }
}
