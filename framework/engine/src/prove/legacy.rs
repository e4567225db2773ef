//! Old names of sources: links that the input has stand in the output, and lead to the same source.

use super::tally::{Check, Found};
use trainyard_format::run::Run;
use trainyard_format::Place;

pub(super) fn compare(input: &Run, output: &Run) -> Vec<Found> {
    let mut found = Vec::new();
    let mut wrong = |name: &str, what: String| {
        found.push(Found::error(Check::Sources, Place::default().source(name), what));
    };
    let links = |run: &Run| -> Vec<(String, String)> {
        run.sources.iter().filter_map(|(name, entry)| Some((name.clone(), entry.legacy.clone()?))).collect()
    };
    let (before, after) = (links(input), links(output));
    for (old, new) in before.iter().filter(|(_, new)| output.sources.contains_key(new)) {
        match after.iter().find(|(name, _)| name == old) {
            Some((_, target)) if target == new => {}
            Some((_, target)) => wrong(old, format!("the old name leads to `{target}`, in the input to `{new}`")),
            None => wrong(old, format!("the old name of `{new}` is gone")),
        }
    }
    for (old, new) in after.iter().filter(|(old, _)| before.iter().all(|(name, _)| name != old)) {
        wrong(old, format!("the input has no such old name of `{new}`"));
    }
    found
}
