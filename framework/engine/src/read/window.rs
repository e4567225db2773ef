//! What of a sequence is gone through at once. Where the state of steps that accumulate does not fit beside all else, a pass
//! goes module by module, and where one module does not fit, by ranges of groups: the frames come once a window, but of each
//! only the window's modules are read.

use super::{Block, Prepared};
use crate::algorithm::{FrameId, StepKind};
use crate::plan::{Job, Pass};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

/// Of one step; an empty one holds no group.
type Groups = RangeInclusive<u64>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub modules: Range<usize>,
    /// of the detector
    all: usize,
    /// by position among the pass's steps; empty: every group of every step
    groups: Vec<Groups>,
    /// with the frames that are in no group
    rest: bool,
}

impl Window {
    /// Everything at once.
    pub fn whole(modules: usize) -> Self {
        Window { modules: 0..modules, all: modules, groups: Vec::new(), rest: true }
    }

    /// Whether the state of `group` of the step at `position` is part of it.
    pub fn holds(&self, position: usize, group: u64) -> bool {
        self.groups.get(position).is_none_or(|groups| groups.contains(&group))
    }

    pub fn has_first_module(&self) -> bool {
        self.modules.start == 0
    }

    /// Of what a whole frame takes, what it takes here.
    pub fn share(&self, bytes: u64) -> u64 {
        let share = u128::from(bytes).saturating_mul(self.modules.len() as u128).div_ceil(self.all.max(1) as u128);
        u64::try_from(share).unwrap_or(u64::MAX)
    }

    /// Its frames.
    pub fn blocks<'p>(&self, job: &Job, pass: &Pass, prepared: &'p Prepared) -> Cow<'p, [Block]> {
        if self.groups.is_empty() {
            return Cow::Borrowed(&prepared.blocks);
        }
        let mut grouper = Grouper::new(job, pass, prepared);
        let mut wanted = |train: usize, frame: usize| {
            let (mut in_none, mut held) = (true, false);
            grouper.each(train, frame, |position, group| {
                in_none = false;
                held |= self.holds(position, group);
            });
            held || (in_none && self.rest)
        };
        let blocks = prepared.blocks.iter().map(|block| {
            let frames = block.frames.iter().copied().filter(|&frame| wanted(block.train, frame)).collect();
            Block { train: block.train, frames }
        });
        blocks.filter(|block| !block.frames.is_empty()).collect()
    }

    /// How many they are.
    pub fn count(&self, job: &Job, pass: &Pass, prepared: &Prepared) -> u64 {
        self.blocks(job, pass, prepared).iter().map(|block| block.frames.len() as u64).sum()
    }
}

/// The windows of a pass by modules over a sequence, such that the state of each takes up to `room`; a window of one group of
/// each step in one module is always possible.
pub fn windows(job: &Job, pass: &Pass, prepared: &Prepared, room: u64) -> Vec<Window> {
    let found = Found::of(job, pass, prepared);
    let modules = job.detector.modules.len();
    let of_module = found.bytes(usize::MAX);
    let at_once = usize::try_from(room / of_module.max(1)).unwrap_or(usize::MAX).clamp(1, modules.max(1));
    // all about as large
    let at_once = modules.div_ceil(modules.div_ceil(at_once).max(1)).max(1);
    let slices = if of_module > room { found.slices(room) } else { vec![Vec::new()] };
    let mut windows = Vec::new();
    for start in (0..modules).step_by(at_once) {
        for (number, groups) in slices.iter().enumerate() {
            let (modules, all) = (start..(start + at_once).min(modules), modules);
            windows.push(Window { modules, all, groups: groups.clone(), rest: number == 0 });
        }
    }
    windows
}

/// Tells the groups of frames.
struct Grouper<'a> {
    job: &'a Job,
    pass: &'a Pass,
    prepared: &'a Prepared,
    columns: Vec<f64>,
}

impl<'a> Grouper<'a> {
    fn new(job: &'a Job, pass: &'a Pass, prepared: &'a Prepared) -> Self {
        Grouper { job, pass, prepared, columns: vec![f64::NAN; prepared.columns.len()] }
    }

    /// Calls with the position of each step that takes the frame in, and its group.
    fn each(&mut self, train: usize, frame: usize, mut call: impl FnMut(usize, u64)) {
        let frames = &self.prepared.frames;
        self.columns.iter_mut().zip(&self.prepared.columns).for_each(|(value, column)| *value = column[frame]);
        let id = FrameId { train: frames.trains[train], pulse: frames.pulse_id[frame], cell: frames.cell_id[frame] };
        for (position, &step) in self.pass.steps.iter().enumerate() {
            if let StepKind::Accumulate(step) = &self.job.steps[step].step.kind {
                if let Some(group) = step.grouping().of(&id, train, &self.columns) {
                    call(position, group);
                }
            }
        }
    }
}

/// The groups that the frames of a sequence fall into.
struct Found {
    /// by position among the pass's steps: groups, ascending, and the bytes of the state of one of them in one module
    steps: Vec<(Vec<u64>, u64)>,
}

impl Found {
    fn of(job: &Job, pass: &Pass, prepared: &Prepared) -> Self {
        let mut found: Vec<BTreeSet<u64>> = vec![BTreeSet::new(); pass.steps.len()];
        let mut grouper = Grouper::new(job, pass, prepared);
        for block in &prepared.blocks {
            for &frame in &block.frames {
                grouper.each(block.train, frame, |position, group| {
                    found[position].insert(group);
                });
            }
        }
        let bytes = |step: &usize| match &job.steps[*step].step.kind {
            StepKind::Accumulate(kind) => (job.steps[*step].sees.module_pixels() * kind.pixel_bytes()) as u64,
            _ => 0,
        };
        let steps = found.into_iter().zip(&pass.steps);
        Found { steps: steps.map(|(found, step)| (found.into_iter().collect(), bytes(step))).collect() }
    }

    /// State of one module where up to `most` groups of each step are there.
    fn bytes(&self, most: usize) -> u64 {
        let one = |(groups, bytes): &(Vec<u64>, u64)| bytes.saturating_mul(groups.len().min(most) as u64);
        self.steps.iter().map(one).fold(0, u64::saturating_add)
    }

    /// Ranges of groups such that every group of a step is in one of them.
    fn slices(&self, room: u64) -> Vec<Vec<Groups>> {
        let longest = self.steps.iter().map(|(groups, _)| groups.len()).max().unwrap_or(0);
        let most = (1..=longest).rev().find(|&most| self.bytes(most) <= room).unwrap_or(1);
        let range = |groups: &[u64], number: usize| match (groups.get(number * most), groups.get((number + 1) * most)) {
            (Some(&first), Some(&next)) => first..=next - 1,
            (Some(&first), None) => first..=u64::MAX,
            #[expect(clippy::reversed_empty_ranges, reason = "behind its last group a step has none")]
            (None, _) => 1..=0,
        };
        let slice = |number: usize| self.steps.iter().map(|(groups, _)| range(groups, number)).collect();
        (0..longest.div_ceil(most).max(1)).map(slice).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_is_in_one_slice() {
        let squares = (0..9).map(|i| i * i).chain([u64::MAX]).collect();
        let found = Found { steps: vec![(squares, 8), (vec![0], 8), (Vec::new(), 8)] };
        assert_eq!((found.bytes(usize::MAX), found.bytes(3)), (88, 32));
        for room in [0, 16, 32, 40, 88, 1000] {
            let slices = found.slices(room);
            for (position, (groups, _)) in found.steps.iter().enumerate() {
                for group in groups {
                    let held = slices.iter().filter(|slice| slice[position].contains(group)).count();
                    assert_eq!(held, 1, "group {group} of step {position} in {slices:?}");
                }
            }
            let largest = slices.iter().map(|slice| {
                let of = |(groups, bytes): &(Vec<u64>, u64), range: &Groups| {
                    bytes * groups.iter().filter(|group| range.contains(group)).count() as u64
                };
                found.steps.iter().zip(slice).map(|(step, range)| of(step, range)).sum::<u64>()
            });
            assert!(largest.max() <= Some(room.max(16)), "{slices:?}");
        }
        assert_eq!([1000, 40, 0].map(|room| found.slices(room).len()), [1, 3, 10]);
    }
}
