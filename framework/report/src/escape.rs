//! Text from elsewhere on its way into the page: names of files, sources and keys may hold anything.
//!
//! What comes out stands between tags or between double quotes, in HTML and in SVG, and cannot end either. Characters that
//! nobody sees, and those that turn the direction of reading, are shown by their numbers: a name must look like what it is.

/// Longest text that is shown whole.
const LONGEST: usize = 4000;

pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            out.push('…');
            break;
        }
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            c if is_hidden(c) => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

fn is_hidden(c: char) -> bool {
    let number = u32::from(c);
    let turns =
        matches!(number, 0x061c | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff | 0xe0000..=0xe0fff);
    // characters that never are one, which no document may hold
    let none = number & 0xfffe == 0xfffe || matches!(number, 0xfdd0..=0xfdef);
    c.is_control() || turns || none
}

/// A relative address: a name of a file beside the page, whatever stands in it.
pub fn address(name: &str) -> String {
    let mut out = String::from("./");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'/' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_tag_or_an_attribute() {
        let hostile = "</title><script>alert('x')</script>\" onload=\"a&b\u{0}\u{202e}\u{ffff}";
        let shown = escape(hostile);
        assert!(!shown.contains(['<', '>', '"', '\'', '\u{0}', '\u{202e}', '\u{ffff}']), "{shown}");
        assert!(shown.contains("\\u{202e}") && shown.contains("a&amp;b"));
        assert_eq!(escape("Å µ 2θ\n"), "Å µ 2θ\n");
        assert_eq!(escape(&"a".repeat(9000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn addresses_lead_nowhere_else() {
        assert_eq!(address("RAW-R0001-REDU00-S00000.h5"), "./RAW-R0001-REDU00-S00000.h5");
        assert_eq!(address("javascript:alert(1)"), "./javascript%3Aalert%281%29");
        assert_eq!(address("a b?#\"é"), "./a%20b%3F%23%22%C3%A9");
    }
}
