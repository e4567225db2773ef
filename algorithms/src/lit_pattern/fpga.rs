//! The detector's timing, from the `RUN` values of its FPGA composite device.

use super::{LitPatternError, CELLS, SLOTS};

/// Clocks of 10 ns in a slot of the bunch table.
const CLOCKS_PER_SLOT: f64 = 22.0;
/// The pattern of runs with X-rays; every other one (dark, calibration) keeps all frames.
const XRAY: &str = "XRay";

/// Frames per second, as the device states it in MHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RepetitionRate {
    /// 4.5 MHz: a frame every slot.
    Every1,
    /// 2.2 MHz.
    Every2,
    /// 1.1 MHz.
    Every4,
    /// 0.5 MHz.
    Every8,
}

impl RepetitionRate {
    /// From text such as `1.1` or `1.1 MHz`.
    ///
    /// # Errors
    /// For a rate that the detector does not have.
    pub fn from_text(text: &str) -> Result<Self, LitPatternError> {
        let number = text.trim().trim_end_matches("MHz").trim_end();
        match number.parse() {
            Ok(rate) => Self::from_megahertz(rate),
            Err(_) => Err(Self::unknown(format!("`{text}`"))),
        }
    }

    /// From a number: the nominal ones, or exact ones such as 1.128 (cut after the first decimal).
    ///
    /// # Errors
    /// For a rate that the detector does not have.
    pub fn from_megahertz(rate: f64) -> Result<Self, LitPatternError> {
        // 1e-3: 1.1 stored as f32 may lie below 1.1.
        match (rate * 10.0 + 1e-3).floor() {
            45.0 => Ok(Self::Every1),
            22.0 => Ok(Self::Every2),
            11.0 => Ok(Self::Every4),
            5.0 => Ok(Self::Every8),
            _ => Err(Self::unknown(rate)),
        }
    }

    /// Slots from one frame to the next.
    pub fn stride(self) -> usize {
        match self {
            Self::Every1 => 1,
            Self::Every2 => 2,
            Self::Every4 => 4,
            Self::Every8 => 8,
        }
    }

    fn unknown(found: impl std::fmt::Display) -> LitPatternError {
        LitPatternError::value("bunchStructure.repetitionRate", found, "4.5, 2.2, 1.1 or 0.5 (MHz)")
    }
}

/// The device's values as recorded, before they are checked.
#[derive(Clone, Debug, PartialEq)]
pub struct FpgaValues<'a> {
    /// `classId`: `AgipdComposite` (generation 1) or `Agipd2Composite`.
    pub class_id: &'a str,
    /// `bunchStructure.nPulses`: frames of a train.
    pub pulses: i64,
    /// `bunchStructure.repetitionRate`.
    pub repetition_rate: RepetitionRate,
    /// `bunchStructure.firstPulse`; generation 2 has none.
    pub first_pulse: i64,
    /// `integrationTime`, clocks of 10 ns.
    pub integration_time: f64,
    /// `patternType` (generation 1) or `expType` (generation 2).
    pub pattern_type: &'a str,
}

/// The checked timing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fpga {
    /// Frames of a train.
    pub cells: usize,
    /// Slots from one frame to the next, 1 to 8.
    pub stride: usize,
    /// Slots of a frame during which it integrates, at most `stride`.
    pub exposure: usize,
    /// Pulse id of the first frame.
    pub first_pulse: u16,
    /// Whether only lit frames hold data.
    pub is_xray: bool,
}

impl Fpga {
    /// Checks recorded values.
    ///
    /// # Errors
    /// [`LitPatternError::Value`] for the first that is impossible.
    pub fn new(values: &FpgaValues) -> Result<Self, LitPatternError> {
        let first_pulse = match values.class_id {
            "AgipdComposite" => u16::try_from(values.first_pulse).ok().filter(|&pulse| usize::from(pulse) < SLOTS),
            "Agipd2Composite" => Some(0),
            other => {
                let expected = "AgipdComposite or Agipd2Composite";
                return Err(LitPatternError::value("classId", format!("`{other}`"), expected));
            }
        };
        let first_pulse = first_pulse.ok_or_else(|| {
            LitPatternError::value("bunchStructure.firstPulse", values.first_pulse, format!("0 to {}", SLOTS - 1))
        })?;
        let pulses = usize::try_from(values.pulses).ok().filter(|&pulses| pulses <= SLOTS);
        let pulses = pulses
            .ok_or_else(|| LitPatternError::value("bunchStructure.nPulses", values.pulses, format!("0 to {SLOTS}")))?;
        if !(values.integration_time.is_finite() && values.integration_time >= 0.0) {
            let expected = "a number of clocks that is not negative";
            return Err(LitPatternError::value("integrationTime", values.integration_time, expected));
        }
        let stride = values.repetition_rate.stride();
        let exposure = (values.integration_time / CLOCKS_PER_SLOT).ceil().min(stride as f64) as usize;
        Ok(Self { cells: pulses.min(CELLS), stride, exposure, first_pulse, is_xray: values.pattern_type == XRAY })
    }
}
