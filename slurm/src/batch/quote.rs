//! Quoting for a POSIX shell and for `#SBATCH` lines.

/// One word for a POSIX shell: as it is where that is safe, else in single quotes.
pub(super) fn for_shell(word: &str) -> String {
    if is_plain(word) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// One option for a `#SBATCH` line. `sbatch` reads these itself: double quotes group, a backslash keeps the next character.
pub(super) fn for_directive(option: &str) -> String {
    if is_plain(option) {
        option.to_owned()
    } else {
        let escaped = option.replace('\\', r"\\").replace('"', "\\\"");
        match escaped.split_once('=') {
            Some((name, value)) => format!("{name}=\"{value}\""),
            None => format!("\"{escaped}\""),
        }
    }
}

fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_the_shell() {
        assert_eq!(for_shell("a-b/c=1"), "a-b/c=1");
        assert_eq!(for_shell("a b"), "'a b'");
        assert_eq!(for_shell("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(for_shell(""), "''");
    }

    #[test]
    fn options_for_directives() {
        assert_eq!(for_directive("--nodes=2"), "--nodes=2");
        assert_eq!(for_directive("--output=a b/%j.log"), "--output=\"a b/%j.log\"");
        assert_eq!(for_directive(r#"--comment=say "hi" \ # now"#), r#"--comment="say \"hi\" \\ # now""#);
    }
}
