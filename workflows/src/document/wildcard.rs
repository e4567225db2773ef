//! `*` and `?` in names, as shells have them.

/// Whether a text is a pattern and no name.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// `*` stands for any characters or none, `?` for one.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut read) = (0, 0);
    // behind the last `*`, and how far the name was when it was met
    let mut again: Option<(usize, usize)> = None;
    while read < name.len() {
        match pattern.get(at) {
            Some('*') => {
                at += 1;
                again = Some((at, read));
            }
            Some(&c) if c == '?' || c == name[read] => {
                at += 1;
                read += 1;
            }
            _ => match again {
                Some((behind, from)) => {
                    again = Some((behind, from + 1));
                    (at, read) = (behind, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn as_a_shell_does() {
        for (pattern, name) in
            [("*XGM*", "SA1_XTD2_XGM/XGM/DOOCS"), ("a?c", "abc"), ("*", ""), ("a*b*c", "aXbYbc"), ("**", "x")]
        {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*XGM", "XGM/x"), ("a?c", "ac"), ("", "x"), ("a*b", "abc"), ("?", "")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
        // what would not end where every `*` were tried with every other
        let (pattern, name) = ("*a".repeat(30), "a".repeat(20_000));
        assert!(matches(&pattern, &name) && !matches(&pattern, &(name + "b")));
    }
}
