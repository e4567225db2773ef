//! The frames that one module has of each train: identity and row, as its files tell.
//!
//! INDEX decides which rows belong to a train, as for every reader. Where the rows state another train themselves, that
//! is only logged, unless the index also gives them to that other train.

use super::frames::Row;
use super::kind::{Detector, DetectorKind, Module};
use crate::error::{Error, Place, Result};
use crate::map::{DatasetMap, FileMap, GroupMap};
use crate::opener::OpenerPool;
use crate::run::{numbers_u64, Run};
use crate::words::counted;
use std::collections::{BTreeMap, HashSet};

/// Most rows of one train. A train has at most 2700 pulses; a camera may be free-running, but not a thousand times as fast.
const MOST_ROWS: u64 = 1 << 20;

/// Identity of a frame in its train: pulse id (or what stands for it), and the third of parallel gain data.
pub(super) type Identity = (u64, u8);

/// What a module has of a train.
#[derive(Clone, Debug)]
pub(super) enum Train {
    /// (identity, memory cell, row) in row order
    Frames(Vec<(Identity, u16, Row)>),
    /// it has the train, but nothing of it can be used
    Damaged,
}

/// One part of a module to read: trains with their rows.
pub(super) struct Task<'a> {
    pub module: usize,
    part: usize,
    file: &'a FileMap,
    source: &'a str,
    group: &'a GroupMap,
    /// (train, first row, rows), inside the dataset
    trains: Vec<(u64, u64, u64)>,
    /// trains whose index is wrong
    damaged: Vec<u64>,
    pub problems: Vec<Error>,
}

impl<'a> Task<'a> {
    /// Checks the index of a part for the trains asked for; `None`: it has none of them.
    pub fn plan(run: &'a Run, detector: &Detector, place: (usize, usize), trains: &[u64]) -> Option<Task<'a>> {
        let (module, part) = place;
        let info = detector.modules.get(module)?.parts.get(part)?;
        let file = run.files.get(info.file)?.as_ref();
        let source = file.sources.get(info.source)?;
        let group = source.groups.get(info.group)?;
        let pixels = dataset(group, detector.pixel_key.rsplit_once('.').map_or("", |(_, key)| key), detector)?;
        let mut task = Task {
            module,
            part,
            file,
            source: &source.name,
            group,
            trains: Vec::new(),
            damaged: Vec::new(),
            problems: Vec::new(),
        };
        for &train in trains {
            let Some(position) = run.position(info.file, train) else { continue };
            if let Some(entries) = ended(group, position).filter(|_| pixels.rows() > 0) {
                let trains = counted(file.trains.len(), "train");
                task.damage(train, format!("the index has {entries} entries for {trains}, none for this one"));
                continue;
            }
            let first = group.first.get(position).copied().unwrap_or(0);
            let count = group.count.get(position).copied().unwrap_or(0);
            let rows = pixels.rows();
            if count == 0 {
                continue;
            } else if first.checked_add(count).is_none_or(|end| end > rows) {
                task.damage(train, format!("the index leads to rows {first}+{count}, the dataset has {rows}"));
            } else if count > MOST_ROWS {
                task.damage(train, format!("the index gives {count} rows to the train, more than {MOST_ROWS}"));
            } else if detector.parallel_gain && count % 3 != 0 {
                task.damage(train, format!("{count} rows are no three thirds, as parallel gain has them"));
            } else {
                task.trains.push((train, first, count));
            }
        }
        // every train has an id nearly always: then nobody needs to look again for each block of trains
        let named = run.positions.get(info.file).is_some_and(|named| named.len() == file.trains.len());
        let counts = if named { &[] } else { group.count.as_slice() };
        let counts = counts.iter().zip(&file.trains).filter(|(_, &id)| id == 0);
        let nameless = counts.fold(0u64, |sum, (&rows, _)| sum.saturating_add(rows));
        if nameless > 0 {
            let place = Place::file(&file.path).source(task.source);
            task.problems.push(Error::input(format!("of a train whose id is 0: {}", counted(nameless, "row")), place));
        }
        (!task.trains.is_empty() || !task.damaged.is_empty()).then_some(task)
    }

    fn place(&self, train: u64) -> Place {
        Place::file(&self.file.path).source(self.source).train(train)
    }

    fn damage(&mut self, train: u64, text: String) {
        self.problems.push(Error::input(text, self.place(train)));
        self.damaged.push(train);
    }

    /// Whether rows that begin at `first` also belong to a train whose rows begin elsewhere.
    fn overlaps(&self, first: u64, count: u64) -> bool {
        let others =
            self.group.first.iter().zip(&self.group.count).filter(|&(&start, &rows)| rows > 0 && start != first);
        let end = first.saturating_add(count);
        others.into_iter().any(|(&start, &rows)| start < end && first < start.saturating_add(rows))
    }

    /// Reads identities and makes the frames of each train.
    ///
    /// # Errors
    /// Failures of the machine. Damage becomes a problem, and its trains count as damaged.
    pub fn read(mut self, detector: &Detector, pool: &OpenerPool) -> Result<(BTreeMap<u64, Train>, Vec<Error>)> {
        let mut found = BTreeMap::new();
        match self.columns(detector, pool) {
            Ok(columns) => {
                let (mut row, mut disagree) = (0usize, 0usize);
                for (train, first, count) in std::mem::take(&mut self.trains) {
                    let rows = usize::try_from(count).unwrap_or(usize::MAX);
                    let range = row..row.saturating_add(rows);
                    row = range.end;
                    if let Some(other) = columns.other_train(train, range.clone()) {
                        if self.overlaps(first, count) {
                            self.damage(train, format!("the index leads to rows of train {other}, which are its own"));
                            continue;
                        }
                        disagree += 1;
                    }
                    match columns.frames(detector, first, range, self.part) {
                        Ok(frames) => {
                            found.insert(train, Train::Frames(frames));
                        }
                        Err(text) => self.damage(train, text),
                    }
                }
                if disagree > 0 {
                    let path = self.file.path.display();
                    tracing::warn!(
                        "{path}: {}: another id in INDEX, which counts: {}",
                        self.source,
                        counted(disagree, "train")
                    );
                }
            }
            Err(error @ Error::Input { .. }) => {
                self.damaged.extend(self.trains.iter().map(|train| train.0));
                self.problems.push(error);
            }
            Err(error) => return Err(error),
        }
        found.extend(self.damaged.iter().map(|&train| (train, Train::Damaged)));
        Ok((found, self.problems))
    }

    fn columns(&self, detector: &Detector, pool: &OpenerPool) -> Result<Columns> {
        let ranges: Vec<(u64, u64)> = self.trains.iter().map(|&(_, first, count)| (first, count)).collect();
        let cells = detector.cells_per_row as u64;
        let read = |key: &str, width: u64| -> Result<Option<Vec<u64>>> {
            let Some(dataset) = self.group.datasets.iter().find(|dataset| dataset.key == key) else { return Ok(None) };
            if ranges.is_empty() {
                return Ok(Some(Vec::new()));
            }
            let place = || Place::file(&self.file.path).source(format!("{}/{key}", self.source));
            if dataset.row_elements() != Some(width) {
                return Err(Error::input(format!("`{key}` has shape {:?}", dataset.shape), place()));
            }
            let rows = pool.rows(&self.file.path, &dataset.path, &ranges)?;
            let values = numbers_u64(rows.element, &rows.bytes);
            values.map(Some).ok_or_else(|| Error::input(format!("`{key}` holds no unsigned integers"), place()))
        };
        let required = |key: &str, values: Option<Vec<u64>>| {
            values.ok_or_else(|| {
                let place = Place::file(&self.file.path).source(self.source);
                Error::input(format!("missing {}.{key}", detector.group), place)
            })
        };
        let train_ids = read("trainId", 1)?;
        Ok(match detector.kind {
            DetectorKind::Agipd | DetectorKind::Lpd | DetectorKind::Dssc => Columns {
                pulses: Some(required("pulseId", read("pulseId", 1)?)?),
                cells: Some(required("cellId", read("cellId", 1)?)?),
                train_ids,
            },
            DetectorKind::Jungfrau => Columns { pulses: None, cells: read("memoryCell", cells)?, train_ids },
            DetectorKind::Camera => Columns { pulses: None, cells: None, train_ids },
        })
    }
}

/// Entries that the stored index has, when there is none for this position.
fn ended(group: &GroupMap, position: usize) -> Option<u64> {
    let entries = group.stored_index.first.unwrap_or(0).min(group.stored_index.count.unwrap_or(0));
    usize::try_from(entries).is_ok_and(|entries| entries <= position).then_some(entries)
}

fn dataset<'a>(group: &'a GroupMap, key: &str, detector: &Detector) -> Option<&'a DatasetMap> {
    let full = |dataset: &DatasetMap| crate::run::full_key(group, dataset) == detector.pixel_key;
    group.datasets.iter().find(|dataset| full(dataset)).or_else(|| group.datasets.iter().find(|d| d.key == key))
}

/// Columns of all rows read, one after the other.
struct Columns {
    pulses: Option<Vec<u64>>,
    /// by row, or by row and cell
    cells: Option<Vec<u64>>,
    train_ids: Option<Vec<u64>>,
}

impl Columns {
    /// An id other than `train` that the rows themselves state. Zeros are padding that some writers leave.
    fn other_train(&self, train: u64, range: std::ops::Range<usize>) -> Option<u64> {
        self.train_ids.as_ref()?.get(range)?.iter().copied().find(|&id| id != train && id != 0)
    }

    /// Frames of one train, whose rows are `range` of the columns and begin at `first` in the dataset.
    fn frames(
        &self,
        detector: &Detector,
        first: u64,
        range: std::ops::Range<usize>,
        part: usize,
    ) -> Result<Vec<(Identity, u16, Row)>, String> {
        let part = u32::try_from(part).map_err(|_| "too many files".to_owned())?;
        let cells_per_row = detector.cells_per_row;
        let rows = range.len();
        let third = if detector.parallel_gain { (rows / 3).max(1) } else { rows.max(1) };
        let mut frames = Vec::with_capacity(rows.saturating_mul(cells_per_row));
        for row in 0..rows {
            let origin = range.start + row % third;
            for cell in 0..cells_per_row {
                let pulse = match &self.pulses {
                    Some(pulses) => *pulses.get(origin).ok_or("fewer pulse ids than rows")?,
                    None => (row * cells_per_row + cell) as u64,
                };
                let memory = match &self.cells {
                    Some(cells) => *cells.get(origin * cells_per_row + cell).ok_or("fewer cell ids than rows")?,
                    None => cell as u64,
                };
                let memory = u16::try_from(memory).map_err(|_| format!("cell id {memory} is out of range"))?;
                let identity = (pulse, u8::try_from(row / third).unwrap_or(u8::MAX));
                let cell = u16::try_from(cell).map_err(|_| "too many cells in a row".to_owned())?;
                frames.push((identity, memory, Row { part, row: first.saturating_add(row as u64), cell }));
            }
        }
        if let Some(pulse) = repeated(&frames) {
            return Err(format!("pulse id {pulse} stands twice in the train"));
        }
        Ok(frames)
    }
}

/// A pulse id that stands twice.
fn repeated(frames: &[(Identity, u16, Row)]) -> Option<u64> {
    // Ids rise in intact files; thirds come one after the other.
    if frames.windows(2).all(|pair| (pair[0].0 .1, pair[0].0 .0) < (pair[1].0 .1, pair[1].0 .0)) {
        return None;
    }
    let mut seen = HashSet::with_capacity(frames.len());
    frames.iter().find(|frame| !seen.insert(frame.0)).map(|frame| frame.0 .0)
}

/// All parts of all modules that have some of the trains.
pub(super) fn tasks<'a>(run: &'a Run, detector: &Detector, trains: &[u64]) -> Vec<Task<'a>> {
    let files = run.files_of(trains);
    let parts = |(number, module): (usize, &Module)| {
        // a module has a part a file, in their order
        let part = |file: &usize| module.parts.binary_search_by_key(file, |part| part.file).ok();
        files.iter().filter_map(part).map(|part| (number, part)).collect::<Vec<_>>()
    };
    let places = detector.modules.iter().enumerate().flat_map(parts);
    places.filter_map(|place| Task::plan(run, detector, place, trains)).collect()
}
