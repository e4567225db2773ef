//! The result for one train.

use super::{CELLS, SLOTS};

/// Lit frames of one train; arrays without padding.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LitPattern {
    /// By frame: 1 where the frame holds data to keep.
    pub data_frame_pattern: Vec<u8>,
    /// By frame: its slot on the detector's own line, plus the first pulse.
    pub detector_pulse_id: Vec<u16>,
    /// By frame: pulse energy, in the XGM's unit (uJ).
    pub energy_per_frame: Vec<f32>,
    /// By frame: deviation of the energy.
    pub energy_sigma: Vec<f32>,
    /// By frame: pulses seen.
    pub n_pulse_per_frame: Vec<u16>,
    /// By exposed pulse: its slot in the bunch table.
    pub master_pulse_id: Vec<u16>,
    /// By exposed pulse: its index in the XGM's arrays.
    pub xgm_pulse_id: Vec<u16>,
    /// Cells that saw a pulse, ascending.
    pub lit_frames: Vec<u16>,
    /// Cells with data to keep, ascending.
    pub data_frames: Vec<u16>,
    /// Pulses of the instrument in the bunch table, exposed or not.
    pub n_pulse: u16,
    /// Frame of the first pulse, of the alignment.
    pub reference_frame: i16,
}

/// The arrays as the DAQ writes them, filled with zeros. A zero in `lit_frames` may be cell 0: the counts tell.
#[derive(Clone, Debug, PartialEq)]
pub struct PaddedLitPattern {
    /// As in [`LitPattern`].
    pub data_frame_pattern: [u8; CELLS],
    /// As in [`LitPattern`].
    pub detector_pulse_id: [u16; CELLS],
    /// As in [`LitPattern`].
    pub energy_per_frame: [f32; CELLS],
    /// As in [`LitPattern`].
    pub energy_sigma: [f32; CELLS],
    /// As in [`LitPattern`].
    pub n_pulse_per_frame: [u16; CELLS],
    /// As in [`LitPattern`].
    pub master_pulse_id: [u16; SLOTS],
    /// As in [`LitPattern`].
    pub xgm_pulse_id: [u16; SLOTS],
    /// As in [`LitPattern`].
    pub lit_frames: [u16; CELLS],
    /// As in [`LitPattern`].
    pub data_frames: [u16; CELLS],
}

impl LitPattern {
    /// Frames of the train (`nFrame`).
    pub fn n_frame(&self) -> u16 {
        self.data_frame_pattern.len() as u16
    }

    /// Frames that saw a pulse (`nLitFrame`).
    pub fn n_lit_frame(&self) -> u16 {
        self.lit_frames.len() as u16
    }

    /// Frames with data to keep (`nDataFrame`).
    pub fn n_data_frame(&self) -> u16 {
        self.data_frames.len() as u16
    }

    /// For each recorded frame, by its cell: whether it saw a pulse. Cells beyond the train's are dark.
    pub fn lit_for_cells(&self, cell_ids: &[u16]) -> Vec<bool> {
        look_up(&self.n_pulse_per_frame, cell_ids)
    }

    /// For each recorded frame, by its cell: whether it holds data to keep; all frames of dark and calibration runs do.
    pub fn data_for_cells(&self, cell_ids: &[u16]) -> Vec<bool> {
        look_up(&self.data_frame_pattern, cell_ids)
    }

    /// For each recorded frame, by its cell: pulse energy; NaN for cells beyond the train's.
    pub fn energy_for_cells(&self, cell_ids: &[u16]) -> Vec<f32> {
        cell_ids.iter().map(|&cell| self.energy_per_frame.get(usize::from(cell)).copied().unwrap_or(f32::NAN)).collect()
    }

    /// The arrays at their full length.
    pub fn padded(&self) -> Box<PaddedLitPattern> {
        Box::new(PaddedLitPattern {
            data_frame_pattern: pad(&self.data_frame_pattern),
            detector_pulse_id: pad(&self.detector_pulse_id),
            energy_per_frame: pad(&self.energy_per_frame),
            energy_sigma: pad(&self.energy_sigma),
            n_pulse_per_frame: pad(&self.n_pulse_per_frame),
            master_pulse_id: pad(&self.master_pulse_id),
            xgm_pulse_id: pad(&self.xgm_pulse_id),
            lit_frames: pad(&self.lit_frames),
            data_frames: pad(&self.data_frames),
        })
    }
}

fn look_up<T: Copy + Default + PartialEq>(pattern: &[T], cell_ids: &[u16]) -> Vec<bool> {
    cell_ids.iter().map(|&cell| pattern.get(usize::from(cell)).is_some_and(|&flag| flag != T::default())).collect()
}

fn pad<T: Copy + Default, const N: usize>(values: &[T]) -> [T; N] {
    let mut padded = [T::default(); N];
    let length = values.len().min(N);
    padded[..length].copy_from_slice(&values[..length]);
    padded
}
