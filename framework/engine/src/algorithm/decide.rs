//! Decisions: steps behind a barrier, over the columns of the whole run and what other steps folded over it. They make columns
//! and rows, and may drop modules: what stands behind them sees those no more.

use super::{Columns, OutputDecl, RowSink, RunValues, Step};
use std::ops::Range;
use trainyard_format::{Error, Place, Result};

/// All frames of the run, and what was folded over them.
pub struct RunView<'a> {
    pub trains: &'a [u64],
    /// frames of train `t` are `starts[t]..starts[t + 1]`
    pub starts: &'a [usize],
    pub pulse_id: &'a [u64],
    pub cell_id: &'a [u16],
    /// frames not dropped so far
    pub alive: &'a [bool],
    pub columns: &'a Columns,
    /// results over the run of the steps that stand in [`super::Needs::folds`], by position of the step
    pub folds: &'a [(usize, RunValues)],
}

impl RunView<'_> {
    /// What a step folded, as its `finish` made it: one of [`super::Needs::folds`].
    pub fn fold(&self, step: usize) -> Option<&RunValues> {
        self.folds.iter().find(|(position, _)| *position == step).map(|(_, values)| values)
    }

    pub fn frames_of(&self, train: usize) -> Range<usize> {
        self.starts[train]..self.starts[train + 1]
    }
}

/// What is decided.
pub struct Decision<'a> {
    /// `[column][frame]`, those that the step declared, `NaN` = no value
    pub columns: Vec<Vec<f64>>,
    /// results over the run
    pub values: RunValues,
    modules: Vec<(usize, String)>,
    declared: &'a [OutputDecl],
    rows: DecidedRows,
    wrong: Option<Error>,
}

/// Rows in the order given, each of a frame or train of the run.
#[derive(Debug, Default, PartialEq)]
pub struct DecidedRows {
    of: Vec<usize>,
    bytes: Vec<u8>,
    row_bytes: usize,
}

impl DecidedRows {
    /// (frame or train, its row) of those in `range`.
    pub fn of(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &[u8])> {
        let first = self.of.partition_point(|&of| of < range.start);
        let last = self.of.partition_point(|&of| of < range.end);
        let rows = self.bytes.get(first * self.row_bytes..last * self.row_bytes).unwrap_or_default();
        self.of[first..last].iter().copied().zip(rows.chunks_exact(self.row_bytes.max(1)))
    }
}

impl<'a> Decision<'a> {
    pub fn new(step: &'a Step, frames: usize, trains: usize) -> Self {
        let row_bytes = step.rows.row_bytes();
        let rows = if step.rows.by_train().is_empty() { frames } else { trains };
        Decision {
            columns: vec![vec![f64::NAN; frames]; step.columns.len()],
            values: RunValues::default(),
            modules: Vec::new(),
            declared: step.rows.declared(),
            rows: DecidedRows { of: Vec::new(), bytes: Vec::with_capacity(row_bytes * rows), row_bytes },
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

    /// Drops a module, by its position, for all frames: no step behind this one sees it, and it is not written. Only of steps
    /// that are declared to drop modules. `reason`: a lowercase fragment with the numbers that decided.
    pub fn drop_module(&mut self, position: usize, reason: impl Into<String>) {
        self.modules.push((position, reason.into()));
    }

    /// # Errors
    /// A row that is not as declared.
    pub fn end(self) -> Result<Decided> {
        let Decision { columns, values, modules, rows, wrong, .. } = self;
        wrong.map_or(Ok(Decided { columns, values, modules, rows }), Err)
    }
}

/// A decision that is made.
pub struct Decided {
    pub columns: Vec<Vec<f64>>,
    pub values: RunValues,
    /// positions of modules, and why they are dropped
    pub modules: Vec<(usize, String)>,
    pub rows: DecidedRows,
}

/// A decision over the whole run. The columns that it reads stand in [`super::Needs::columns`], steps whose finished folds it
/// reads in [`super::Needs::folds`].
pub trait Decide: Send + Sync {
    /// Fills the columns, the rows of trains or of frames that are alive, and results over the run.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn decide(&self, run: &RunView<'_>, decision: &mut Decision<'_>) -> Result<()>;
}
