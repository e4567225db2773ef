//! Frames that are never read pass with those that are: a sequence of which a tenth is read is half done when half of that
//! tenth is. Counted at its start they would promise an end that is far away.

use super::Meter;
use crate::read::Prepared;

pub struct Pace {
    /// of the sequence
    all: u64,
    /// how often one of these is to be looked at
    wanted: u64,
    looked_at: u64,
}

impl Pace {
    pub fn of(prepared: &Prepared, visits: u64, meter: &Meter) -> Self {
        let pace = Pace { all: prepared.frames.len() as u64, wanted: visits, looked_at: 0 };
        if visits == 0 {
            Meter::add(&meter.frames_passed, pace.all);
        }
        pace
    }

    pub fn one_more(&mut self, meter: &Meter) {
        let before = self.passed();
        self.looked_at += 1;
        Meter::add(&meter.frames_passed, self.passed().saturating_sub(before));
    }

    fn passed(&self) -> u64 {
        let share = u128::from(self.all) * u128::from(self.looked_at.min(self.wanted)) / u128::from(self.wanted.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::LostRows;
    use trainyard_format::detector::FrameTable;

    fn prepared(all: usize) -> Prepared {
        Prepared {
            sequence: 0,
            frames: FrameTable { pulse_id: vec![0; all], ..FrameTable::default() },
            fates: Vec::new(),
            taken: Vec::new(),
            columns: Vec::new(),
            blocks: Vec::new(),
            judged: Vec::new(),
            output_bytes: 0,
            recodes: 0,
            lost: LostRows::default(),
            problems: Vec::new(),
        }
    }

    #[test]
    fn all_frames_pass_and_none_too_early() {
        for (all, wanted) in [(10, 3), (352, 352), (7, 1), (1000, 999)] {
            let meter = Meter::default();
            let mut pace = Pace::of(&prepared(all), wanted as u64, &meter);
            assert_eq!(meter.snapshot().frames_passed, 0);
            for looked_at in 1..=wanted {
                pace.one_more(&meter);
                assert_eq!(meter.snapshot().frames_passed, (all * looked_at / wanted) as u64);
            }
        }
        let meter = Meter::default();
        Pace::of(&prepared(10), 0, &meter);
        assert_eq!(meter.snapshot().frames_passed, 10, "nothing is read");
    }
}
