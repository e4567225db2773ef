//! Layout and parameters to datasets with every name and size known, or to the list of all mistakes.

use super::declared::Declared;
use super::paths::Paths;
use super::template::Template;
use super::{Layout, Parameters, SeriesOptions};
use crate::run::hint;
use std::collections::{BTreeMap, BTreeSet};

/// The datasets in order of declaration, and the names they take in the file.
pub(super) fn resolve(
    layout: &Layout,
    parameters: &Parameters,
    options: &SeriesOptions,
) -> Result<(Vec<Declared>, Paths), Vec<String>> {
    let mut faults = Vec::new();
    let mut aliases = BTreeMap::new();
    for (name, source) in &layout.aliases {
        if aliases.insert(name.as_str(), source.as_str()).is_some() {
            faults.push(format!("alias `{name}`: it is declared twice"));
        }
    }
    let (mut names, mut taken) = (BTreeSet::new(), Paths::new());
    let mut declared: Vec<Declared> = Vec::new();
    for (name, dataset) in &layout.datasets {
        let mut resolve = || -> Result<Declared, String> {
            if !names.insert(name) {
                return Err("it is declared twice".into());
            }
            let source = source_name(&dataset.source, &aliases, parameters)?;
            let one = Declared::new(name, dataset, source, parameters, options)?;
            one.take_names(&mut taken)?;
            Ok(one)
        };
        match resolve() {
            Ok(one) => declared.push(one),
            Err(what) => faults.push(format!("dataset `{name}`: {what}")),
        }
    }
    for ((source, group), name) in groups(&declared) {
        if let Err(what) = taken.take(&index_paths(source, group)) {
            faults.push(format!("dataset `{name}`: {what}"));
        }
    }
    if faults.is_empty() {
        Ok((declared, taken))
    } else {
        Err(faults)
    }
}

/// Index groups with the first dataset of each.
fn groups(declared: &[Declared]) -> BTreeMap<(&str, &str), &str> {
    let mut groups = BTreeMap::new();
    for one in declared {
        groups.entry((one.source.as_str(), one.group.as_str())).or_insert(one.name.as_str());
    }
    groups
}

/// What the index of a group occupies; CONTROL has no group name.
pub(super) fn index_paths(source: &str, group: &str) -> [String; 2] {
    let base = if group.is_empty() { format!("INDEX/{source}") } else { format!("INDEX/{source}/{group}") };
    [format!("{base}/first"), format!("{base}/count")]
}

/// `@alias` or a name, with its parameters filled in.
fn source_name(source: &str, aliases: &BTreeMap<&str, &str>, parameters: &Parameters) -> Result<String, String> {
    let template = match source.strip_prefix('@') {
        None => source,
        Some(alias) => {
            let unknown = || format!("there is no alias `@{alias}`; {}", hint(alias, aliases.keys().copied()));
            aliases.get(alias).copied().ok_or_else(unknown)?
        }
    };
    Template::parse(template)?.fill(parameters)
}
