//! The lines of a text file from any system: they end with LF, CR LF, or CR alone.

/// Lines without their ends; a lone CR ends a line too.
pub(crate) fn of(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_end_of_a_line() {
        assert_eq!(super::of("a\nb\r\nc\rd\r\n").collect::<Vec<_>>(), ["a", "b", "c", "d", ""]);
        assert_eq!(super::of("a\r\rb").collect::<Vec<_>>(), ["a", "", "b"]);
    }
}
