//! From a train's bunch pattern and XGM to its lit frames.

use super::{Alignment, Fpga, Instrument, LitPattern, LitPatternError, Sase, CELLS, SLOTS};

/// Energy of every pulse where the XGM has no data for the train, and its deviation.
const ENERGY_WITHOUT_XGM: (f64, f64) = (10_000.0, 0.0);

/// The XGM's arrays for a train: element j belongs to the j-th slot that reaches it.
#[derive(Clone, Copy, Debug)]
pub struct Xgm<'a> {
    /// `intensityTD`, uJ.
    pub intensity: &'a [f32],
    /// `intensitySigmaTD`.
    pub sigma: &'a [f32],
}

/// Finds lit frames for the trains of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct LitFrameFinder {
    sase: Sase,
    fpga: Fpga,
    shift: i64,
    reference_frame: i16,
}

impl LitFrameFinder {
    /// A finder for an instrument and a detector's timing.
    ///
    /// # Errors
    /// Where the alignment or the timing is impossible.
    pub fn new(instrument: Instrument, fpga: Fpga, alignment: &Alignment) -> Result<Self, LitPatternError> {
        // The fields are public, hence checked again.
        for (name, value, range) in [
            ("cells", fpga.cells, 0..=CELLS),
            ("stride", fpga.stride, 1..=8),
            ("exposure", fpga.exposure, 0..=fpga.stride),
            ("first pulse", usize::from(fpga.first_pulse), 0..=SLOTS - 1),
        ] {
            if !range.contains(&value) {
                return Err(LitPatternError::value(name, value, format!("{} to {}", range.start(), range.end())));
            }
        }
        let (shift, reference_frame) = (alignment.shift(fpga.stride)?, alignment.reference_frame());
        Ok(Self { sase: instrument.sase(), fpga, shift, reference_frame })
    }

    /// The lit frames of one train.
    ///
    /// # Errors
    /// For a table of the wrong length, an XGM with too few values, or an X-ray run without a table.
    pub fn train(&self, bunch_pattern: Option<&[u32]>, xgm: Option<Xgm>) -> Result<LitPattern, LitPatternError> {
        let Fpga { cells, stride, .. } = self.fpga;
        let mut pattern = LitPattern {
            detector_pulse_id: (0..cells).map(|cell| (cell * stride) as u16 + self.fpga.first_pulse).collect(),
            energy_per_frame: vec![0.0; cells],
            energy_sigma: vec![0.0; cells],
            n_pulse_per_frame: vec![0; cells],
            reference_frame: self.reference_frame,
            ..LitPattern::default()
        };
        match bunch_pattern {
            Some(table) if table.len() != SLOTS => {
                return Err(LitPatternError::BunchPattern { found: table.len() });
            }
            Some(table) => self.expose(table, xgm, &mut pattern)?,
            None if self.fpga.is_xray => return Err(LitPatternError::NoBunchPattern),
            None => {}
        }
        let all = !self.fpga.is_xray;
        pattern.data_frame_pattern =
            pattern.n_pulse_per_frame.iter().map(|&count| u8::from(all || count > 0)).collect();
        pattern.lit_frames = set_cells(&pattern.n_pulse_per_frame);
        pattern.data_frames = set_cells(&pattern.data_frame_pattern);
        Ok(pattern)
    }

    /// Puts the pulses of the table into the frames that see them.
    fn expose(&self, table: &[u32], xgm: Option<Xgm>, pattern: &mut LitPattern) -> Result<(), LitPatternError> {
        let Fpga { cells, stride, exposure, .. } = self.fpga;
        let Some(first) = table.iter().position(|&slot| self.sase.is_pulse(slot)) else {
            return Ok(());
        };
        let mut energy = vec![(0.0f64, 0.0f64); cells];
        let mut xgm_index = 0;
        for (slot, &bunch) in table.iter().enumerate() {
            if !self.sase.is_at_xgm(bunch) {
                continue;
            }
            let pulse = xgm_index;
            xgm_index += 1;
            if !self.sase.is_pulse(bunch) {
                continue;
            }
            pattern.n_pulse += 1;
            let line = slot as i64 - first as i64 + self.shift;
            let Some(line) = usize::try_from(line).ok().filter(|&line| line < cells * stride) else {
                continue;
            };
            let (cell, column) = (line / stride, line % stride);
            if column >= exposure {
                continue;
            }
            let (mu, sigma) = match xgm {
                Some(xgm) => {
                    (value("intensityTD", xgm.intensity, pulse)?, value("intensitySigmaTD", xgm.sigma, pulse)?)
                }
                None => ENERGY_WITHOUT_XGM,
            };
            pattern.n_pulse_per_frame[cell] += 1;
            pattern.master_pulse_id.push(slot as u16);
            pattern.xgm_pulse_id.push(pulse as u16);
            energy[cell].0 += mu;
            energy[cell].1 += sigma * sigma;
        }
        for (cell, (mu, variance)) in energy.into_iter().enumerate() {
            pattern.energy_per_frame[cell] = mu as f32;
            pattern.energy_sigma[cell] = variance.sqrt() as f32;
        }
        Ok(())
    }
}

fn value(name: &'static str, values: &[f32], pulse: usize) -> Result<f64, LitPatternError> {
    let value = values.get(pulse).ok_or(LitPatternError::Xgm { name, values: values.len(), pulse })?;
    Ok(f64::from(*value))
}

fn set_cells<T: Copy + Default + PartialEq>(pattern: &[T]) -> Vec<u16> {
    (0u16..).zip(pattern).filter(|&(_, &flag)| flag != T::default()).map(|(cell, _)| cell).collect()
}
