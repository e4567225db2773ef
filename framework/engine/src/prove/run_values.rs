//! RUN values of a source: those of the file that each output file was made of.

use super::attributes::unlike;
use super::gaps::Gap;
use super::made_of::part_of;
use super::rows;
use super::side::{Pair, Side};
use super::tally::{Check, Found};
use std::collections::BTreeMap;
use std::path::Path;
use trainyard_format::map::{DatasetMap, ElementType};
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Place, Result};

/// Compares the values of every file of the output that has any. Of a detector only what is there: an aggregator's
/// timestamps and values of several rows are not written.
///
/// # Errors
/// Failures of the machine.
pub(super) fn compare(input: &Side<'_>, output: &Side<'_>, of_detector: bool, pool: &OpenerPool) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let check = rows::check(of_detector);
    let values = |side: &Side<'_>, part: usize| -> BTreeMap<String, DatasetMap> {
        let own = side.map(part).map(|map| map.run_values.as_slice()).unwrap_or_default();
        own.iter().map(|dataset| (dataset.key.clone(), dataset.clone())).collect()
    };
    let with_values = |n: &usize| input.map(*n).is_some_and(|map| !map.run_values.is_empty());
    // the detector's come from its first file, those of others from the file with the same trains
    let first = (0..input.parts.len()).find(with_values);
    for part in 0..output.parts.len() {
        let Some(file) = output.file(part) else { continue };
        let made_of = if of_detector { first } else { part_of(input, file) };
        let Some(made_of) = made_of else { continue };
        let Some(origin) = input.file(made_of) else { continue };
        let (from, to) = (values(input, made_of), values(output, part));
        let place = |key: &str| Place::file(&file.path).source(format!("RUN/{}/{key}", output.source));
        for (key, dataset) in &from {
            let Some(other) = to.get(key) else {
                let left_out =
                    of_detector && (key.ends_with(".timestamp") || dataset.rows() != 1 || !comparable(dataset));
                if left_out {
                    found.push(Found::gap(Gap::RunValues, 1, format!("{}/{key}", output.source)));
                } else {
                    found.push(Found::error(check, place(key), "the output lacks the value"));
                }
                continue;
            };
            if dataset.rows() != other.rows() {
                found.push(Found::error(
                    check,
                    place(key),
                    format!("{} rows, in the input {}", other.rows(), dataset.rows()),
                ));
            }
        }
        let made = |key: &str| of_detector && key.ends_with(".timestamp");
        let extra = to.keys().filter(|key| !from.contains_key(*key) && !made(key));
        found.extend(extra.map(|key| Found::error(check, place(key), "the input has no such value")));
        for (key, dataset) in &from {
            let Some(other) = to.get(key) else { continue };
            // those of a detector stand on the key's group, where they are written at all
            if of_detector && other.attributes.is_empty() {
                found.push(Found::gap(Gap::RunAttributes, dataset.attributes.len() as u64, key.as_str()));
            } else if let Some(what) = unlike(other.attributes.iter(), &dataset.attributes) {
                found.push(Found::error(Check::Attributes, place(key), what).at(&other.path));
            }
        }
        let odd = from.iter().filter(|(key, dataset)| to.contains_key(*key) && !comparable(dataset));
        found.extend(odd.map(|(key, _)| Found::gap(Gap::Keys, 1, format!("RUN/{}/{key}", output.source))));
        let both: Vec<(&String, &DatasetMap, &DatasetMap)> = from
            .iter()
            .filter_map(|(key, dataset)| Some((key, dataset, to.get(key)?)))
            .filter(|(_, a, b)| a.rows() == b.rows() && comparable(a) && comparable(b))
            .collect();
        let paths =
            |which: fn(&(&String, &DatasetMap, &DatasetMap)) -> String| both.iter().map(which).collect::<Vec<String>>();
        let sums = (
            pool.digests(&origin.path, &paths(|(_, a, _)| a.path.clone())),
            pool.digests(&file.path, &paths(|(_, _, b)| b.path.clone())),
        );
        let (before, after) = match sums {
            (Ok(before), Ok(after)) => (before, after),
            (Err(error), _) | (_, Err(error)) => {
                found.push(Found::damage(check, error)?);
                continue;
            }
        };
        for ((key, a, b), _) in both.iter().zip(before.iter().zip(&after)).filter(|(_, (x, y))| x != y) {
            // texts may be of another length in the file, and other checksums then mean nothing
            let pairs: Vec<Pair> =
                (0..a.rows()).map(|row| Pair { train: 0, pulse: None, input: (0, row), output: (0, row) }).collect();
            let side = |path: &'_ Path, dataset: &'_ DatasetMap| {
                rows::differences(&pairs, &[Some((&origin.path, a))], &[Some((path, dataset))], pool)
            };
            if let Some((_, what)) = side(&file.path, b)?.into_iter().next() {
                found.push(Found::error(check, place(key), what));
            }
        }
    }
    Ok(found)
}

fn comparable(dataset: &DatasetMap) -> bool {
    !matches!(dataset.element, ElementType::Other(_)) && !dataset.shape.is_empty()
}
