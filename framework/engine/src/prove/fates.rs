//! Every frame of the input has exactly one fate in the output, under its own ids.

use super::tally::{Check, Found};
use crate::plan::{FateCodes, MODULES};
use std::collections::{BTreeMap, HashMap};
use trainyard_format::detector::{FrameState, FrameTable};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{GroupRows, Run, RunValue};
use trainyard_format::{Error, Place, Result};

/// The fate table of one reduction.
pub(super) struct FateTable<'a> {
    pub run: &'a Run,
    pub source: String,
    /// names of the codes; empty where the run does not tell
    pub codes: Vec<String>,
    /// what is told of modules that were dropped
    pub dropped: Vec<String>,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub pulse: u64,
    pub cell: u64,
    pub fate: u64,
}

/// trainId, pulseId, cellId and fate of some trains, one after the other.
struct Columns {
    rows: GroupRows,
    numbers: [Vec<u64>; 4],
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
            several => return Err(not_the_last(several.len(), place())),
        };
        let texts = |key: &str| match output.run_value(source.trim_end_matches(":output"), key, pool) {
            Ok(RunValue::Texts(texts)) => Ok(texts),
            Ok(RunValue::Text(text)) => Ok(text.lines().map(str::to_owned).collect()),
            Ok(_) | Err(Error::Request { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        };
        let (codes, dropped) = (texts("codes")?, texts(MODULES)?);
        Ok(FateTable { run: output, source, codes, dropped })
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

    /// The step whose `keep` dropped frames of this fate, counted from 1.
    pub fn keep_of(&self, code: u64) -> Option<usize> {
        let name = self.codes.get(usize::try_from(code).ok()?).filter(|name| !FateCodes::names_writer(name))?;
        name.strip_prefix("step ")?.split(',').next()?.parse().ok()
    }

    /// A frame of this fate was dropped by nothing: it is kept, here or elsewhere, or no step that writes took it.
    pub fn is_alive(&self, code: u64) -> bool {
        let name = usize::try_from(code).ok().and_then(|code| self.codes.get(code));
        code == u64::from(FateCodes::KEPT) || name.is_some_and(|name| FateCodes::names_writer(name))
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
        let columns = self.columns(&frames.trains, pool)?;
        let [trains, pulses, cells, fates] = &columns.numbers;
        let ranges = columns.ranges();
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

    fn columns(&self, trains: &[u64], pool: &OpenerPool) -> Result<Columns> {
        let column = |key: &str| self.run.group_rows(&self.source, key, trains, pool);
        let rows = column("data.trainId")?;
        let numbers = |rows: &GroupRows| self.integers(rows);
        let numbers = [
            numbers(&rows)?,
            numbers(&column("data.pulseId")?)?,
            numbers(&column("data.cellId")?)?,
            numbers(&column("data.fate")?)?,
        ];
        Ok(Columns { rows, numbers })
    }

    /// All rows of some trains, by train.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub fn rows(&self, trains: &[u64], pool: &OpenerPool) -> Result<HashMap<u64, Vec<Fate>>> {
        let columns = self.columns(trains, pool)?;
        let [_, pulses, cells, fates] = &columns.numbers;
        let all: Vec<Fate> =
            (pulses.iter().zip(cells).zip(fates)).map(|((&pulse, &cell), &fate)| Fate { pulse, cell, fate }).collect();
        let of = |range: std::ops::Range<usize>| all.get(range).map(<[Fate]>::to_vec).unwrap_or_default();
        Ok(columns.ranges().into_iter().map(|(train, range)| (train, of(range))).collect())
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

    /// Unsigned integers, one a row.
    ///
    /// # Errors
    /// `Input`: the column holds something else.
    pub fn integers(&self, rows: &GroupRows) -> Result<Vec<u64>> {
        use trainyard_format::map::ElementType::{U16, U32, U64, U8};
        if !rows.row_shape.is_empty() || !matches!(rows.element, U8 | U16 | U32 | U64) {
            let what = format!("a column of ids or fates is {:?} {:?}", rows.element, rows.row_shape);
            return Err(Error::input(what, Place::default().source(&self.source)));
        }
        let value = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
        Ok(rows.bytes.chunks_exact(rows.element.size()).map(value).collect())
    }
}

impl Columns {
    /// Rows by train.
    fn ranges(&self) -> HashMap<u64, std::ops::Range<usize>> {
        let pairs = self.rows.starts.windows(2);
        self.rows.trains.iter().zip(pairs).map(|(&train, pair)| (train, pair[0]..pair[1])).collect()
    }
}

/// The input is not the one of the last reduction.
pub(super) fn not_the_last(times: usize, place: Place) -> Error {
    Error::request(format!("the output was reduced {times} times since this input"), place).with_hint(
        "prove link by link: compare it with the run that it was made of last, and that one with its own input",
    )
}
