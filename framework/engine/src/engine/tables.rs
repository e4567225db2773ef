//! Table steps at a barrier: columns of the whole run in, columns and results of the whole run out.

use crate::algorithm::{Columns, RunTable, RunValues, StepKind, TrainRows};
use crate::compute::told_by;
use crate::plan::{FateCodes, Job};
use crate::read::TableResults;
use crate::store::{FrameRows, Part, StepResult};
use trainyard_format::Result;

/// What the table steps behind one pass made, for the whole run. Every rank computes it from the same parts.
#[derive(Default)]
pub struct RunTables {
    columns: Vec<(usize, Vec<f64>)>,
    results: Vec<WholeResult>,
    /// run-level results by step
    pub values: Vec<(usize, RunValues)>,
    /// first frame of each sequence
    offsets: Vec<usize>,
}

struct WholeResult {
    step: usize,
    trains: TrainRows,
    frames: Vec<Option<Vec<u8>>>,
}

impl RunTables {
    /// Runs the table steps behind `pass` on its parts.
    ///
    /// # Errors
    /// What the steps report.
    pub fn compute(job: &Job, parts: &[Part], pass: usize) -> Result<Self> {
        let mut offsets = Vec::new();
        let mut starts = Vec::new();
        let (mut pulse_id, mut cell_id, mut alive) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns = Columns { values: vec![Vec::new(); job.columns.len()] };
        for part in parts {
            let offset = pulse_id.len();
            offsets.push(offset);
            starts.extend(part.starts[..part.starts.len().saturating_sub(1)].iter().map(|s| s + offset));
            pulse_id.extend_from_slice(&part.pulse_id);
            cell_id.extend_from_slice(&part.cell_id);
            alive.extend(part.fates.iter().map(|f| *f == FateCodes::KEPT));
            for (whole, column) in columns.values.iter_mut().zip(&part.columns) {
                whole.extend_from_slice(column);
            }
        }
        let frames = pulse_id.len();
        starts.push(frames);
        let mut tables = RunTables { offsets, ..RunTables::default() };
        for &position in &job.passes[pass].tables {
            let planned = &job.steps[position];
            let StepKind::Table(step) = &planned.step.kind else { continue };
            let mut made = vec![vec![f64::NAN; frames]; planned.step.columns.len()];
            let mut trains = TrainRows { rows: vec![None; job.trains.len()] };
            let mut rows = vec![None; frames];
            let mut values = RunValues::default();
            {
                let table = RunTable {
                    trains: &job.trains,
                    starts: &starts,
                    pulse_id: &pulse_id,
                    cell_id: &cell_id,
                    alive: &alive,
                    columns: &columns,
                };
                step.compute(&table, &mut made, &mut trains, &mut rows)
                    .and_then(|()| step.run_values(&table, &mut values))
                    .map_err(|e| told_by(planned, None, e))?;
            }
            for (i, column) in made.into_iter().enumerate() {
                columns.values[planned.first_column + i].clone_from(&column);
                tables.columns.push((planned.first_column + i, column));
            }
            tables.results.push(WholeResult { step: position, trains, frames: rows });
            tables.values.push((position, values));
        }
        Ok(tables)
    }

    /// The share of one sequence; `before` is its part of the pass in front of the barrier.
    pub fn of_sequence(&self, job: &Job, sequence: usize, before: Option<&Part>) -> TableResults {
        let (Some(before), Some(&offset)) = (before, self.offsets.get(sequence)) else {
            return TableResults::default();
        };
        let frames = offset..offset + before.pulse_id.len();
        let columns = self.columns.iter().map(|(n, c)| (*n, c[frames.clone()].to_vec())).collect();
        let trains = job.sequences[sequence].clone();
        let results = self.results.iter().map(|whole| {
            let mut rows = FrameRows::default();
            for (frame, bytes) in whole.frames[frames.clone()].iter().enumerate() {
                if let Some(bytes) = bytes {
                    rows.frames.push(frame as u32);
                    rows.bytes.extend_from_slice(bytes);
                }
            }
            let alive = |t: usize| {
                let range = before.starts[t]..before.starts[t + 1];
                before.fates[range].iter().filter(|f| **f == FateCodes::KEPT).count() as u32
            };
            StepResult {
                step: whole.step,
                frames: rows,
                trains: TrainRows { rows: whole.trains.rows[trains.clone()].to_vec() },
                partial: None,
                frames_in: (0..trains.len()).map(alive).collect(),
            }
        });
        TableResults { columns, results: results.collect() }
    }
}
