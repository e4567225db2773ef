//! Which pulse falls into which memory cell, and with what energy.
//!
//! The bunch pattern table has 2700 slots at 4.5 MHz. Cell k of the detector is open in slot
//! `first_pulse + (k - reference_frame) * slots_per_cell`; pulses come every `stride` cells. Three foreign pulses
//! stand before the first, so that positions in the table, at the XGM and in the detector all differ.

use crate::instrument::Instrument;
use crate::random::{Normal, Purpose, Stream};
use crate::specification::{Kind, Lit, SimulationSpec};

/// Slots of the bunch pattern table.
pub const BUNCH_SLOTS: usize = 2700;
/// Elements of the XGM's arrays.
pub const XGM_PULSES: usize = 1000;
/// Mean energy of a pulse, uJ: expected intensities are given for it.
pub const NOMINAL_ENERGY: f64 = 1000.0;
/// What the XGM says of a foreign pulse, uJ.
const FOREIGN_ENERGY: f64 = 25.0;
/// What the XGM says where there was no pulse.
const XGM_FILLER: f32 = 1.0;
/// Clock cycles of 10 ns; at most 22 of them make one slot.
pub const INTEGRATION_TIME: i32 = 20;

/// The timing of a run: the same in every train but for the energies.
#[derive(Clone, Debug)]
pub struct Timing {
    instrument: Instrument,
    /// slots of the bunch pattern a memory cell: 4 = 1.1 MHz
    pub slots_per_cell: u16,
    /// cell of each pulse, ascending
    pub lit_cells: Vec<u16>,
    first_slot: u16,
    reference_frame: u16,
    cells: u16,
    seed: u64,
    energy_spread: f64,
}

/// 1.1 MHz where the bunch train is long enough, else 2.2 MHz.
pub fn slots_per_cell(cells: u16) -> u16 {
    if cells > 512 {
        2
    } else {
        4
    }
}

impl Timing {
    pub fn new(spec: &SimulationSpec) -> Self {
        let lit = spec.lit.unwrap_or(Lit { reference_frame: 0, ..Lit::default() });
        let pulses = if spec.kind == Kind::Dark { 0 } else { lit.pulses.unwrap_or(u16::MAX) };
        let lit_cells = (lit.reference_frame..spec.pulses)
            .step_by(usize::from(lit.stride.max(1)))
            .take(usize::from(pulses))
            .collect();
        Timing {
            instrument: Instrument::of(spec.kind),
            slots_per_cell: slots_per_cell(spec.pulses),
            lit_cells,
            first_slot: lit.first_pulse,
            reference_frame: lit.reference_frame,
            cells: spec.pulses,
            seed: spec.seed,
            energy_spread: spec.energy_spread(),
        }
    }

    /// The cell that sees the first pulse.
    pub fn reference_frame(&self) -> u16 {
        self.reference_frame
    }

    pub fn cells(&self) -> u16 {
        self.cells
    }

    /// MHz, as the detector's settings give it.
    pub fn repetition_rate(&self) -> f64 {
        match self.slots_per_cell {
            2 => 2.2,
            _ => 1.1,
        }
    }

    /// `image.pulseId` of a cell: the slot after the detector's first.
    pub fn pulse_id(&self, cell: u16) -> u64 {
        u64::from(cell) * u64::from(self.slots_per_cell)
    }

    /// Slots of the pulses that reach the instrument.
    fn own_slots(&self) -> impl Iterator<Item = usize> + '_ {
        let first = usize::from(self.first_slot);
        let slot =
            move |cell: &u16| first + usize::from(cell - self.reference_frame) * usize::from(self.slots_per_cell);
        self.lit_cells.iter().map(slot)
    }

    fn foreign_slots(&self) -> impl Iterator<Item = usize> + '_ {
        let first = usize::from(self.first_slot);
        [24, 16, 8].into_iter().map(move |before| first.saturating_sub(before))
    }

    /// `bunchPatternTable` of a train; an empty train has the foreign pulses only.
    pub fn bunch_pattern(&self, empty: bool) -> Vec<u32> {
        let mut table = vec![0; BUNCH_SLOTS];
        let mut set = |slot: usize, value: u32| table.get_mut(slot).into_iter().for_each(|entry| *entry = value);
        self.foreign_slots().for_each(|slot| set(slot, self.instrument.foreign_pulse));
        if !empty {
            self.own_slots().for_each(|slot| set(slot, self.instrument.own_pulse));
        }
        table
    }

    /// Energies of the pulses of a train, uJ, one for each lit cell: normal, but never below a fifth of the nominal one.
    pub fn energies(&self, train_id: u64, normal: &Normal) -> Vec<f64> {
        let stream = Stream::new(self.seed, Purpose::Energy, 0, 0, train_id, 0);
        let energy = |pulse| {
            let relative = 1.0 + self.energy_spread * normal.sample(&stream, pulse);
            // as the XGM's f32 holds it
            f64::from((NOMINAL_ENERGY * relative.max(0.2)) as f32)
        };
        (0..self.lit_cells.len() as u32).map(energy).collect()
    }

    /// `intensityTD` of a train, uJ: the pulses that pass the XGM in order, then filler.
    pub fn xgm(&self, energies: &[f64], empty: bool) -> Vec<f32> {
        let foreign = if self.instrument.xgm_sees_foreign { 3 } else { 0 };
        let own = if empty { &[] } else { energies };
        let seen = std::iter::repeat_n(FOREIGN_ENERGY, foreign).chain(own.iter().copied()).map(|energy| energy as f32);
        seen.chain(std::iter::repeat(XGM_FILLER)).take(XGM_PULSES).collect()
    }

    /// `intensitySigmaTD`: two percent.
    pub fn xgm_sigma(&self, intensity: &[f32]) -> Vec<f32> {
        intensity.iter().map(|energy| 0.02 * energy).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Detector;

    fn timing(change: impl Fn(&mut SimulationSpec)) -> Timing {
        let mut spec = SimulationSpec::new(Kind::Powder, Detector::Agipd);
        change(&mut spec);
        Timing::new(&spec)
    }

    #[test]
    fn pulses_fall_into_the_cells_asked_for() {
        let timing = timing(|spec| spec.lit = Some(Lit { stride: 6, ..Lit::default() }));
        assert_eq!(timing.lit_cells, [1, 7, 13, 19, 25, 31]);
        let table = timing.bunch_pattern(false);
        let own: Vec<usize> = (0..table.len()).filter(|&slot| table[slot] == 4 << 18).collect();
        assert_eq!(own, [200, 224, 248, 272, 296, 320]);
        assert_eq!(table.iter().filter(|&&value| value == 4 << 18 | 1 << 27).count(), 3);
        assert!(timing.bunch_pattern(true).iter().all(|&value| value != 4 << 18));
    }

    #[test]
    fn without_a_pattern_every_cell_is_lit_and_in_the_dark_none() {
        assert_eq!(timing(|_| {}).lit_cells, (0..32).collect::<Vec<_>>());
        assert!(timing(|spec| spec.kind = Kind::Dark).lit_cells.is_empty());
        let few = timing(|spec| spec.lit = Some(Lit { pulses: Some(3), ..Lit::default() }));
        assert_eq!(few.lit_cells, [1, 2, 3]);
    }

    #[test]
    fn the_xgm_tells_the_energies_after_the_foreign_pulses() {
        let timing = timing(|_| {});
        let energies = timing.energies(10_001, &Normal::default());
        assert_eq!(energies.len(), 32);
        assert!(energies.iter().any(|&energy| (energy - NOMINAL_ENERGY).abs() > 10.0));
        let xgm = timing.xgm(&energies, false);
        assert_eq!((xgm.len(), f64::from(xgm[3]), xgm[2], xgm[35]), (XGM_PULSES, energies[0], 25.0, 1.0));
        assert_ne!(energies, timing.energies(10_002, &Normal::default()));
    }
}
