//! Evaluation of rows in three-valued logic.

use super::tree::Relation;

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The expression is true.
    Keep,
    /// The expression is false, whatever the values that are missing.
    Drop,
    /// The outcome depends on a value that is missing: dropped, with the fate `no-data`.
    NoData,
}

/// An expression with names and units resolved.
#[derive(Clone, Debug)]
pub struct Compiled {
    program: Program,
    columns: Vec<String>,
}

/// Columns are indices into the row; numbers are in the column's unit.
#[derive(Clone, Debug)]
pub enum Program {
    Column(usize),
    Compare(usize, Relation, f64),
    /// Column, low, high, and the relation of the value to high.
    In(usize, f64, f64, Relation),
    Not(Box<Program>),
    And(Vec<Program>),
    Or(Vec<Program>),
}

impl Compiled {
    pub(super) fn new(program: Program, columns: Vec<String>) -> Self {
        Self { program, columns }
    }

    /// The columns of a row, each once, in the order in which the expression first names them.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Evaluates a row: the values of [`Compiled::columns`], NaN (or a row too short) where there is none; 0 is no, other numbers yes.
    pub fn evaluate(&self, row: &[f64]) -> Verdict {
        self.evaluate_by_index(&|index| row.get(index).copied().unwrap_or(f64::NAN))
    }

    /// Evaluates a row whose values are asked for by index, NaN where there is none; for columns stored apart.
    pub fn evaluate_by_index(&self, row: &impl Fn(usize) -> f64) -> Verdict {
        match self.program.truth(row) {
            Some(true) => Verdict::Keep,
            Some(false) => Verdict::Drop,
            None => Verdict::NoData,
        }
    }

    /// Evaluates a row whose values are asked for by name.
    pub fn evaluate_by_name(&self, row: &dyn Fn(&str) -> Option<f64>) -> Verdict {
        self.evaluate_by_index(&|index| row(&self.columns[index]).unwrap_or(f64::NAN))
    }
}

impl Program {
    /// True, false or unknown.
    fn truth(&self, row: &impl Fn(usize) -> f64) -> Option<bool> {
        match self {
            Self::Column(index) => known(row(*index)).map(|value| value != 0.0),
            Self::Compare(index, relation, number) => known(row(*index)).map(|value| relation.holds(value, *number)),
            Self::In(index, low, high, upper) => {
                known(row(*index)).map(|value| value >= *low && upper.holds(value, *high))
            }
            Self::Not(program) => program.truth(row).map(|truth| !truth),
            Self::And(programs) => decide(programs, row, false),
            Self::Or(programs) => decide(programs, row, true),
        }
    }
}

/// The deciding value if any part has it, unknown if any part is unknown, else the opposite.
fn decide(programs: &[Program], row: &impl Fn(usize) -> f64, deciding: bool) -> Option<bool> {
    let mut truth = Some(!deciding);
    for program in programs {
        match program.truth(row) {
            Some(value) if value == deciding => return Some(deciding),
            Some(_) => {}
            None => truth = None,
        }
    }
    truth
}

fn known(value: f64) -> Option<f64> {
    (!value.is_nan()).then_some(value)
}
