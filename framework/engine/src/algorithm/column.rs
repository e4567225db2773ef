//! Columns: one number per frame, made by a step, used by later ones and by `keep`.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColumnKind {
    /// 0 or 1
    Bool,
    Number,
}

/// A column that a step makes. `NaN` in a column means: no value for this frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnDecl {
    /// `lit`, `peaks.count`
    pub name: String,
    pub kind: ColumnKind,
    /// symbol of the unit, empty for pure numbers: `uJ`
    pub unit: String,
}

impl ColumnDecl {
    pub fn boolean(name: impl Into<String>) -> Self {
        ColumnDecl { name: name.into(), kind: ColumnKind::Bool, unit: String::new() }
    }

    pub fn number(name: impl Into<String>, unit: &str) -> Self {
        ColumnDecl { name: name.into(), kind: ColumnKind::Number, unit: unit.into() }
    }
}

/// Columns of many frames: `values[column][frame]`, columns in the order of the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Columns {
    pub values: Vec<Vec<f64>>,
}

impl Columns {
    pub fn new(columns: usize, frames: usize) -> Self {
        Columns { values: vec![vec![f64::NAN; frames]; columns] }
    }
}
