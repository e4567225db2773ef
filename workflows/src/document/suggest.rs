//! Which of the known words was meant.

use super::problem::shown;

/// Words of other programs for what is called otherwise here.
const OTHERS: [(&str, &str); 11] = [
    ("gzip", "deflate"),
    ("gz", "deflate"),
    ("zlib", "deflate"),
    ("zstandard", "zstd"),
    ("bslz4", "bitshuffle-lz4"),
    ("bitshuffle", "bitshuffle-lz4"),
    ("q_a^-1", "q_A^-1"),
    ("q", "q_nm^-1"),
    ("2theta", "2th_deg"),
    ("tth", "2th_deg"),
    ("sz", "sz3"),
];

/// The known word nearest to `word`, when one is near: at most a third of the letters differ, or one begins with the
/// other. Case and `_` for `-` do not count.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    // longer words are no misspelling of anything, and the distance costs the product of the lengths
    if word.is_empty() || word.len() > 100 {
        return None;
    }
    let plain = |s: &str| s.to_lowercase().replace(['_', ' '], "-");
    let word = plain(word);
    let other = OTHERS.iter().find(|(theirs, _)| *theirs == word).map(|(_, ours)| *ours);
    if let Some(ours) = other.and_then(|ours| known.iter().find(|candidate| **candidate == ours)) {
        return Some(ours);
    }
    let (distance, best) = known
        .iter()
        .map(|&candidate| (strsim::damerau_levenshtein(&word, &plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    if distance <= word.chars().count().max(best.chars().count()).div_ceil(3) {
        return Some(best);
    }
    let mut beginning = known.iter().filter(|k| word.len() >= 3 && (k.starts_with(&word) || word.starts_with(**k)));
    match (beginning.next(), beginning.next()) {
        (Some(&only), None) => Some(only),
        _ => None,
    }
}

/// `did you mean `x`? known keys: x, y` for the hint line.
pub fn suggestion(word: &str, known: &[&str], of_what: &str) -> String {
    const LISTED: usize = 40;
    let mut hint = match nearest(word, known) {
        Some(best) => format!("did you mean `{best}`? "),
        None => String::new(),
    };
    if known.is_empty() {
        return format!("{hint}there are no {of_what}");
    }
    let listed: Vec<String> = known.iter().take(LISTED).map(|k| shown(k)).collect();
    hint.push_str(&format!("known {of_what}: {}", listed.join(", ")));
    if known.len() > LISTED {
        hint.push_str(&format!(" and {} more", known.len() - LISTED));
    }
    hint
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_and_far_ones() {
        let known = ["threshold", "modules", "snr", "min-scores"];
        assert_eq!(nearest("treshold", &known), Some("threshold"));
        assert_eq!(nearest("thresh", &known), Some("threshold"));
        assert_eq!(nearest("Min_Scores", &known), Some("min-scores"));
        assert_eq!(nearest("banana", &known), None);
        assert_eq!(nearest("", &known), None);
        assert_eq!(nearest(&"a".repeat(1 << 20), &known), None);
    }
}
