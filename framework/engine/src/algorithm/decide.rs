//! Steps behind a barrier.

use super::{Columns, OutputDecl, RowSink, RunValues, Step};
use std::ops::Range;
use trainyard_format::{Error, Place, Result};

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

/// What a table step makes.
pub struct TableOut<'a> {
    /// `[column][frame]`, those that the step declared, `NaN` = no value
    pub columns: Vec<Vec<f64>>,
    declared: &'a [OutputDecl],
    rows: TableRows,
    wrong: Option<Error>,
}

/// Rows in the order given, each of a frame or train of the run.
#[derive(Debug, Default, PartialEq)]
pub struct TableRows {
    of: Vec<usize>,
    bytes: Vec<u8>,
    row_bytes: usize,
}

impl TableRows {
    /// (frame or train, its row) of those in `range`.
    pub fn of(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &[u8])> {
        let first = self.of.partition_point(|&of| of < range.start);
        let last = self.of.partition_point(|&of| of < range.end);
        let rows = self.bytes.get(first * self.row_bytes..last * self.row_bytes).unwrap_or_default();
        self.of[first..last].iter().copied().zip(rows.chunks_exact(self.row_bytes.max(1)))
    }
}

impl<'a> TableOut<'a> {
    pub fn new(step: &'a Step, frames: usize, trains: usize) -> Self {
        let row_bytes = step.rows.row_bytes();
        let rows = if step.rows.by_train().is_empty() { frames } else { trains };
        TableOut {
            columns: vec![vec![f64::NAN; frames]; step.columns.len()],
            declared: step.rows.declared(),
            rows: TableRows { of: Vec::new(), bytes: Vec::with_capacity(row_bytes * rows), row_bytes },
            wrong: None,
        }
    }

    /// The row of a frame or train of the run, as declared; ascending.
    pub fn row(&mut self, of: usize, put: impl FnOnce(&mut RowSink<'_>)) {
        let mut sink = RowSink::new(self.declared, &mut self.rows.bytes);
        put(&mut sink);
        let mut ended = sink.end();
        if self.rows.of.last().is_some_and(|&last| last >= of) {
            ended = Err(Error::bug("rows are not in the order of the run", Place::default()));
        }
        self.rows.of.push(of);
        self.wrong = self.wrong.take().or(ended.err());
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// A row that is not as declared.
    pub fn end(self) -> Result<(Vec<Vec<f64>>, TableRows)> {
        self.wrong.map_or(Ok((self.columns, self.rows)), Err)
    }
}

/// Columns from columns over the whole run. The columns that it reads stand in [`super::Needs::columns`].
pub trait TableStep: Send + Sync {
    /// Fills the columns, and the rows of trains, or of frames that are alive.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn compute(&self, table: &RunTable<'_>, out: &mut TableOut<'_>) -> Result<()>;
    /// # Errors
    /// What the step cannot do, in its own words.
    fn run_values(&self, _table: &RunTable<'_>, _values: &mut RunValues) -> Result<()> {
        Ok(())
    }
}
