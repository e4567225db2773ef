//! Which work stands, by what the ledger tells: a later epoch and round overrides an earlier one.

use super::{Entry, Noted};
use std::collections::BTreeMap;

/// A unit of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Sequence(usize, usize),
    Slow(usize),
    Results,
}

/// The last entry of each unit that was not lost again; of one epoch, or of all.
pub fn standing_entries(lines: &[Noted], plan: &str, epoch: Option<u64>) -> Vec<Entry> {
    let mut lines: Vec<&Noted> = lines.iter().filter(|line| line.plan == plan).collect();
    lines.retain(|line| epoch.is_none_or(|epoch| line.epoch == epoch));
    // what is lost in a round was done in it or before, whichever rank noted that
    let lost = |line: &Noted| matches!(line.entry, Entry::LostSequence { .. } | Entry::LostSlow { .. });
    lines.sort_by_key(|line| (line.epoch, line.round, lost(line)));
    let mut standing = BTreeMap::new();
    for line in lines {
        match &line.entry {
            Entry::Sequence { pass, sequence, .. } => {
                standing.insert(Unit::Sequence(*pass, *sequence), &line.entry);
            }
            Entry::Slow { unit, .. } => {
                standing.insert(Unit::Slow(*unit), &line.entry);
            }
            Entry::Results { .. } => {
                standing.insert(Unit::Results, &line.entry);
            }
            Entry::LostSequence { pass, sequence } => {
                standing.remove(&Unit::Sequence(*pass, *sequence));
            }
            Entry::LostSlow { unit } => {
                standing.remove(&Unit::Slow(*unit));
            }
            Entry::Start { .. } | Entry::Published { .. } => {}
        }
    }
    standing.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(plan: &str, epoch: u64, round: u32, entry: Entry) -> Noted {
        Noted { plan: plan.into(), epoch, round, entry }
    }

    #[test]
    fn what_was_lost_counts_again_when_it_was_done_in_a_later_round() {
        let done = |round| noted("p", 1, round, Entry::Slow { unit: 3, files: vec![] });
        let lost = |round| noted("p", 1, round, Entry::LostSlow { unit: 3 });
        let stands = |lines: &[Noted]| standing_entries(lines, "p", Some(1)).len();
        assert_eq!(stands(&[done(0)]), 1);
        // files of other ranks are read first or last
        assert_eq!(stands(&[lost(0), done(0)]), 0);
        assert_eq!(stands(&[done(1), lost(0), done(0)]), 1);
        assert_eq!(stands(&[lost(1), done(1), lost(0), done(0)]), 0);
    }

    #[test]
    fn lines_of_other_plans_and_epochs_do_not_count() {
        let slow = |plan, epoch| noted(plan, epoch, 0, Entry::Slow { unit: 3, files: vec![] });
        assert_eq!(standing_entries(&[slow("q", 1), slow("p", 2)], "p", Some(1)), []);
        assert_eq!(standing_entries(&[slow("q", 1), slow("p", 2)], "p", None).len(), 1);
    }
}
