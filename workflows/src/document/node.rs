//! The tree: scalars, sequences, mappings in the order written, each with its place.

use super::Scalar;

/// Where a text came from: the workflow file, or the n-th `--set` of the command line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    #[default]
    File,
    Set(usize),
}

/// A piece of text: first character and one past the last. Lines and columns count from 1, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub origin: Origin,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Span {
    /// One character.
    pub fn point(origin: Origin, line: usize, column: usize) -> Self {
        Span { origin, line, column, end_line: line, end_column: column + 1 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `plain` is false for quoted and block scalars, which are text whatever they look like
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<Node>),
    /// keys are unique
    Mapping(Vec<(Key, Node)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub content: Content,
    pub span: Span,
}

impl Node {
    pub fn scalar(text: impl Into<String>, plain: bool, span: Span) -> Self {
        Node { content: Content::Scalar { text: text.into(), plain }, span }
    }

    pub fn mapping(entries: Vec<(Key, Node)>, span: Span) -> Self {
        Node { content: Content::Mapping(entries), span }
    }

    /// The scalar by the YAML 1.2 core schema; `None` for sequences and mappings.
    pub fn resolve(&self) -> Option<Scalar<'_>> {
        match &self.content {
            Content::Scalar { text, plain } => Some(Scalar::of(text, *plain)),
            _ => None,
        }
    }

    pub fn is_null(&self) -> bool {
        self.resolve() == Some(Scalar::Null)
    }

    /// The value under `key`, for mappings.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.content {
            Content::Mapping(entries) => entries.iter().find(|(k, _)| k.text == key).map(|(_, node)| node),
            _ => None,
        }
    }

    /// Takes the entry `key` out of a mapping.
    pub fn take(&mut self, key: &str) -> Option<(Key, Node)> {
        match &mut self.content {
            Content::Mapping(entries) => {
                let at = entries.iter().position(|(k, _)| k.text == key)?;
                Some(entries.remove(at))
            }
            _ => None,
        }
    }

    /// Follows `path` (keys, or numbers in sequences) as far as it exists; the span of what was reached. The last key
    /// found counts when its value is missing.
    pub fn deepest(&self, path: &[String]) -> Span {
        let Some((first, rest)) = path.split_first() else { return self.span };
        match &self.content {
            Content::Mapping(entries) => match entries.iter().find(|(key, _)| key.text == *first) {
                Some((key, node)) if node.is_null() => key.span,
                Some((_, node)) => node.deepest(rest),
                None => self.span,
            },
            Content::Sequence(items) => match first.parse::<usize>().ok().and_then(|at| items.get(at)) {
                Some(node) => node.deepest(rest),
                None => self.span,
            },
            Content::Scalar { .. } => self.span,
        }
    }

    /// What a reader would call it: `a list`, `the number 5`, `the text "x"`.
    pub fn described(&self) -> String {
        match &self.content {
            Content::Sequence(_) => "a list".into(),
            Content::Mapping(_) => "a map".into(),
            Content::Scalar { text, plain } => match Scalar::of(text, *plain) {
                Scalar::Null => "nothing".into(),
                Scalar::Bool(_) => format!("`{}`", super::problem::shown(text)),
                Scalar::Integer(_) | Scalar::Float(_) => format!("the number `{}`", super::problem::shown(text)),
                Scalar::Text(_) => format!("the text `{}`", super::problem::shown(text)),
            },
        }
    }
}
