//! What a verb prints.

use super::{Exit, Failure};
use crate::progress::above;
use crate::terminal;
use std::borrow::Cow;
use std::io::{ErrorKind, Write};

/// Text for stdout. A reader that went away (`trainyard algorithms | head`) is no error.
///
/// # Errors
/// When stdout cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Resource, &format!("failed to write to the standard output: {error}"), None))
        }
        _ => Ok(()),
    }
}

/// A value as indented JSON, for `--json`.
///
/// # Errors
/// As [`fn@print`].
pub fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::new(Exit::Bug, &format!("failed to write JSON: {error}"), None))?;
    print(&format!("{text}\n"))
}

/// Sentences for stdout: broken between words where a terminal is too narrow for them.
///
/// # Errors
/// As [`fn@print`].
pub fn print_words(text: &str) -> Result<(), Failure> {
    match terminal::columns_of_stdout() {
        Some(columns) => print(&terminal::wrapped(text, columns)),
        None => print(text),
    }
}

/// Text for stderr, on a terminal broken between words and coloured; there is nobody to tell when that fails.
pub fn complain(text: &str) {
    let mut text = Cow::Borrowed(text);
    if let Some(columns) = terminal::columns_of_stderr() {
        text = terminal::wrapped(&text, columns).into();
    }
    if terminal::coloured() {
        text = terminal::painted(&text).into();
    }
    above(|| {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    });
}

/// Columns of text, each as wide as its widest cell, the last one ragged.
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 2));
        }
        text.push_str("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".into(), "bb".into()], vec!["µµµ".to_string(), "c".into()], vec!["only".into()]];
        assert_eq!(table(&rows), "  a     bb\n  µµµ   c\n  only\n");
    }
}
