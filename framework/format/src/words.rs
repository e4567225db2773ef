//! Words of messages: counts and sizes.

use std::fmt::Display;

/// `1 frame`, `2 frames`
pub fn counted(count: impl Display, what: &str) -> String {
    let count = count.to_string();
    let s = if count == "1" { "" } else { "s" };
    format!("{count} {what}{s}")
}

/// `1 of 9 frames is`, `2 of 9 frames are`: the verb that goes with a count.
pub fn is_or_are(count: usize) -> &'static str {
    if count == 1 {
        "is"
    } else {
        "are"
    }
}

/// `12.3 GiB`: three figures, powers of 1024.
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
        if value < 999.5 {
            let digits = if unit == "B" || value >= 99.95 { 0 } else { 1 };
            return format!("{value:.digits$} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.1} PiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_figures() {
        let counts = [0, 999, 1000, 12_345, 1 << 20, 3 << 29, u64::MAX];
        let shown: Vec<String> = counts.map(bytes).into();
        assert_eq!(shown, ["0 B", "999 B", "1.0 KiB", "12.1 KiB", "1.0 MiB", "1.5 GiB", "16384.0 PiB"]);
    }

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "frame")), ["0 frames", "1 frame", "2 frames"]);
        assert_eq!([0, 1, 2].map(is_or_are), ["are", "is", "are"]);
    }
}
