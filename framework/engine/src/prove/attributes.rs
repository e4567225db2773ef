//! Attributes (units, names, aliases) of the keys that were carried over.
//!
//! A detector's keys have those of its first file, other keys those of the file they come from. Pixels with loss may
//! have more: what was promised and achieved. Attributes of groups are compared where the format has them, in CONTROL.

use super::made_of::part_of;
use super::side::Side;
use super::tally::{Check, Found};
use trainyard_format::map::{Attribute, DatasetMap, GroupMap};
use trainyard_format::Place;

/// Attributes that lossy compression adds begin so.
const LOSSY: &str = "lossy";

/// Compares every key of a source. `pixels`: the key whose attributes may tell of loss; of a detector's module only.
pub(super) fn compare(input: &Side<'_>, output: &Side<'_>, pixels: Option<&str>) -> Vec<Found> {
    let mut found = Vec::new();
    for part in 0..output.parts.len() {
        let (Some(file), Some(source)) = (output.file(part), output.map(part)) else { continue };
        for group in &source.groups {
            let origins: Vec<usize> = match pixels {
                Some(_) => (0..input.parts.len()).collect(),
                None => part_of(input, file).into_iter().collect(),
            };
            let originals: Vec<&GroupMap> = origins.iter().filter_map(|&n| input.group(n, &group.name)).collect();
            for dataset in &group.datasets {
                let key = group.source_key(dataset);
                let Some(original) = originals.iter().find_map(|group| group.dataset(&key)) else { continue };
                let place = || Place::file(&file.path).source(format!("{}/{key}", input.source));
                let is =
                    dataset.attributes.iter().filter(|a| pixels != Some(key.as_str()) || !a.name.starts_with(LOSSY));
                found.extend(unlike(is, &original.attributes).map(|what| error(place(), dataset, what)));
                let of_key = |group: &GroupMap| -> Vec<Attribute> {
                    let name = key.strip_suffix(".value").unwrap_or(&key);
                    let found = group.key_attributes.iter().find(|(key, _)| key == name);
                    found.map(|(_, attributes)| attributes.clone()).unwrap_or_default()
                };
                if let Some(original) = originals.first().filter(|_| group.name.is_empty() && key.ends_with(".value")) {
                    let (is, was) = (of_key(group), of_key(original));
                    found.extend(unlike(is.iter(), &was).map(|what| error(place(), dataset, what)));
                }
            }
        }
    }
    found
}

fn error(place: Place, dataset: &DatasetMap, what: String) -> Found {
    Found::error(Check::Attributes, place, what).at(&dataset.path)
}

/// The first attribute that is missing, new or of another value.
fn unlike<'a>(is: impl Iterator<Item = &'a Attribute>, was: &[Attribute]) -> Option<String> {
    let is: Vec<&Attribute> = is.collect();
    let lost = was.iter().find_map(|old| match is.iter().find(|new| new.name == old.name) {
        None => Some(format!("the attribute `{}` is gone", old.name)),
        Some(new) if **new != *old => Some(format!("the attribute `{}` is another one", old.name)),
        Some(_) => None,
    });
    let added = || is.iter().find(|new| was.iter().all(|old| old.name != new.name));
    lost.or_else(|| added().map(|new| format!("the attribute `{}` is not in the input", new.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_format::map::AttributeValue;

    #[test]
    fn lost_changed_and_added() {
        let text = |name: &str, value: &str| Attribute { name: name.into(), value: AttributeValue::Text(value.into()) };
        let was = [text("alias", "a"), text("unitSymbol", "eV")];
        let told = |is: &[Attribute]| unlike(is.iter(), &was);
        assert_eq!(told(&was), None);
        assert!(told(&was[..1]).is_some_and(|what| what.contains("`unitSymbol` is gone")));
        assert!(told(&[text("alias", "a"), text("unitSymbol", "J")]).is_some_and(|what| what.contains("another")));
        let more = [was[0].clone(), was[1].clone(), text("new", "")];
        assert!(told(&more).is_some_and(|what| what.contains("`new` is not in the input")));
    }
}
