//! `keep`: which frames stay, by a condition on columns that earlier steps made.

use crate::expression::{self, Column, Compiled, Expression};
use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_engine::algorithm::{
    Algorithm, ByIds, ColumnKind, Context, Effect, KeepStep, Lack, Needs, Problem, Step, Verdict,
};

pub struct Keep;

/// The condition: `lit`, `peaks.count >= 15`, `energy > "500 uJ"`, `!dark && cell in 4..=60`.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Config(pub String);

/// A condition on the columns of a frame.
pub(crate) struct Condition {
    text: String,
    compiled: Compiled,
    /// number in the plan of each column that the condition reads
    numbers: Vec<usize>,
}

impl Condition {
    /// `path` leads to the text in the step's parameters.
    ///
    /// # Errors
    /// All that is wrong with it for the columns made so far.
    pub(crate) fn new(text: &str, path: &[&str], context: &Context) -> Result<Self, Vec<Problem>> {
        let problem = |e: expression::ExpressionError| Problem {
            hint: e.hint,
            lacks: e.unknown.map(Lack::Column),
            ..Problem::new(path, format!("{} (character {})", e.message, e.column + 1))
        };
        let expression = Expression::parse(text).map_err(|e| vec![problem(e)])?;
        let columns: Vec<Column<'_>> = context
            .columns
            .iter()
            .map(|c| Column {
                name: &c.name,
                kind: match c.kind {
                    ColumnKind::Bool => expression::ColumnKind::Bool,
                    ColumnKind::Number => expression::ColumnKind::Number,
                },
                unit: &c.unit,
            })
            .collect();
        let compiled =
            expression.compile(&columns).map_err(|errors| errors.into_iter().map(problem).collect::<Vec<_>>())?;
        let numbers = compiled.columns().iter().filter_map(|name| context.column(name)).collect();
        Ok(Condition { text: expression.to_string(), compiled, numbers })
    }

    /// Of the columns that it reads.
    pub(crate) fn numbers(&self) -> &[usize] {
        &self.numbers
    }
}

impl KeepStep for Condition {
    fn verdict(&self, columns: &[f64]) -> trainyard_engine::Result<Verdict> {
        Ok(match self.compiled.evaluate_by_index(&|i| columns[self.numbers[i]]) {
            expression::Verdict::Keep => Verdict::Keep,
            expression::Verdict::Drop => Verdict::Drop,
            expression::Verdict::NoData => Verdict::NoData,
        })
    }

    fn condition(&self) -> String {
        self.text.clone()
    }
}

impl Algorithm for Keep {
    const NAME: &'static str = "keep";
    const SUMMARY: &'static str = "lets frames through that meet a condition; the others' fate is recorded";
    const DETAILS: &'static str = "\
Columns come from earlier steps; `train`, `pulse` and `cell` are always there. Comparisons `== != < <= > >=`, `in a..b`
(half-open) and `in a..=b`, combined with `!`, `&&`, `||` and parentheses; quantities in quotes carry units. A comparison
with a column that has no value for a frame is false, and the fate then says `no-data`. A condition on columns that need
no pixels is decided before anything is read.";
    const EXAMPLE: &'static str = "\
- lit-frames: {}
- keep: lit && cell in 2..=20 && energy > \"300 uJ\"
- write-frames: {}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let condition = Condition::new(&config.0, &[], context)?;
        let numbers = condition.numbers().to_vec();
        Ok(vec![Step::keep(condition).needing(Needs::columns(numbers))])
    }

    fn effect(config: Config) -> Effect {
        match told(&config.0) {
            Some((condition, by_ids)) => Effect::Keeps { condition, by_ids },
            None => Effect::None,
        }
    }
}

/// The condition as fates name it, and what it says of ids where nothing else is read; `None`: it is none.
pub(crate) fn told(text: &str) -> Option<(String, Option<ByIds>)> {
    let expression = Expression::parse(text).ok()?;
    Some((expression.to_string(), by_ids(&expression)))
}

/// The condition over the columns that every frame has, where it reads no others.
fn by_ids(expression: &Expression) -> Option<ByIds> {
    let number = |name| Column { name, kind: expression::ColumnKind::Number, unit: "" };
    let compiled = expression.compile(&["train", "pulse", "cell"].map(number)).ok()?;
    Some(Box::new(move |train, pulse, cell| {
        let value = |name: &str| match name {
            "train" => Some(train as f64),
            "pulse" => Some(pulse as f64),
            "cell" => Some(cell as f64),
            _ => None,
        };
        compiled.evaluate_by_name(&value) == expression::Verdict::Keep
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_alone_decide_where_nothing_else_is_read() {
        let effect = |text: &str| match Keep::effect(Config(text.into())) {
            Effect::Keeps { condition, by_ids } => (condition, by_ids.map(|stays| stays(10003, 4, 2))),
            other => panic!("{other:?}"),
        };
        assert_eq!(effect("cell in 1..6 && train != 10003").1, Some(false));
        assert_eq!(effect("cell in 1..6 && train != 10004").1, Some(true));
        assert_eq!(effect("lit && cell < 3"), ("lit && cell < 3".into(), None));
    }
}
