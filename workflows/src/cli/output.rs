//! What a verb prints.

use super::{Exit, Failure};
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

/// Text for stderr; there is nobody to tell when that fails.
pub fn complain(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
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

/// `12.3 GB`: three figures, powers of 1000.
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB", "TB"] {
        if value < 999.5 {
            let digits = if unit == "B" || value >= 99.95 { 0 } else { 1 };
            return format!("{value:.digits$} {unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} PB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_figures() {
        let shown: Vec<String> = [0, 999, 1000, 12_345, 999_999, 1_500_000_000, u64::MAX].map(bytes).into();
        assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "12.3 kB", "1.0 MB", "1.5 GB", "18446.7 PB"]);
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".into(), "bb".into()], vec!["µµµ".to_string(), "c".into()], vec!["only".into()]];
        assert_eq!(table(&rows), "  a     bb\n  µµµ   c\n  only\n");
    }
}
