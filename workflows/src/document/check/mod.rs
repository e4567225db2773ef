//! Tree against JSON schema: every problem at once, and the value that serde will take.
//!
//! The subset that `schemars` emits for derived types: objects (closed unless `additionalProperties` says otherwise),
//! arrays and tuples, strings, numbers with bounds, booleans, null, `enum`, `const`, `anyOf`, `oneOf`, `allOf`, `$ref`.
//! `format` of a string may be `length`, `energy`, `time`, `bytes`, `percent` (a number with a unit), `path`, `range`
//! (`A:B`), `time-limit` (of a batch job). `pattern`, `multipleOf`, `not` and conditionals are not looked at.
//!
//! Two kindnesses: where the schema wants text, a plain scalar is the text as written (`no`, `0.10`), and where it wants an
//! object, nothing at all is an empty one (`- lit-frames:`).

mod array;
pub mod describe;
mod object;
mod scalar;
mod schema;
mod union;

use super::problem::shown;
use super::{Content, Node, Problem, Scalar, Span};
use schema::{Kind, Schemas};
use serde_json::Value;

pub use schema::MAX_VISITS;

/// Most problems reported of one tree.
const MAX_PROBLEMS: usize = 200;

/// What a value is called in messages, and where to point when something is missing in it.
#[derive(Clone, Debug)]
pub struct Site {
    /// `` `bins` ``, `the workflow`
    pub name: String,
    pub span: Span,
}

impl Site {
    pub fn new(name: impl Into<String>, span: Span) -> Self {
        Site { name: name.into(), span }
    }

    fn key(text: &str, span: Span) -> Self {
        Site { name: format!("`{}`", shown(text)), span }
    }
}

/// Checks `node` against `schema` and converts it.
///
/// # Errors
/// All problems; never empty.
pub fn check(node: &Node, schema: &Value, site: &Site) -> Result<Value, Vec<Problem>> {
    let schemas = Schemas::new(schema);
    let mut checker = Checker { schemas: &schemas, problems: Vec::new() };
    let value = checker.value(node, schema, site);
    if checker.problems.is_empty() {
        Ok(value)
    } else {
        Err(checker.problems)
    }
}

/// Converts without a schema: plain scalars are what the core schema of YAML makes of them.
///
/// # Errors
/// Numbers that are not finite.
pub fn untyped(node: &Node, site: &Site) -> Result<Value, Vec<Problem>> {
    check(node, &Value::Bool(true), site)
}

struct Checker<'s> {
    schemas: &'s Schemas<'s>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Another checker of the same schemas, to try a branch.
    fn trial(&self) -> Self {
        Checker { schemas: self.schemas, problems: Vec::new() }
    }

    /// The value for serde; meaningless once a problem was reported.
    fn value(&mut self, node: &Node, schema: &Value, site: &Site) -> Value {
        if !self.schemas.visit() {
            self.report(Problem::new(site.span, format!("{} is too entangled to be checked", site.name)));
            return Value::Null;
        }
        let branches = self.schemas.branches(schema);
        match &branches[..] {
            [] => {
                self.report(Problem::at(node, format!("{} must not stand here", site.name)));
                Value::Null
            }
            [only] => self.single(node, only, site),
            _ => self.union(node, &branches, site),
        }
    }

    /// Against a schema without alternatives.
    fn single(&mut self, node: &Node, schema: &Value, site: &Site) -> Value {
        if let Some(words) = schema::words(schema) {
            return self.word(node, &words, site);
        }
        let kinds = schema::kinds(schema);
        if kinds.is_empty() {
            return self.anything(node, site);
        }
        match (&node.content, node.resolve()) {
            (Content::Mapping(entries), _) if kinds.contains(&Kind::Object) => self.object(entries, node, schema, site),
            (Content::Sequence(items), _) if kinds.contains(&Kind::Array) => self.array(items, node, schema, site),
            (_, Some(Scalar::Null)) if kinds.contains(&Kind::Null) => Value::Null,
            (_, Some(Scalar::Null)) if kinds.contains(&Kind::Object) => self.object(&[], node, schema, site),
            (_, Some(scalar)) => self.scalar(node, scalar, &kinds, schema, site),
            _ => self.wrong_kind(node, &[schema], site),
        }
    }

    fn anything(&mut self, node: &Node, site: &Site) -> Value {
        match &node.content {
            Content::Mapping(entries) => {
                let entry = |(key, node): &(super::Key, Node)| {
                    (key.text.clone(), self.anything(node, &Site::key(&key.text, key.span)))
                };
                Value::Object(entries.iter().map(entry).collect())
            }
            Content::Sequence(items) => Value::Array(items.iter().map(|item| self.anything(item, site)).collect()),
            Content::Scalar { text, plain } => match Scalar::of(text, *plain) {
                Scalar::Null => Value::Null,
                Scalar::Bool(truth) => truth.into(),
                Scalar::Text(text) => text.into(),
                Scalar::Integer(integer) => self.number(integer as f64, Some(integer), node, site),
                Scalar::Float(number) => self.number(number, None, node, site),
            },
        }
    }

    /// The node is of a kind that none of the schemas takes.
    fn wrong_kind(&mut self, node: &Node, schemas: &[&Value], site: &Site) -> Value {
        let problem = Problem::new(if node.is_null() { site.span } else { node.span }, {
            format!("{} must be {}, not {}", site.name, schema::expectation(schemas), node.described())
        });
        let hint = scalar::quoting_hint(node, schemas);
        self.report(match hint {
            Some(hint) => problem.hint(hint),
            None => problem,
        });
        Value::Null
    }
}

#[cfg(test)]
#[path = "../check_tests.rs"]
mod tests;
