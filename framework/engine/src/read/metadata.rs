//! A metadata step over a sequence, and what becomes of trains whose slow data cannot be read.
//!
//! Where damage is skipped, the step is asked again train by train: the frames of a train that it cannot be computed for
//! have the fate `unreadable`, as if a chunk of their own were damaged, and the damage is listed.

use crate::algorithm::{MetadataInput, MetadataStep, TrainRows};
use crate::plan::{BadInput, Job};
use trainyard_format::detector::FrameTable;
use trainyard_format::{Error, Place, Result};

/// Trains (by position) that the step could not be computed for, with what is wrong.
pub type Unreadable = Vec<(usize, Error)>;

/// # Errors
/// Damage where the workflow says to stop at it; failures of the machine.
pub fn compute(
    job: &Job,
    step: &dyn MetadataStep,
    frames: &FrameTable,
    columns: &mut [Vec<f64>],
    trains: &mut TrainRows,
) -> Result<Unreadable> {
    let whole = step.compute(&MetadataInput { run: &job.run, pool: &job.pool, frames }, columns, trains);
    match whole {
        Ok(()) => return Ok(Vec::new()),
        Err(Error::Input { .. }) if job.bad_input != BadInput::Stop => {}
        Err(error) => return Err(error),
    }
    let mut unreadable = Vec::new();
    for (t, &train) in frames.trains.iter().enumerate() {
        let range = frames.starts[t]..frames.starts[t + 1];
        let one = of_train(frames, t);
        let mut values = vec![vec![f64::NAN; range.len()]; columns.len()];
        let mut row = TrainRows { rows: vec![None] };
        let input = MetadataInput { run: &job.run, pool: &job.pool, frames: &one };
        match step.compute(&input, &mut values, &mut row) {
            Ok(()) => trains.rows[t] = row.rows.pop().flatten(),
            Err(error @ Error::Input { .. }) => {
                values.iter_mut().for_each(|column| column.fill(f64::NAN));
                trains.rows[t] = None;
                unreadable.push((t, of(error, train)));
            }
            Err(error) => return Err(error),
        }
        for (column, values) in columns.iter_mut().zip(&values) {
            column[range.clone()].copy_from_slice(values);
        }
    }
    Ok(unreadable)
}

/// The table of one train alone.
fn of_train(frames: &FrameTable, t: usize) -> FrameTable {
    let range = frames.starts[t]..frames.starts[t + 1];
    FrameTable {
        trains: vec![frames.trains[t]],
        starts: vec![0, range.len()],
        pulse_id: frames.pulse_id[range.clone()].to_vec(),
        cell_id: frames.cell_id[range.clone()].to_vec(),
        third: frames.third[range.clone()].to_vec(),
        state: frames.state[range.clone()].to_vec(),
        rows: frames.rows.iter().map(|rows| rows[range.clone()].to_vec()).collect(),
    }
}

/// The error with its train, when it names none.
fn of(error: Error, train: u64) -> Error {
    match error {
        Error::Input { what, place, hint } => {
            Error::Input { what, place: Place { train: place.train.or(Some(train)), ..place }, hint }
        }
        other => other,
    }
}
