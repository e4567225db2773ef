//! Files, sources and keys as text for a terminal.

use super::keys::{shape, KeyLine};
use super::sources::{GroupLine, SourceLine};
use super::summary::Summary;
use crate::cli::output::table;
use serde_json::Value;
use trainyard_format::words::{bytes, counted};

/// Longest value of the run shown; `--json` has all of it.
const VALUE: usize = 60;

pub fn files(summary: &Summary) -> String {
    let mut rows = vec![["name", "format", "trains", "from", "to", "sources", "size"].map(String::from).to_vec()];
    for file in &summary.files {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let id = |id: Option<u64>| id.map(|id| id.to_string()).unwrap_or_default();
        rows.push(vec![
            name.into(),
            file.format.clone(),
            file.trains.to_string(),
            id(file.first),
            id(file.last),
            file.sources.to_string(),
            bytes(file.bytes),
        ]);
    }
    format!("files\n{}", table(&rows))
}

/// One line each: section, rows, share of the trains that have any.
pub fn sources(summary: &Summary) -> String {
    let all = summary.trains.count;
    let mut rows = vec![["name", "section", "trains", "rows"].map(String::from).to_vec()];
    for source in &summary.sources {
        if let Some(target) = &source.alias_of {
            rows.push(vec![source.name.clone(), format!("old name of {target}")]);
            continue;
        }
        let trains = source.groups.iter().map(|group| group.trains).max().unwrap_or(0);
        let most = source.groups.iter().max_by_key(|group| group.rows);
        rows.push(vec![
            source.name.clone(),
            source.section.into(),
            format!("{trains}{}", share(trains, all)),
            most.map(each).unwrap_or_default(),
        ]);
    }
    format!("sources\n{}", table(&rows))
}

/// Every source with its groups, keys and values of the run.
pub fn keys(summary: &Summary) -> String {
    let all = summary.trains.count;
    summary.sources.iter().map(|source| one_source(source, all)).collect::<Vec<_>>().join("\n")
}

fn one_source(source: &SourceLine, all: usize) -> String {
    let mut text = format!("{}  [{}]", source.name, source.section);
    if let Some(target) = &source.alias_of {
        return format!("{text}  old name of {target}\n");
    }
    text.push('\n');
    for group in &source.groups {
        let name = if group.name.is_empty() { String::new() } else { format!("{}: ", group.name) };
        let rows = match group.trains {
            0 => "no rows".into(),
            trains => format!("{} in {}{}", each(group), counted(trains, "train"), share(trains, all)),
        };
        text.push_str(&format!("  {name}{rows}\n"));
        let keys: Vec<Vec<String>> = group.keys.iter().filter(|line| !is_timestamp(line, group)).map(key).collect();
        text.extend(table(&keys).lines().map(|line| format!("  {line}\n")));
    }
    let has_value = |key: &str| source.run_values.iter().any(|other| other.strip_suffix(".value") == Some(key));
    let is_value = |key: &&String| !key.strip_suffix(".timestamp").is_some_and(has_value);
    let values: Vec<Vec<String>> =
        source.run_values.iter().filter(is_value).map(|key| vec![key.clone(), value(source.values.get(key))]).collect();
    if !values.is_empty() {
        text.push_str("  for the whole run\n");
        text.extend(table(&values).lines().map(|line| format!("  {line}\n")));
    }
    text
}

/// ` (98.4 %)`, nothing when all.
fn share(trains: usize, all: usize) -> String {
    match trains < all {
        true => format!(" ({:.1} %)", trains as f64 / all as f64 * 100.0),
        false => String::new(),
    }
}

fn each(group: &GroupLine) -> String {
    match (group.least_per_train, group.most_per_train) {
        (least, most) if least == most => format!("{}, {least} each", counted(group.rows, "row")),
        (least, most) => format!("{}, {least} to {most} each", counted(group.rows, "row")),
    }
}

/// The `x.timestamp` beside every `x.value` of slow data.
fn is_timestamp(line: &KeyLine, group: &GroupLine) -> bool {
    let value = line.key.strip_suffix(".timestamp").map(|key| format!("{key}.value"));
    value.is_some_and(|value| group.keys.iter().any(|other| other.key == value))
}

fn key(line: &KeyLine) -> Vec<String> {
    let of_row = if line.shape.is_empty() { String::new() } else { shape(&line.shape) };
    // bare data take what they take
    let ratio = line.ratio.filter(|_| !line.filters.is_empty()).map(|ratio| format!(", ratio {ratio:.2}"));
    vec![
        line.key.clone(),
        format!("{} {of_row}", line.dtype).trim_end().into(),
        line.unit.clone().unwrap_or_default(),
        line.storage(),
        format!("{}{}", bytes(line.stored_bytes), ratio.unwrap_or_default()),
    ]
}

fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(failed)) => format!("({})", failed.get("error").and_then(Value::as_str).unwrap_or("?")),
        Some(other) => other.to_string(),
    };
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(VALUE) {
        Some((end, _)) => format!("{} ...", &line[..end]),
        None => line,
    }
}
