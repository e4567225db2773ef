//! LPD in parallel gain: the three rows of a pulse, in high, medium and low gain, stay or go together, so that the thirds of
//! a train stay aligned.

use crate::plan::FateCodes;
use std::collections::BTreeMap;
use trainyard_format::detector::FrameTable;

/// Gives the stages of each pulse one fate. One that cannot be read takes the others along; otherwise a pulse goes only when
/// every `keep` let all of its stages go, as with the cells of a row.
pub fn unite(frames: &FrameTable, fates: &mut [u8]) {
    for train in frames.starts.windows(2) {
        let mut pulses: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
        for frame in train[0]..train[1] {
            pulses.entry(frames.pulse_id[frame]).or_default().push(frame);
        }
        for stages in pulses.into_values() {
            let any = |fate: u8| stages.iter().any(|&frame| fates[frame] == fate);
            let common = [FateCodes::UNREADABLE, FateCodes::INCOMPLETE, FateCodes::KEPT].into_iter().find(|&f| any(f));
            if let Some(common) = common {
                stages.iter().for_each(|&frame| fates[frame] = common);
            }
        }
    }
}

/// Gives the stages of each pulse the bits of all of them.
pub fn join_stages(frames: &FrameTable, bits: &mut [u8]) {
    for train in frames.starts.windows(2) {
        let mut pulses: BTreeMap<u64, u8> = BTreeMap::new();
        let (ids, bits) = (&frames.pulse_id[train[0]..train[1]], &mut bits[train[0]..train[1]]);
        for (id, bits) in ids.iter().zip(&*bits) {
            *pulses.entry(*id).or_default() |= bits;
        }
        for (id, bits) in ids.iter().zip(bits) {
            *bits = pulses[id];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_share_their_fate() {
        let frames = FrameTable {
            trains: vec![1, 2],
            starts: vec![0, 6, 9],
            pulse_id: vec![4, 5, 4, 5, 4, 5, 4, 4, 4],
            third: vec![0, 0, 1, 1, 2, 2, 0, 1, 2],
            ..FrameTable::default()
        };
        let (kept, unreadable, dropped) = (FateCodes::KEPT, FateCodes::UNREADABLE, 3);
        let mut fates = vec![dropped, dropped, kept, dropped, dropped, dropped + 1, kept, unreadable, dropped];
        unite(&frames, &mut fates);
        assert_eq!(fates, [kept, dropped, kept, dropped, kept, dropped + 1, unreadable, unreadable, unreadable]);
        let mut bits = vec![0b01, 0, 0b10, 0, 0, 0b100, 0, 0, 1];
        join_stages(&frames, &mut bits);
        assert_eq!(bits, [0b11, 0b100, 0b11, 0b100, 0b11, 0b100, 1, 1, 1]);
    }
}
