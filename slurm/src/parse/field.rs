//! Single fields of text output, and Slurm's many words for "nothing".

use crate::UnixTime;
use std::time::Duration;

/// The text, or none where Slurm says that there is none.
pub(super) fn text(field: &str) -> Option<String> {
    let field = field.trim();
    match field {
        "" | "(null)" | "N/A" | "n/a" | "None" | "Unknown" | "None assigned" | "NOT_SET" => None,
        text => Some(text.to_owned()),
    }
}

/// Free text: what a user wrote, who may well have written `None`.
pub(super) fn free_text(field: &str) -> Option<String> {
    match field {
        "" | "(null)" => None,
        text => Some(text.to_owned()),
    }
}

/// A count; `4-8` as sometimes printed for a wanted range counts as its least, `2K` as 2048.
pub(super) fn count(field: &str) -> Option<u32> {
    let field = field.trim();
    let field = field.split_once('-').map_or(field, |(least, _)| least);
    match field.strip_suffix(['K', 'k']) {
        Some(thousands) => thousands.parse::<u32>().ok()?.checked_mul(1024),
        None => field.strip_suffix('+').unwrap_or(field).parse().ok(),
    }
}

/// Seconds since 1970; 0 stands for "not yet".
pub(super) fn time(field: &str) -> Option<UnixTime> {
    field.trim().parse().ok().filter(|&seconds| seconds > 0).map(UnixTime)
}

/// Whole seconds.
pub(super) fn seconds(field: &str) -> Option<Duration> {
    field.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing() {
        for nothing in ["", " ", "(null)", "N/A", "None", "Unknown", "None assigned"] {
            assert_eq!(text(nothing), None, "{nothing}");
        }
        assert_eq!(free_text("None").as_deref(), Some("None"));
        assert_eq!(time("Unknown"), None);
        assert_eq!(time("2026-11-20T12:26:24"), None, "no time zone");
        assert_eq!(time("1795177584"), Some(UnixTime(1_795_177_584)));
        assert_eq!(time("0"), None);
    }

    #[test]
    fn counts() {
        assert_eq!(count("4"), Some(4));
        assert_eq!(count("4-8"), Some(4));
        assert_eq!(count("2K"), Some(2048));
        assert_eq!(count("4+"), Some(4));
        for text in ["", "x", "-1", "99999999999", "4194304K"] {
            assert_eq!(count(text), None, "{text}");
        }
    }
}
