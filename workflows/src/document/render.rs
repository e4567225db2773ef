//! Problems as text:
//!
//! ```text
//! error: unknown key `treshold` of `find-hits`
//!   --> azint.yaml:6:16
//!    |
//!  6 |   - find-hits: {treshold: 0.7}
//!    |                 ^^^^^^^^
//! hint: did you mean `threshold`? known keys: threshold, snr
//! ```

use super::problem::escaped;
use super::{Origin, Problem, Span};
use std::fmt::Write;

/// Most problems shown; the rest is counted.
const MAX_SHOWN: usize = 50;
/// Longest piece of a source line shown, characters.
const WIDTH: usize = 120;

/// The texts that problems point into.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// how the file is called on the terminal
    pub name: String,
    pub text: String,
    /// the `a.b=v` of each `--set`
    pub sets: Vec<String>,
}

impl Sources {
    /// All problems in the order of the file, those of `--set` last, each once.
    pub fn render(&self, problems: &[Problem]) -> String {
        let sorted = self.in_order(problems);
        let mut out = String::new();
        for (count, problem) in sorted.iter().take(MAX_SHOWN).enumerate() {
            if count > 0 {
                out.push('\n');
            }
            self.render_one(problem, &mut out);
        }
        if sorted.len() > MAX_SHOWN {
            let _ = writeln!(out, "\n... and {} more problems", sorted.len() - MAX_SHOWN);
        }
        out
    }

    /// Each once, in the order in which they are told.
    pub fn in_order<'p>(&self, problems: &'p [Problem]) -> Vec<&'p Problem> {
        let mut sorted: Vec<&Problem> = problems.iter().collect();
        sorted.sort_by_key(|problem| problem.span);
        sorted.dedup();
        sorted
    }

    /// `w.yaml:3:5`, `--set`, `--trains`
    pub fn place(&self, problem: &Problem) -> String {
        match problem.span.origin {
            Origin::File => format!("{}:{}:{}", self.name, problem.span.line, problem.span.column),
            Origin::Set(index) => self.option(index).into(),
        }
    }

    /// The option that a setting came by: `--trains` is passed on with quotes, which a shell takes away from `--set`.
    fn option(&self, index: usize) -> &'static str {
        match self.sets.get(index).is_some_and(|set| set.starts_with("trains=\"")) {
            true => "--trains",
            false => "--set",
        }
    }

    fn render_one(&self, problem: &Problem, out: &mut String) {
        let Span { origin, line, column, end_line, end_column } = problem.span;
        // writing to a string cannot fail
        let _ = writeln!(out, "error: {}", problem.what);
        let (text, number) = match origin {
            Origin::File => {
                let _ = writeln!(out, "  --> {}", self.place(problem));
                (self.text.as_str(), line.to_string())
            }
            Origin::Set(index) => {
                let _ = writeln!(out, "  --> {}", self.place(problem));
                (self.sets.get(index).map_or("", String::as_str), String::new())
            }
        };
        if let Some(source) = text.lines().nth(line.saturating_sub(1)).filter(|source| !source.trim().is_empty()) {
            let length = source.chars().count();
            let last = if end_line == line { end_column } else { length + 1 };
            let (window, column, carets) = window(source, column, last.min(length + 1));
            let margin = " ".repeat(number.len().max(1));
            let _ = writeln!(out, " {margin} |");
            let _ = writeln!(out, " {number:>1} | {window}");
            let _ = writeln!(out, " {margin} | {}{}", " ".repeat(column), "^".repeat(carets));
        }
        if let Some(hint) = &problem.hint {
            let _ = writeln!(out, "hint: {hint}");
        }
    }
}

/// The part of a line around columns `column..last` (from 1), where it starts in that part, and how long it is there.
fn window(line: &str, column: usize, last: usize) -> (String, usize, usize) {
    let start = column.saturating_sub(1);
    let first = start.saturating_sub(WIDTH / 2);
    let piece: String = line.chars().skip(first).take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let shift = if first > 0 { 4 } else { 0 };
    let mut text = if first > 0 { format!("... {piece}") } else { piece };
    if line.chars().nth(first + WIDTH).is_some() {
        text.push_str(" ...");
    }
    let carets = last.saturating_sub(column).clamp(1, WIDTH - (start - first));
    (text.trim_end().to_string(), start - first + shift, carets)
}

/// `error: <what>`, place and hint for a trouble outside any document.
pub fn plain_error(what: &str, place: Option<&str>, hint: Option<&str>) -> String {
    let mut out = format!("error: {what}\n");
    if let Some(place) = place {
        let _ = writeln!(out, "  --> {}", escaped(place));
    }
    if let Some(hint) = hint {
        let _ = writeln!(out, "hint: {hint}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let text = format!("{}HERE{}", "x".repeat(5000), "y".repeat(5000));
        let span = Span { line: 1, column: 5001, end_line: 1, end_column: 5005, ..Span::default() };
        let sources = Sources { name: "w.yaml".into(), text, sets: vec![] };
        let shown = sources.render(&[Problem::new(span, "wrong")]);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines.iter().all(|line| line.len() < 150));
        let at = lines[4].find("^^^^").unwrap();
        assert_eq!(&lines[3][at..at + 4], "HERE");
        assert!(!lines[4].contains("^^^^^"));
    }

    #[test]
    fn problems_outside_the_text_are_still_told() {
        let span = Span { line: 900, column: 70, end_line: 1, end_column: 2, ..Span::default() };
        let sources = Sources { name: "w.yaml".into(), text: "a: 1\n".into(), sets: vec![] };
        assert_eq!(sources.render(&[Problem::new(span, "odd")]), "error: odd\n  --> w.yaml:900:70\n");
    }

    #[test]
    fn many_problems_are_counted() {
        let problems: Vec<Problem> =
            (1..=70).map(|line| Problem::new(Span::point(Origin::File, line, 1), "x")).collect();
        assert!(Sources::default().render(&problems).ends_with("... and 20 more problems\n"));
    }
}
