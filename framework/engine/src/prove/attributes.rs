//! Attributes (units, names, aliases) of the keys that were carried over.
//!
//! A detector's keys have those of its first file, other keys those of the file they come from. Pixels with loss may
//! have more: what was promised and achieved. Attributes of groups are compared in CONTROL, where the
//! format has them; in INSTRUMENT they are compared where they were carried over.
//!
//! Of an input that was compressed with loss itself: where pixels are compressed anew, what is stated is about that; else the
//! promise stands as it was, and what was achieved, which was said of one file, may be gone.

use super::gaps::Gap;
use super::made_of::part_of;
use super::side::Side;
use super::tally::{Check, Found};
use std::collections::BTreeSet;
use trainyard_format::map::{Attribute, AttributeValue, DatasetMap, GroupMap};
use trainyard_format::Place;

/// Attributes that lossy compression adds begin so.
const LOSSY: &str = "lossy";
/// Those of what was achieved in one file.
const ACHIEVED: [&str; 3] = ["lossyMaxError", "lossyLosslessChunks", "lossyPsnr"];

/// The key of a detector's module whose attributes may tell of loss.
#[derive(Clone, Copy)]
pub(super) struct Pixels<'a> {
    pub key: &'a str,
    /// this reduction compresses them with loss
    pub anew: bool,
    /// a step gave them another unit: its symbol
    pub unit: Option<&'a str>,
}

/// Attributes of a unit.
const UNIT: [&str; 7] =
    ["description", "metricPrefixEnum", "metricPrefixName", "metricPrefixSymbol", "unitEnum", "unitName", "unitSymbol"];

impl Pixels<'_> {
    /// What must be as it was, of the attributes of `key`.
    fn to_compare(of: Option<Self>, key: &str, attributes: &[Attribute]) -> Vec<Attribute> {
        let Some(pixels) = of.filter(|pixels| pixels.key == key) else { return attributes.to_vec() };
        let of_loss = |a: &&Attribute| {
            if pixels.anew {
                a.name.starts_with(LOSSY)
            } else {
                ACHIEVED.contains(&a.name.as_str())
            }
        };
        let of_unit = |a: &&Attribute| pixels.unit.is_some() && UNIT.contains(&a.name.as_str());
        attributes.iter().filter(|a| !of_loss(a) && !of_unit(a)).cloned().collect()
    }
}

/// Compares every key of a source.
pub(super) fn compare(input: &Side<'_>, output: &Side<'_>, pixels: Option<Pixels<'_>>) -> Vec<Found> {
    let mut found = Vec::new();
    for part in 0..output.parts.len() {
        let (Some(file), Some(source)) = (output.file(part), output.map(part)) else { continue };
        for group in &source.groups {
            let origins = match pixels {
                Some(_) => 0..input.parts.len(),
                None => part_of(input, file).map_or(0..0, |part| part..part + 1),
            };
            let originals = || origins.clone().filter_map(|part| input.group(part, &group.name));
            if let Some(original) = originals().next().filter(|_| !group.name.is_empty()) {
                found.extend(of_groups(original, group).into_iter().map(|(key, outcome)| match outcome {
                    Ok(lost) => Found::gap(Gap::GroupAttributes, lost, format!("{}/{key}", input.source)),
                    Err(what) => {
                        let place = Place::file(&file.path).source(format!("{}/{}/{key}", input.source, group.name));
                        Found::error(Check::Attributes, place, what)
                    }
                }));
            }
            for dataset in &group.datasets {
                let key = group.source_key(dataset);
                let Some(original) = originals().find_map(|group| group.dataset(&key)) else { continue };
                let place = || Place::file(&file.path).source(format!("{}/{key}", input.source));
                if let Some(unit) = pixels.filter(|pixels| pixels.key == key).and_then(|pixels| pixels.unit) {
                    let stated = dataset.attributes.iter().find(|a| a.name == "unitSymbol").map(|a| &a.value);
                    if stated != Some(&AttributeValue::Text(unit.into())) {
                        let what = format!("the unit is {stated:?}, by the workflow's steps `{unit}`");
                        found.push(error(place(), dataset, what));
                    }
                }
                let is = Pixels::to_compare(pixels, &key, &dataset.attributes);
                let was = Pixels::to_compare(pixels, &key, &original.attributes);
                found.extend(unlike(is.iter(), &was).map(|what| error(place(), dataset, what)));
                let of_key = |group: &GroupMap| -> Vec<Attribute> {
                    let name = key.strip_suffix(".value").unwrap_or(&key);
                    let found = group.key_attributes.iter().find(|(key, _)| key == name);
                    found.map(|(_, attributes)| attributes.clone()).unwrap_or_default()
                };
                if let Some(original) = originals().next().filter(|_| group.name.is_empty() && key.ends_with(".value"))
                {
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

/// Attributes of the groups inside an index group of INSTRUMENT: equal where the output has any, else how many are lost.
fn of_groups<'a>(original: &'a GroupMap, group: &'a GroupMap) -> Vec<(&'a str, Result<u64, String>)> {
    let of = |map: &'a GroupMap, key: &str| {
        map.key_attributes.iter().find(|(other, _)| other == key).map(|(_, attributes)| attributes.as_slice())
    };
    let keys: BTreeSet<&str> =
        original.key_attributes.iter().chain(&group.key_attributes).map(|(key, _)| key.as_str()).collect();
    let outcome = |key: &'a str| match (of(original, key).unwrap_or_default(), of(group, key).unwrap_or_default()) {
        (was, []) => Some((key, Ok(was.len() as u64))),
        (was, is) => unlike(is.iter(), was).map(|what| (key, Err(what))),
    };
    keys.into_iter().filter_map(outcome).collect()
}

/// The first attribute that is missing, new or of another value.
pub(super) fn unlike<'a>(is: impl Iterator<Item = &'a Attribute>, was: &[Attribute]) -> Option<String> {
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

    #[test]
    fn what_is_said_of_loss_is_of_this_reduction_or_stays() {
        let all: Vec<Attribute> = ["alias", "lossyBound", "lossyMaxError"]
            .map(|name| Attribute { name: name.into(), value: AttributeValue::Text(String::new()) })
            .into();
        let names = |key: &'static str, anew| {
            let of = Some(Pixels { key, anew, unit: None });
            Pixels::to_compare(of, "image.data", &all).iter().map(|a| a.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("image.data", true), ["alias"]);
        assert_eq!(names("image.data", false), ["alias", "lossyBound"]);
        assert_eq!(names("image.mask", true).len(), 3);
    }

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
