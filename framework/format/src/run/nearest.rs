//! "Did you mean": the known name nearest to one that is not there.

/// Below this likeness (1 = equal) a suggestion would rather confuse.
const LIKENESS: f64 = 0.6;

/// The likest of `known`; of equals the first in order.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let likeness = strsim::normalized_levenshtein(name, candidate);
        if likeness >= LIKENESS && best.is_none_or(|(highest, _)| likeness > highest) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `did you mean X?`, else some of what there is.
pub(crate) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(candidate) = nearest(name, known.clone()) {
        return format!("did you mean `{candidate}`?");
    }
    let all: Vec<&str> = known.into_iter().collect();
    if all.is_empty() {
        return "there is none".into();
    }
    let shown: Vec<String> = all.iter().take(8).map(|name| format!("`{name}`")).collect();
    let more = if all.len() > shown.len() { format!(" and {} more", all.len() - shown.len()) } else { String::new() };
    format!("there are {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_name_is_offered_and_nothing_far_off() {
        let known = ["SPB_XTD9_XGM/DOOCS/MAIN", "SA1_XTD2_XGM/DOOCS/MAIN"];
        assert_eq!(nearest("SA1_XTD2_XGM/DOCS/MAIN", known), Some("SA1_XTD2_XGM/DOOCS/MAIN"));
        assert_eq!(nearest("x", known), None);
        assert!(hint("x", known).starts_with("there are `SPB_XTD9"));
    }
}
