//! A plot as numbers: what `report.json` holds of it, and all that is drawn.

use crate::number;
use serde::Serialize;

#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// `hit-rate`
    pub id: String,
    pub title: String,
    /// what there is to see, in a sentence: for those who do not see it
    pub says: String,
    /// what one point, bar or row stands for
    pub holds: String,
    pub x: Axis,
    pub y: Axis,
    #[serde(flatten)]
    pub kind: Kind,
    /// where the numbers come from
    pub from: Vec<Origin>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Axis {
    pub label: String,
    pub unit: String,
    /// drawn on a logarithmic axis
    pub log: bool,
    /// whole numbers that are names, as those of trains: written in full
    pub names: bool,
}

impl Axis {
    pub fn of(label: &str, unit: &str) -> Self {
        Axis { label: label.into(), unit: unit.into(), ..Axis::default() }
    }

    pub fn log(self) -> Self {
        Axis { log: true, ..self }
    }

    pub fn trains() -> Self {
        Axis { names: true, ..Axis::of("train id", "") }
    }
}

/// A key of the reduced run, and the lines of Python that read it in the folder of the report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    pub source: String,
    pub key: String,
    /// one of the files that hold it
    pub file: String,
    /// a value of the whole run
    pub run_value: bool,
}

impl Origin {
    pub fn python(&self) -> [String; 2] {
        let (source, key) = (quoted(&self.source), quoted(&self.key));
        let read = match self.run_value {
            true => format!("run.get_run_value({source}, {key})"),
            false => format!("run[{source}, {key}].ndarray()"),
        };
        ["run = extra_data.RunDirectory(\".\")".into(), read]
    }
}

/// As a literal of Python, whatever stands in it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Kind {
    Lines(Lines),
    Bars(Bars),
    Stack(Stack),
    Grid(Grid),
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Lines {
    #[serde(with = "number::list")]
    pub at: Vec<f64>,
    pub series: Vec<Series>,
    /// limits
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Series {
    pub name: String,
    #[serde(with = "number::list")]
    pub mean: Vec<f64>,
    /// least and greatest value behind each mean; empty where there is one value alone
    #[serde(with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub least: Vec<f64>,
    #[serde(with = "number::list", skip_serializing_if = "Vec::is_empty")]
    pub greatest: Vec<f64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    pub name: String,
    #[serde(with = "number::one")]
    pub at: f64,
}

/// Counts between edges.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Bars {
    #[serde(with = "number::list")]
    pub edges: Vec<f64>,
    pub series: Vec<Counts>,
    pub marks: Vec<Mark>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Counts {
    pub name: String,
    pub counts: Vec<u64>,
}

/// Counts of several kinds, on top of each other, for each group of trains.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stack {
    /// first and last train of each group
    pub trains: Vec<(u64, u64)>,
    pub series: Vec<Counts>,
}

/// Values over trains and a second axis, as colours.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Grid {
    /// of the columns
    #[serde(with = "number::list")]
    pub at: Vec<f64>,
    /// first and last train of each row
    pub trains: Vec<(u64, u64)>,
    /// row after row
    #[serde(with = "number::list")]
    pub values: Vec<f64>,
    /// of the values
    pub label: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_cannot_be_broken_out_of() {
        let hostile =
            Origin { source: "a\"); import os\n".into(), key: "k\\".into(), file: String::new(), run_value: false };
        let [_, line] = hostile.python();
        assert_eq!(line, r#"run["a\"); import os\u000a", "k\\"].ndarray()"#);
    }
}
