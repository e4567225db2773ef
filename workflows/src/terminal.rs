//! What stands on the other side of stderr and stdout: a terminal of some width that shows colours, or a file.
//!
//! Text for people is broken between words and coloured on a terminal only; in a log and for programs a line stays a line.

use console::Term;
use std::sync::OnceLock;

/// Wider lines are hard to read.
const WIDEST: usize = 120;
/// Where nothing fits, text is left as it is.
const NARROWEST: usize = 40;

/// Columns of the terminal behind stderr; none when it is no terminal.
pub fn columns_of_stderr() -> Option<usize> {
    static COLUMNS: OnceLock<Option<usize>> = OnceLock::new();
    *COLUMNS.get_or_init(|| columns(&Term::stderr()))
}

/// The same of stdout.
pub fn columns_of_stdout() -> Option<usize> {
    static COLUMNS: OnceLock<Option<usize>> = OnceLock::new();
    *COLUMNS.get_or_init(|| columns(&Term::stdout()))
}

fn columns(term: &Term) -> Option<usize> {
    // one that does not tell its size has had 80 for ever
    let told = term.is_term().then(|| term.size_checked().map_or(80, |(_, columns)| usize::from(columns)))?;
    Some(if told == 0 { 80 } else { told }.clamp(NARROWEST, WIDEST))
}

/// Whether words on stderr are coloured: on terminals that can, unless `NO_COLOR` is set.
pub fn coloured() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    columns_of_stderr().is_some() && set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
}

/// Lines no longer than `columns` where words allow it. What follows the first line of a paragraph is indented as its text,
/// behind the mark (`error: `, `hint: `, or blanks) that it begins with. Places and pieces of files stay as they are.
pub fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if line.chars().count() <= columns || is_verbatim(line) {
            out.push_str(line);
        } else {
            break_up(line, columns, &mut out);
        }
        out.push_str(end);
    }
    out
}

/// A place (`  --> w.yaml:3:5`), or a line of a file and its carets (` 3 | text`).
fn is_verbatim(line: &str) -> bool {
    let rest = line.trim_start();
    line.starts_with(' ')
        && (rest.starts_with("--> ")
            || rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start().starts_with('|'))
}

fn break_up(line: &str, columns: usize, out: &mut String) {
    let blanks = line.len() - line.trim_start_matches(' ').len();
    let mark = ["error: ", "warning: ", "hint: ", "skipped: "].iter().find(|mark| line[blanks..].starts_with(**mark));
    let indent = " ".repeat(blanks + mark.map_or(2, |mark| mark.len()).min(columns / 4));
    let mut width = blanks;
    out.push_str(&line[..blanks]);
    for (number, word) in line[blanks..].split(' ').enumerate() {
        let length = word.chars().count();
        if number > 0 && width + 1 + length > columns && width > indent.len() {
            out.push('\n');
            out.push_str(&indent);
            width = indent.len();
        } else if number > 0 {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += length;
    }
}

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const GREEN: &str = "\x1b[1;32m";
const BLUE: &str = "\x1b[34m";
const PLAIN: &str = "\x1b[0m";

/// The marks of each line coloured.
pub fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let marks = [("error:", RED), ("warning:", YELLOW), ("skipped:", YELLOW), ("hint:", GREEN), ("  -->", BLUE)];
        let carets = line.trim_start().strip_prefix("| ").is_some_and(|rest| {
            let rest = rest.trim();
            !rest.is_empty() && rest.bytes().all(|byte| byte == b'^')
        });
        match marks.iter().find(|(mark, _)| line.starts_with(mark)) {
            Some((mark, colour)) => out.extend([colour, mark, PLAIN, &line[mark.len()..]]),
            None if carets => {
                let at = line.find('^').unwrap_or(0);
                let end = line.trim_end().len();
                out.extend([&line[..at], RED, &line[at..end], PLAIN, &line[end..]]);
            }
            None => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole_and_nothing_is_lost() {
        let text = "error: the mask in /a/rather/long/path/to/some/file.npy has the shape [16, 512, 128] and not another one\n  --> /a/place/that/is/copied/by/people/and/so/is/never/broken/whatever/its/length/may/be.yaml:3:4\nhint: short\n";
        let shown = wrapped(text, 60);
        let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>();
        assert_eq!(words(&shown), words(text));
        let long = shown.lines().filter(|line| line.len() > 60).collect::<Vec<_>>();
        assert!(long.len() == 1 && long[0].starts_with("  --> "), "{shown}");
        assert!(shown.lines().nth(1).unwrap().starts_with("       "), "indented behind the mark: {shown}");
        assert!(shown.ends_with("hint: short\n"));
    }

    #[test]
    fn a_line_of_a_file_and_its_carets_stay_in_step() {
        let text = "    |\n  6 |   - find-hits: {treshold: 0.7, and: something, that: makes, the: line, rather: long}\n    |                 ^^^^^^^^\n";
        assert_eq!(wrapped(text, 50), text);
        let painted = painted(text);
        assert!(painted.contains("\x1b[1;31m^^^^^^^^\x1b[0m\n"), "{painted:?}");
    }

    #[test]
    fn words_longer_than_a_line_end_it() {
        let text = format!("error: {} is no folder\n", "x".repeat(100));
        let shown = wrapped(&text, 60);
        assert_eq!(shown.matches('x').count(), 100);
        assert!(shown.lines().any(|line| line.trim_start().starts_with("is no folder")), "{shown}");
    }
}
