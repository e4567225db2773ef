//! Fates that can be judged again: those of conditions on ids alone, and `unreadable`.
//!
//! Other conditions read columns that steps made; how many frames they dropped is told. A frame that is `unreadable` has a
//! row that cannot be read, in the pixels or beside them, or its train has one, unless it was slow data that could not.

use super::asked::Asked;
use super::gaps::Gap;
use super::reach::{Held, Open};
use super::rows;
use super::side::{RowAt, Side};
use super::tally::{Check, Found};
use crate::algorithm::{ByIds, Effect};
use crate::plan::FateCodes;
use crate::read::{is_stream, StreamPart};
use std::collections::BTreeMap;
use trainyard_format::detector::{Detector, FrameState, FrameTable};
use trainyard_format::map::DatasetMap;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

pub(super) struct Judging<'a> {
    pub asked: &'a Asked,
    pub detector: &'a Detector,
    pub input: &'a Run,
    pub open: &'a Open,
    pub pool: &'a OpenerPool,
    /// source of the fate table
    pub table: &'a str,
    /// the manifest tells of something that could not be read
    pub problems: bool,
}

impl Judging<'_> {
    /// # Errors
    /// Failures of the machine.
    pub fn judge(&self, frames: &FrameTable, fates: &[Option<u8>], found: &mut Vec<Found>) -> Result<()> {
        let keeps: Vec<(&str, Option<&ByIds>)> = self.asked.steps.iter().filter_map(|s| keep(&s.effect)).collect();
        let first = usize::from(FateCodes::UNREADABLE) + 1;
        let (mut unreadable, mut not_judged) = (Vec::new(), 0u64);
        for (t, &train) in frames.trains.iter().enumerate() {
            let own = frames.starts.get(t).copied().unwrap_or(0)..frames.starts.get(t + 1).copied().unwrap_or(0);
            for frame in own {
                let Some(Some(fate)) = fates.get(frame).copied() else { continue };
                if fate == FateCodes::UNREADABLE {
                    unreadable.push((frame, train));
                }
                if matches!(fate, FateCodes::UNREADABLE | FateCodes::INCOMPLETE) {
                    continue;
                }
                // two fates a `keep`; none of them: all were passed
                let dropped = usize::from(fate).checked_sub(first).map(|code| code / 2);
                let pulse = frames.pulse_id.get(frame).copied().unwrap_or(0);
                let cell = u64::from(frames.cell_id.get(frame).copied().unwrap_or(0));
                for (number, (condition, by_ids)) in keeps.iter().enumerate() {
                    let wrong = |what: &str| {
                        let what = format!("pulse {pulse} {what} `keep: {condition}`");
                        Found::error(Check::Fates, Place::default().source(self.table).train(train), what)
                    };
                    let drops = dropped == Some(number);
                    match by_ids {
                        None if drops => not_judged += 1,
                        Some(stays) if drops && stays(train, pulse, cell) => {
                            found.push(wrong("was dropped, against its condition, by"));
                        }
                        Some(stays) if !drops && !stays(train, pulse, cell) => {
                            found.push(wrong("was not dropped, against its condition, by"));
                        }
                        _ => {}
                    }
                    if drops {
                        break;
                    }
                }
            }
        }
        found.push(Found::gap(Gap::Conditions, not_judged, ""));
        let mut beside = BTreeMap::new();
        for (frame, train) in unreadable {
            self.unreadable(frames, frame, train, &mut beside, found)?;
        }
        Ok(())
    }

    /// `beside`: by train, whether all that stands beside its frames can be read.
    fn unreadable(
        &self,
        frames: &FrameTable,
        frame: usize,
        train: u64,
        beside: &mut BTreeMap<u64, bool>,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let pulse = frames.pulse_id.get(frame).copied().unwrap_or(0);
        let wrong = |what: &str| {
            let place = Place::default().source(self.table).train(train);
            Found::error(Check::Fates, place, format!("pulse {pulse} is `unreadable`, but {what}"))
        };
        if !self.asked.may_skip {
            found.push(wrong("the workflow does not skip what cannot be read"));
        } else if frames.state.get(frame) == Some(&FrameState::Complete) && self.pulse_can_be_read(frames, frame)? {
            let known = beside.get(&train).copied();
            let sound = known.map_or_else(|| self.train_can_be_read(train), Ok)?;
            beside.insert(train, sound);
            if !sound {
                return Ok(());
            }
            found.push(match self.problems {
                // slow data that could not be read take the frames with them
                true => Found::gap(Gap::Unreadable, 1, format!("train {train}, pulse {pulse}")),
                false => wrong("every row of it can be read"),
            });
        }
        Ok(())
    }

    /// Every row that a train has in the sources of the modules, beside the large ones.
    fn train_can_be_read(&self, train: u64) -> Result<bool> {
        for module in &self.detector.modules {
            let whole = Side::of_module(self.input, module);
            let (side, _) = whole.within(&self.input.files_of(&[train]));
            for group in side.groups() {
                let found: Vec<RowAt> = match side.rows(group, train) {
                    Ok(found) => found,
                    Err(Error::Input { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                };
                let small = |dataset: &DatasetMap, key: &str| {
                    group != self.detector.group || !is_stream(key, dataset, self.detector)
                };
                let keys = side.datasets(group);
                let keys =
                    keys.iter().filter(|(key, parts)| parts.iter().flatten().all(|&(_, d)| small(d, key.as_str())));
                if !rows::can_be_read(&found, keys.map(|(_, parts)| parts), self.pool)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// The gain stages of a pulse go together.
    fn pulse_can_be_read(&self, frames: &FrameTable, frame: usize) -> Result<bool> {
        if !self.detector.parallel_gain {
            return self.can_be_read(frames, frame);
        }
        let train = frames.train_of(frame);
        let own = frames.starts.get(train).copied().unwrap_or(0)..frames.starts.get(train + 1).copied().unwrap_or(0);
        for other in own.filter(|&other| frames.pulse_id.get(other) == frames.pulse_id.get(frame)) {
            if !self.can_be_read(frames, other)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Every large row of the frame, in every module that has it.
    fn can_be_read(&self, frames: &FrameTable, frame: usize) -> Result<bool> {
        for (number, module) in self.detector.modules.iter().enumerate() {
            let Some(row) = frames.rows.get(number).and_then(|rows| rows.get(frame).copied().flatten()) else {
                continue;
            };
            let side = Side::of_module(self.input, module);
            let part = row.part as usize;
            let (Some(&(file, _)), Some(group)) = (side.parts.get(part), side.group(part, &self.detector.group)) else {
                continue;
            };
            for dataset in &group.datasets {
                if !is_stream(&group.source_key(dataset), dataset, self.detector) {
                    continue;
                }
                let Some(row_bytes) = dataset.row_bytes().and_then(|n| usize::try_from(n).ok()) else {
                    return Ok(false);
                };
                let stream = StreamPart::of(file, dataset, row_bytes);
                let read = self.open.reach(self.input, &stream, row_bytes, self.pool).and_then(|reach| {
                    match reach.by_opener() {
                        true => reach.through_opener(&[(row.row, 1)], self.pool).map(|_| ()),
                        false => reach.row(row.row, &mut Held::default()).map(|_| ()),
                    }
                });
                match read {
                    Ok(()) => {}
                    Err(Error::Input { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(true)
    }
}

fn keep(effect: &Effect) -> Option<(&str, Option<&ByIds>)> {
    match effect {
        Effect::Keeps { condition, by_ids } => Some((condition, by_ids.as_ref())),
        _ => None,
    }
}
