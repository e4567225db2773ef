//! Names to indices, quantities to numbers in the column's unit; every mistake on the way.

use super::evaluate::{Compiled, Program};
use super::tree::{Literal, Name, Node, Relation};
use super::unit::convert;
use super::ExpressionError;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Yes or no: 0 is no, every other number yes.
    Bool,
    /// A number.
    Number,
}

/// A column that an expression may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// Its name, dotted where a step has several.
    pub name: &'a str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Its unit, empty for a pure number.
    pub unit: &'a str,
}

/// Most columns that an error lists.
const LISTED: usize = 20;
/// Least similarity of names that is worth a question.
const SIMILAR: f64 = 0.7;

pub fn bind(root: &Node, columns: &[Column]) -> Result<Compiled, Vec<ExpressionError>> {
    let mut binder = Binder { columns, used: Vec::new(), errors: Vec::new() };
    let program = binder.node(root);
    match program {
        Some(program) if binder.errors.is_empty() => Ok(Compiled::new(program, binder.used)),
        _ => Err(binder.errors),
    }
}

struct Binder<'a> {
    columns: &'a [Column<'a>],
    used: Vec<String>,
    errors: Vec<ExpressionError>,
}

impl<'a> Binder<'a> {
    /// The program of a node; nothing where an error was noted.
    fn node(&mut self, node: &Node) -> Option<Program> {
        match node {
            Node::Column(name) => {
                let column = self.column(name)?;
                if column.kind == ColumnKind::Number {
                    let error =
                        ExpressionError::new(name.column, format!("`{}` is a number, not yes or no", name.text));
                    self.errors.push(error.hint(format!("compare it: `{} > 0`", name.text)));
                    return None;
                }
                Some(Program::Column(self.index(name)))
            }
            Node::Compare { column: name, relation, literal } => {
                let column = self.number(name)?;
                let value = self.literal(literal, column)?;
                Some(Program::Compare(self.index(name), *relation, value))
            }
            Node::In { column: name, from, to, inclusive } => {
                let column = self.number(name)?;
                let (low, high) = (self.literal(from, column), self.literal(to, column));
                let (low, high) = (low?, high?);
                let upper = if *inclusive { Relation::AtMost } else { Relation::Less };
                if !upper.holds(low, high) {
                    let error = ExpressionError::new(from.column, "the range is empty");
                    self.errors.push(error.hint("the smaller number comes first; `a..b` leaves out b"));
                    return None;
                }
                Some(Program::In(self.index(name), low, high, upper))
            }
            Node::Not(node) => Some(Program::Not(Box::new(self.node(node)?))),
            Node::And(nodes) => self.all(nodes).map(Program::And),
            Node::Or(nodes) => self.all(nodes).map(Program::Or),
        }
    }

    /// Every node, so that every mistake is noted.
    fn all(&mut self, nodes: &[Node]) -> Option<Vec<Program>> {
        let programs: Vec<_> = nodes.iter().map(|node| self.node(node)).collect();
        programs.into_iter().collect()
    }

    fn index(&mut self, name: &Name) -> usize {
        let known = self.used.iter().position(|used| *used == name.text);
        known.unwrap_or_else(|| {
            self.used.push(name.text.clone());
            self.used.len() - 1
        })
    }

    fn column(&mut self, name: &Name) -> Option<Column<'a>> {
        let found = self.columns.iter().find(|column| column.name == name.text).copied();
        if found.is_none() {
            self.errors.push(self.unknown(name));
        }
        found
    }

    fn number(&mut self, name: &Name) -> Option<Column<'a>> {
        let column = self.column(name)?;
        if column.kind == ColumnKind::Bool {
            let error = ExpressionError::new(name.column, format!("`{}` is yes or no, not a number", name.text));
            self.errors.push(error.hint(format!("write `{0}` or `!{0}`", name.text)));
            return None;
        }
        Some(column)
    }

    fn literal(&mut self, literal: &Literal, column: Column) -> Option<f64> {
        let Some(unit) = &literal.unit else {
            return Some(literal.number);
        };
        let converted = convert(literal.number, unit, column.unit);
        if converted.is_none() {
            let error = if column.unit.is_empty() {
                ExpressionError::new(literal.column, format!("`{}` has no unit, found {literal}", column.name))
                    .hint("write a bare number")
            } else {
                let (name, unit) = (column.name, column.unit);
                ExpressionError::new(
                    literal.column,
                    format!("`{name}` is in {unit}, to which {literal} does not convert"),
                )
            };
            self.errors.push(error);
        }
        converted
    }

    fn unknown(&self, name: &Name) -> ExpressionError {
        let error = ExpressionError::unknown(name.column, &name.text);
        let similarity = |column: &Column| strsim::jaro_winkler(column.name, &name.text);
        // Ties go to the first column, so that the hint does not depend on anything else.
        let best =
            self.columns.iter().map(|column| (similarity(column), column.name)).fold(None, |best, next| match best {
                Some((similarity, _)) if similarity >= next.0 => best,
                _ => Some(next),
            });
        match best {
            None => error.hint("no step before this one makes a column"),
            Some((similarity, nearest)) if similarity >= SIMILAR => error.hint(format!("did you mean `{nearest}`?")),
            Some(_) => {
                let names: Vec<_> = self.columns.iter().take(LISTED).map(|column| column.name).collect();
                let more = if self.columns.len() > LISTED { ", ..." } else { "" };
                error.hint(format!("columns are {}{more}", names.join(", ")))
            }
        }
    }
}
