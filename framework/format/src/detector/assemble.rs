//! The frame table: what the modules have, put side by side by (train id, pulse id).

use super::frames::{FrameState, FrameTable, Row};
use super::kind::Detector;
use super::module_rows::{tasks, Identity, Task, Train};
use crate::error::{Error, Place, Result};
use crate::opener::OpenerPool;
use crate::run::Run;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

impl Detector {
    /// The frames of some trains. Reads pulse, cell and train ids of the rows in question, no pixels; files in parallel.
    ///
    /// Damage of single trains (rows beyond the dataset, an id twice in a train, ids that cannot be read) is returned
    /// as problems, by module and train; frames that the module would have had there are `Incomplete`. A train that is
    /// damaged in every module has no frames. Trains of the request without frames stay, with none.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn frames(&self, run: &Run, train_ids: &[u64], pool: &OpenerPool) -> Result<(FrameTable, Vec<Error>)> {
        let tasks: Vec<Mutex<Option<Task<'_>>>> =
            tasks(run, self, train_ids).into_iter().map(|task| Mutex::new(Some(task))).collect();
        let read = pool.in_parallel(&tasks, |slot| {
            let task = slot.lock().ok().and_then(|mut slot| slot.take());
            let task = task.ok_or_else(|| Error::bug("a part was read twice", Place::default()))?;
            let module = task.module;
            task.read(self, pool).map(|(trains, problems)| (module, trains, problems))
        });
        let mut found: Vec<HashMap<u64, Train>> = vec![HashMap::new(); self.modules.len()];
        let mut problems = Vec::new();
        for result in read {
            let (module, trains, own) = result?;
            problems.extend(own);
            let Some(known) = found.get_mut(module) else { continue };
            for (train, frames) in trains {
                if known.insert(train, frames).is_some() {
                    let source = self.modules.get(module).map(|module| module.source.clone()).unwrap_or_default();
                    problems.push(Error::input(
                        "the train has frames in two files of the module",
                        Place::default().source(source).train(train),
                    ));
                    known.insert(train, Train::Damaged);
                }
            }
        }
        Ok((table(train_ids, &found), problems))
    }
}

/// One frame of a train while the modules are put together.
struct Frame {
    identity: Identity,
    cell: u16,
    rows: Vec<Option<Row>>,
}

fn table(train_ids: &[u64], found: &[HashMap<u64, Train>]) -> FrameTable {
    let mut table = FrameTable { starts: vec![0], rows: vec![Vec::new(); found.len()], ..FrameTable::default() };
    for &train in train_ids {
        let (mut frames, mut places): (Vec<Frame>, BTreeMap<Identity, usize>) = (Vec::new(), BTreeMap::new());
        for (module, trains) in found.iter().enumerate() {
            let Some(Train::Frames(own)) = trains.get(&train) else { continue };
            for (number, &(identity, cell, row)) in own.iter().enumerate() {
                // Modules that agree have the frame at the same place.
                let expected = frames.get(number).is_some_and(|frame| frame.identity == identity);
                let place = match expected {
                    true => number,
                    false => *places.entry(identity).or_insert_with(|| {
                        frames.push(Frame { identity, cell, rows: vec![None; found.len()] });
                        frames.len() - 1
                    }),
                };
                if let Some(slot) = frames.get_mut(place).and_then(|frame| frame.rows.get_mut(module)) {
                    *slot = Some(row);
                }
            }
        }
        let lacks = |frame: &Frame| {
            found.iter().zip(&frame.rows).any(|(trains, row)| row.is_none() && trains.contains_key(&train))
        };
        // the gain stages of a pulse go together
        let lacking: HashSet<u64> = frames.iter().filter(|frame| lacks(frame)).map(|frame| frame.identity.0).collect();
        for frame in frames {
            table.pulse_id.push(frame.identity.0);
            table.third.push(frame.identity.1);
            table.cell_id.push(frame.cell);
            let complete = !lacking.contains(&frame.identity.0);
            table.state.push(if complete { FrameState::Complete } else { FrameState::Incomplete });
            for (rows, row) in table.rows.iter_mut().zip(frame.rows) {
                rows.push(row);
            }
        }
        table.trains.push(train);
        table.starts.push(table.pulse_id.len());
    }
    table
}
