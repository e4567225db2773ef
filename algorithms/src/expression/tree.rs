//! The tree of an expression and its canonical text.

use std::fmt::{self, Display, Formatter};

#[derive(Clone, Debug)]
pub enum Node {
    Column(Name),
    Compare {
        column: Name,
        relation: Relation,
        literal: Literal,
    },
    In {
        column: Name,
        from: Literal,
        to: Literal,
        inclusive: bool,
    },
    Not(Box<Node>),
    /// Two or more, none of them an `And`.
    And(Vec<Node>),
    /// Two or more, none of them an `Or`.
    Or(Vec<Node>),
}

/// A column's name and where it stands.
#[derive(Clone, Debug)]
pub struct Name {
    pub text: String,
    pub column: usize,
}

/// A number, with its unit if it was a quantity, and where it stands.
#[derive(Clone, Debug)]
pub struct Literal {
    pub number: f64,
    pub unit: Option<String>,
    pub column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Relation {
    /// The relation of the operands exchanged: `a < b` is `b > a`.
    pub fn exchanged(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::More,
            Self::AtMost => Self::AtLeast,
            Self::More => Self::Less,
            Self::AtLeast => Self::AtMost,
        }
    }

    pub fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::More => left > right,
            Self::AtLeast => left >= right,
        }
    }
}

impl Node {
    pub fn visit_columns<'a>(&'a self, visit: &mut dyn FnMut(&'a Name)) {
        match self {
            Self::Column(column) | Self::Compare { column, .. } | Self::In { column, .. } => visit(column),
            Self::Not(node) => node.visit_columns(visit),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.visit_columns(visit)),
        }
    }
}

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => f.write_str(&name.text),
            Self::Compare { column, relation, literal } => write!(f, "{} {relation} {literal}", column.text),
            Self::In { column, from, to, inclusive } => {
                write!(f, "{} in {from}{}{to}", column.text, if *inclusive { "..=" } else { ".." })
            }
            Self::Not(node) => match **node {
                Self::Column(_) | Self::Not(_) => write!(f, "!{node}"),
                _ => write!(f, "!({node})"),
            },
            Self::And(nodes) => join(f, nodes, " && "),
            Self::Or(nodes) => join(f, nodes, " || "),
        }
    }
}

fn join(f: &mut Formatter<'_>, nodes: &[Node], sign: &str) -> fmt::Result {
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(sign)?;
        }
        // Needed for `||` inside `&&` only; written for both, since few readers know which binds tighter.
        match node {
            Node::And(_) | Node::Or(_) => write!(f, "({node})")?,
            _ => write!(f, "{node}")?,
        }
    }
    Ok(())
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let number = Plain(self.number);
        match &self.unit {
            Some(unit) if unit.contains('"') => write!(f, "'{number} {unit}'"),
            Some(unit) => write!(f, "\"{number} {unit}\""),
            None => write!(f, "{number}"),
        }
    }
}

/// A number as one would write it, without loss: `15`, `0.5`, `1e-9`.
struct Plain(f64);

impl Display for Plain {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{:?}", self.0)
        }
    }
}

impl Display for Relation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::More => ">",
            Self::AtLeast => ">=",
        })
    }
}
