//! Words of messages.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "frame")), ["0 frames", "1 frame", "2 frames"]);
        assert_eq!([0, 1, 2].map(is_or_are), ["are", "is", "are"]);
    }
}
