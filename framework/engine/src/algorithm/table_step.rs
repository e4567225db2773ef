//! Steps behind a barrier.

use super::{Columns, RunValues, TrainRows};
use std::ops::Range;
use trainyard_format::Result;

/// All frames of the run, for steps behind a barrier.
pub struct RunTable<'a> {
    pub trains: &'a [u64],
    /// frames of train `t` are `starts[t]..starts[t + 1]`
    pub starts: &'a [usize],
    pub pulse_id: &'a [u64],
    pub cell_id: &'a [u16],
    /// frames not dropped so far
    pub alive: &'a [bool],
    pub columns: &'a Columns,
}

impl RunTable<'_> {
    pub fn frames_of(&self, train: usize) -> Range<usize> {
        self.starts[train]..self.starts[train + 1]
    }
}

/// Columns from columns over the whole run. The columns that it reads stand in [`super::Needs::columns`].
pub trait TableStep: Send + Sync {
    /// Fills `columns[i][frame]` for the columns the step declared; one row a train if it declared outputs by train,
    /// and for outputs by frame one row each alive frame through `frame_rows`.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn compute(
        &self,
        table: &RunTable<'_>,
        columns: &mut [Vec<f64>],
        trains: &mut TrainRows,
        frame_rows: &mut Vec<Option<Vec<u8>>>,
    ) -> Result<()>;
    /// # Errors
    /// What the step cannot do, in its own words.
    fn run_values(&self, _table: &RunTable<'_>, _values: &mut RunValues) -> Result<()> {
        Ok(())
    }
}
