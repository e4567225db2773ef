//! YAML text to tree.
//!
//! Refused, with their place: more than [`MAX_BYTES`], [`MAX_DEPTH`] levels or [`MAX_NODES`] values; text that is not
//! UTF-8 or holds control characters; anchors, aliases and tags (so no document can unfold into more than was written);
//! a second document; keys that are not words; the same key twice.

use super::problem::shown;
use super::{Content, Key, Node, Origin, Problem, Span};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashSet;

/// Longest workflow file, bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Deepest nesting of lists and maps.
pub const MAX_DEPTH: usize = 64;
/// Most values, lists and maps in a file.
pub const MAX_NODES: usize = 100_000;
/// Problems of syntax after which the rest is not worth reading.
const MAX_PROBLEMS: usize = 100;

/// The one document in `bytes`.
///
/// # Errors
/// Every problem found until the text could not be followed any further; never empty.
pub fn parse(bytes: &[u8], origin: Origin) -> Result<Node, Vec<Problem>> {
    let text = text_of(bytes, origin).map_err(|problem| vec![problem])?;
    let mut tree = Tree { text, origin, open: Vec::new(), root: None, nodes: 0, problems: Vec::new() };
    let mut parser = Parser::new_from_str(text);
    let mut documents = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = match event {
            Ok((event, span)) => (event, tree.span(&span)),
            Err(error) => {
                let (line, column) = (error.marker().line(), error.marker().col() + 1);
                tree.problems.push(syntax_problem(Span::point(origin, line, column), error.info(), text));
                break;
            }
        };
        if matches!(event, Event::DocumentStart(_)) {
            documents += 1;
            if documents > 1 {
                tree.problems.push(Problem::new(span, "a workflow is one YAML document, a second one starts here"));
                break;
            }
        }
        if let Err(problem) = tree.event(event, span) {
            tree.problems.push(problem);
            break;
        }
        if tree.problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    if !tree.problems.is_empty() {
        return Err(tree.problems);
    }
    tree.root.ok_or_else(|| vec![Problem::new(Span::point(origin, 1, 1), "the document is empty")])
}

/// The bytes as text without control characters.
fn text_of(bytes: &[u8], origin: Origin) -> Result<&str, Problem> {
    if bytes.len() > MAX_BYTES {
        let what = format!("the document has {} bytes, more than the {MAX_BYTES} a workflow may have", bytes.len());
        return Err(Problem::new(Span::point(origin, 1, 1), what));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let place = |valid: &str| {
        let line = valid.matches('\n').count() + 1;
        let column = valid.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Span::point(origin, line, column)
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or("");
        Problem::new(place(valid), format!("byte 0x{:02x} is not UTF-8 text", bytes[error.valid_up_to()]))
            .hint("save the file as UTF-8")
    })?;
    let unprintable = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}')) || c == '\u{feff}';
    if let Some(at) = text.find(unprintable) {
        let code = text[at..].chars().next().map_or(0, u32::from);
        return Err(Problem::new(place(&text[..at]), format!("control character U+{code:04X} in the text")));
    }
    Ok(text)
}

/// The scanner's complaint, with a hint where the cause is a common one.
fn syntax_problem(span: Span, info: &str, text: &str) -> Problem {
    let problem = Problem::new(span, format!("this is not YAML: {}", shown(info)));
    let line = line_of(text, span.line);
    let indent = &line[..line.len() - line.trim_start().len()];
    if indent.contains('\t') {
        return problem.hint("indent with spaces, not with tabs");
    }
    match indicator(line) {
        Some(first) => problem.hint(format!("quote a value that begins with `{first}`")),
        None => problem,
    }
}

fn line_of(text: &str, line: usize) -> &str {
    text.lines().nth(line.saturating_sub(1)).unwrap_or("")
}

/// The sign a value on this line begins with, when YAML reads more into it than a word.
fn indicator(line: &str) -> Option<char> {
    let begins = |value: &str| value.trim_start().chars().next().filter(|c| "!&*@`%|>".contains(*c));
    line.split(": ").skip(1).find_map(begins)
}

/// A list or map whose end has not come yet.
enum Open {
    Sequence { items: Vec<Node>, span: Span },
    Mapping { entries: Vec<(Key, Node)>, seen: HashSet<String>, key: Option<PendingKey>, span: Span },
}

enum PendingKey {
    Good(Key),
    /// its problem is noted, its value is dropped
    Bad,
}

struct Tree<'t> {
    text: &'t str,
    origin: Origin,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    problems: Vec<Problem>,
}

impl Tree<'_> {
    fn span(&self, span: &saphyr_parser::Span) -> Span {
        Span {
            origin: self.origin,
            line: span.start.line(),
            column: span.start.col() + 1,
            end_line: span.end.line(),
            end_column: span.end.col() + 1,
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        match event {
            Event::Alias(_) => Err(self.decorated(span, "aliases (`*name`)", '*')),
            Event::Scalar(text, style, anchor, tag) => {
                self.plain_node(anchor, tag.is_some(), span)?;
                let plain = style == ScalarStyle::Plain;
                // an absent value comes as `~` of no width
                let text = if plain && span.column == span.end_column && span.line == span.end_line {
                    "".into()
                } else {
                    text
                };
                self.close(Node::scalar(text.into_owned(), plain, span));
                Ok(())
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain_node(anchor, tag.is_some(), span)?;
                self.push(Open::Sequence { items: Vec::new(), span })
            }
            Event::MappingStart(anchor, tag) => {
                self.plain_node(anchor, tag.is_some(), span)?;
                self.push(Open::Mapping { entries: Vec::new(), seen: HashSet::new(), key: None, span })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let until = |start: Span| Span { end_line: span.end_line, end_column: span.end_column, ..start };
                match self.open.pop() {
                    Some(Open::Sequence { items, span }) => {
                        self.close(Node { content: Content::Sequence(items), span: until(span) });
                    }
                    Some(Open::Mapping { entries, span, .. }) => self.close(Node::mapping(entries, until(span))),
                    None => return Err(Problem::new(span, "a list or map ends that never began")),
                }
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {
                Ok(())
            }
        }
    }

    /// Counts the node and refuses decorated ones.
    fn plain_node(&mut self, anchor: usize, tag: bool, span: Span) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Problem::new(span, format!("the document has more than {MAX_NODES} values")));
        }
        if anchor != 0 {
            return Err(self.decorated(span, "anchors (`&name`)", '&'));
        }
        if tag {
            return Err(self.decorated(span, "tags (`!name`)", '!'));
        }
        Ok(())
    }

    fn decorated(&self, span: Span, what: &str, sign: char) -> Problem {
        let sign = indicator(line_of(self.text, span.line)).unwrap_or(sign);
        Problem::new(span, format!("YAML {what} are not used in workflows"))
            .hint(format!("quote a value that begins with `{sign}`"))
    }

    fn push(&mut self, open: Open) -> Result<(), Problem> {
        if self.open.len() == MAX_DEPTH {
            let (Open::Sequence { span, .. } | Open::Mapping { span, .. }) = open;
            return Err(Problem::new(span, format!("lists and maps are nested deeper than {MAX_DEPTH} levels")));
        }
        self.open.push(open);
        Ok(())
    }

    /// Hands a finished node to the list or map it stands in.
    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, seen, key, .. }) => match key.take() {
                Some(PendingKey::Good(word)) => entries.push((word, node)),
                Some(PendingKey::Bad) => {}
                None => {
                    let span = node.span;
                    *key = Some(match node.content {
                        Content::Scalar { text, .. } if seen.insert(text.clone()) => {
                            PendingKey::Good(Key { text, span })
                        }
                        Content::Scalar { text, .. } => {
                            self.problems.push(Problem::new(
                                span,
                                format!("the key `{}` stands twice in this map", shown(&text)),
                            ));
                            PendingKey::Bad
                        }
                        _ => {
                            self.problems.push(Problem::new(span, "a key must be a word, not a list or a map"));
                            PendingKey::Bad
                        }
                    });
                }
            },
        }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
