//! Sources with their index groups, datasets and RUN values.

use super::names::{split, Entry};
use super::{index, walk, Context};
use crate::error::{Error, Result};
use crate::hdf5::{Link, ObjectKind};
use crate::map::{GroupMap, Section, SourceMap, StoredIndex};
use std::collections::HashMap;

/// Listed by the DAQ in format 1.1 as the source of train ids; it has no data.
const TIME_SERVER: &str = "Karabo_TimerServer";

/// Sources in the order of their first entry.
pub(super) fn read(
    context: &mut Context,
    data_sources: &[String],
    auxiliary: &[String],
    trains: usize,
) -> Result<Vec<SourceMap>> {
    let mut order: Vec<(Section, String, Vec<String>)> = Vec::new();
    let mut position: HashMap<(Section, String), usize> = HashMap::new();
    for entry in data_sources.iter().chain(auxiliary) {
        if entry.ends_with(TIME_SERVER) {
            continue;
        }
        let Entry { section, source, group } = split(entry).ok_or_else(|| {
            let text = format!("METADATA lists the source `{entry}`, which is of no known section, or no name");
            Error::input(text, context.place("METADATA/dataSources")).with_hint(
                "sections are CONTROL, INSTRUMENT, REDUCTION and ERRATA; no part of a name is empty or made of dots",
            )
        })?;
        let place = *position.entry((section, source.clone())).or_insert_with(|| {
            order.push((section, source, Vec::new()));
            order.len() - 1
        });
        if let Some((_, source, groups)) = order.get_mut(place) {
            if groups.contains(&group) {
                let source = source.clone();
                context.odd("METADATA/dataSources", format!("`{source}` is listed twice"));
            } else {
                groups.push(group);
            }
        }
    }
    order.into_iter().map(|(section, name, groups)| source(context, section, name, &groups, trains)).collect()
}

fn source(
    context: &mut Context,
    section: Section,
    name: String,
    groups: &[String],
    trains: usize,
) -> Result<SourceMap> {
    let path = format!("/{}/{name}", section.group_name());
    let mut source = SourceMap { section, name, groups: Vec::new(), legacy_target: None, run_values: Vec::new() };
    match link(context, &path)? {
        Some(Link::Soft(target)) => {
            source.legacy_target = Some(legacy_name(section, &target));
            if !context.has(&target)? {
                context.odd(&path, format!("a link to `{target}`, which is not there"));
            }
        }
        Some(Link::Other) => context.odd(&path, "a link of an unknown kind"),
        found @ (Some(Link::Hard | Link::External { .. }) | None) => {
            if let Some(Link::External { file, path: target }) = &found {
                let (parent, child) = path.rsplit_once('/').unwrap_or(("/", &path));
                context.file.group(parent)?.follow(child, file, target)?;
            }
            for group in groups {
                source.groups.extend(index_group(context, &source, group, found.is_some(), trains)?);
            }
        }
    }
    let run = format!("/RUN/{}", source.name);
    if matches!(link(context, &run)?, Some(Link::Hard | Link::External { .. })) {
        let (parent, child) = run.rsplit_once('/').unwrap_or(("/", &run));
        if context.file.group(parent)?.kind(child)? == ObjectKind::Group {
            let group = context.file.group(&run)?;
            source.run_values = walk::datasets(context, &group)?.datasets;
        }
    }
    Ok(source)
}

/// The link at an absolute path; `None` when something on the way is missing.
fn link(context: &Context, path: &str) -> Result<Option<Link>> {
    context.file.root()?.link(path.trim_start_matches('/'))
}

/// `/INSTRUMENT/NEW:output` -> `NEW:output`
fn legacy_name(section: Section, target: &str) -> String {
    let target = target.trim_start_matches('/');
    target.strip_prefix(section.group_name()).unwrap_or(target).trim_start_matches('/').to_owned()
}

/// One index group; `None` when the source has neither index nor data (a source that only has RUN values).
fn index_group(
    context: &mut Context,
    source: &SourceMap,
    name: &str,
    present: bool,
    trains: usize,
) -> Result<Option<GroupMap>> {
    let suffix = if name.is_empty() { String::new() } else { format!("/{name}") };
    let path = format!("/{}/{}{suffix}", source.section.group_name(), source.name);
    let found = if present && context.has(&path)? {
        let group = context.file.group(&path)?;
        walk::datasets(context, &group)?
    } else {
        walk::Found::default()
    };
    let index_path = format!("INDEX/{}{suffix}", source.name);
    let (first, count, stored_index) = match index::read(context, &index_path, trains)? {
        Some(index) => (index.first, index.count, index.stored),
        None if found.datasets.iter().any(|dataset| dataset.rows() > 0) => {
            return Err(context.missing(&format!("{index_path}/first")));
        }
        None if found.datasets.is_empty() => return Ok(None),
        None => (vec![0; trains], vec![0; trains], StoredIndex::default()),
    };
    Ok(Some(GroupMap {
        name: name.into(),
        first,
        count,
        stored_index,
        datasets: found.datasets,
        key_attributes: found.attributes,
    }))
}
