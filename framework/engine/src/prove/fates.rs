//! Every frame of the input has exactly one fate in the output, under its own ids.

use super::tally::{Check, Found};
use crate::plan::FateCodes;
use std::collections::{BTreeMap, HashMap};
use trainyard_format::detector::{FrameState, FrameTable};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{GroupRows, Run, RunValue};
use trainyard_format::{Error, Place, Result};

/// The fate table of one reduction.
pub(super) struct FateTable<'a> {
    run: &'a Run,
    pub source: String,
    /// names of the codes; empty where the run does not tell
    codes: Vec<String>,
}

/// One row.
#[derive(Clone, Copy)]
struct Fate {
    pulse: u64,
    cell: u64,
    fate: u64,
}

impl<'a> FateTable<'a> {
    /// The table that `output` has and `input` has not: the input may itself be reduced.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(output: &'a Run, input: &Run, detector: &str, pool: &OpenerPool) -> Result<Self> {
        let generation = |source: &str| {
            let inner = source.strip_prefix(detector)?.strip_prefix('/')?.strip_suffix("/FATE:output")?;
            inner.strip_prefix("REDU")?.chars().all(|letter| letter.is_ascii_digit()).then_some(())
        };
        let new = output.sources.keys().filter(|s| generation(s).is_some() && !input.sources.contains_key(*s));
        let found: Vec<&String> = new.collect();
        let place = || output.folders.first().map(Place::file).unwrap_or_default();
        let source = match found.as_slice() {
            [source] => (*source).clone(),
            [] => {
                return Err(Error::input(
                    format!("no fate table of `{detector}`: nothing tells which frames were kept"),
                    place(),
                ))
            }
            several => {
                let what = format!("the output was reduced {} times since this input", several.len());
                return Err(Error::request(what, place()).with_hint("compare it with the run that it was made of last"));
            }
        };
        let codes = match output.run_value(source.trim_end_matches(":output"), "codes", pool) {
            Ok(RunValue::Texts(texts)) => texts,
            Ok(RunValue::Text(text)) => text.lines().map(str::to_owned).collect(),
            Ok(_) | Err(Error::Request { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(FateTable { run: output, source, codes })
    }

    /// The trains of each sequence: those that the files of the table list.
    pub fn sequences(&self) -> Result<Vec<Vec<u64>>> {
        let files = self.run.source(&self.source)?.files.iter().filter_map(|&(file, _)| self.run.files.get(file));
        Ok(files.map(|file| file.trains.iter().copied().filter(|&id| id != 0).collect()).collect())
    }

    pub fn name(&self, code: u64) -> String {
        let known = usize::try_from(code).ok().and_then(|code| self.codes.get(code));
        known.cloned().unwrap_or_else(|| format!("code {code}"))
    }

    /// Counts by name of the fate.
    pub fn by_name(&self, counts: &BTreeMap<u8, u64>) -> BTreeMap<String, u64> {
        counts.iter().map(|(&code, &count)| (self.name(code.into()), count)).collect()
    }

    /// The fate of each frame of `frames`; `None`: it has none, or one that cannot be.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn of(&self, frames: &FrameTable, pool: &OpenerPool, found: &mut Vec<Found>) -> Result<Vec<Option<u8>>> {
        let column = |key: &str| self.run.group_rows(&self.source, key, &frames.trains, pool);
        let columns = [column("data.trainId")?, column("data.pulseId")?, column("data.cellId")?, column("data.fate")?];
        let numbers: Vec<Vec<u64>> = columns.iter().map(|c| self.integers(c)).collect::<Result<_>>()?;
        let [trains, pulses, cells, fates] = numbers.as_slice() else {
            return Err(Error::bug("four columns are not four", Place::default()));
        };
        let starts = &columns[0].starts;
        let ranges: HashMap<u64, std::ops::Range<usize>> =
            columns[0].trains.iter().zip(starts.windows(2)).map(|(&train, pair)| (train, pair[0]..pair[1])).collect();
        let mut all = vec![None; frames.len()];
        for (t, &train) in frames.trains.iter().enumerate() {
            let range = ranges.get(&train).cloned().unwrap_or(0..0);
            let place = || Place::default().source(&self.source).train(train);
            let mut rows = Vec::with_capacity(range.len());
            for row in range {
                let (Some(&id), Some(&pulse), Some(&cell), Some(&fate)) =
                    (trains.get(row), pulses.get(row), cells.get(row), fates.get(row))
                else {
                    return Err(Error::input("columns of the fate table differ in length", place()));
                };
                if id != train {
                    let what = format!("the fate of pulse {pulse} is that of train {id}");
                    found.push(Found::error(Check::Fates, place(), what));
                }
                rows.push(Fate { pulse, cell, fate });
            }
            let own = frames.starts.get(t).copied().unwrap_or(0)..frames.starts.get(t + 1).copied().unwrap_or(0);
            self.of_train(frames, own, &rows, &place, &mut all, found);
        }
        Ok(all)
    }

    fn of_train(
        &self,
        frames: &FrameTable,
        own: std::ops::Range<usize>,
        rows: &[Fate],
        place: &dyn Fn() -> Place,
        all: &mut [Option<u8>],
        found: &mut Vec<Found>,
    ) {
        let mut wrong = |what: String| found.push(Found::error(Check::Fates, place(), what));
        // gain thirds of a pulse follow each other in both: the nth row of a pulse id is its nth frame
        let mut by_pulse: HashMap<u64, std::collections::VecDeque<Fate>> = HashMap::new();
        for fate in rows {
            by_pulse.entry(fate.pulse).or_default().push_back(*fate);
        }
        for frame in own {
            let (Some(&pulse), Some(&cell)) = (frames.pulse_id.get(frame), frames.cell_id.get(frame)) else { continue };
            let Some(fate) = by_pulse.get_mut(&pulse).and_then(|fates| fates.pop_front()) else {
                wrong(format!("pulse {pulse} of the input has no fate"));
                continue;
            };
            if fate.cell != u64::from(cell) {
                wrong(format!("pulse {pulse} has cell id {}, in the input {cell}", fate.cell));
            }
            let known = self.codes.is_empty() || usize::try_from(fate.fate).is_ok_and(|code| code < self.codes.len());
            let Some(code) = u8::try_from(fate.fate).ok().filter(|_| known) else {
                wrong(format!("pulse {pulse} has fate {}, which has no name", fate.fate));
                continue;
            };
            let complete = frames.state.get(frame) == Some(&FrameState::Complete);
            if complete == (code == FateCodes::INCOMPLETE) {
                let has = if complete { "every module of the input has it" } else { "a module of the input lacks it" };
                wrong(format!("pulse {pulse} is `{}`, but {has}", self.name(fate.fate)));
            }
            if let Some(slot) = all.get_mut(frame) {
                *slot = Some(code);
            }
        }
        let mut left: Vec<u64> =
            by_pulse.into_iter().flat_map(|(pulse, rest)| rest.into_iter().map(move |_| pulse)).collect();
        left.sort_unstable();
        for pulse in left {
            wrong(format!("the fate of pulse {pulse} is that of no frame, or stands twice"));
        }
    }

    fn integers(&self, rows: &GroupRows) -> Result<Vec<u64>> {
        use trainyard_format::map::ElementType::{U16, U32, U64, U8};
        if !rows.row_shape.is_empty() || !matches!(rows.element, U8 | U16 | U32 | U64) {
            let what = format!("a column of the fate table is {:?} {:?}", rows.element, rows.row_shape);
            return Err(Error::input(what, Place::default().source(&self.source)));
        }
        let value = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        Ok(rows.bytes.chunks_exact(rows.element.size()).map(value).collect())
    }
}
