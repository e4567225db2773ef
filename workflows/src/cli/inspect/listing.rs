//! The figures as text for a terminal.

use super::summary::{DetectorLine, GroupLine, KeyLine, SourceLine, Summary};
use crate::cli::output::{bytes, table};

/// Most gaps and oddities shown; `--json` has all.
const SHOWN: usize = 10;

pub fn listing(summary: &Summary) -> String {
    let mut text = String::new();
    for folder in &summary.folders {
        text.push_str(&format!("{folder}\n"));
    }
    text.push_str(&trains(summary));
    text.extend(summary.detectors.iter().map(detector));
    text.push_str("\nfiles\n");
    text.push_str(&files(summary));
    text.push_str("\nsources\n");
    for source in &summary.sources {
        text.push_str(&one_source(source));
    }
    if !summary.problems.is_empty() {
        text.push_str("\nodd\n");
        text.push_str(&some(&summary.problems));
    }
    text
}

fn trains(summary: &Summary) -> String {
    let trains = &summary.trains;
    let mut text = match (trains.first, trains.last) {
        (Some(first), Some(last)) => format!("{} trains, {first} to {last}\n", trains.count),
        _ => "no trains\n".to_string(),
    };
    if trains.missing > 0 {
        text.push_str(&format!(
            "{} train ids between them are missing, `A:B` up to but not including B\n",
            trains.missing
        ));
        text.push_str(&some(&trains.gaps));
    }
    if trains.suspect > 0 {
        text.push_str(&format!("{} trains are flagged as suspect\n", trains.suspect));
    }
    text
}

fn detector(line: &DetectorLine) -> String {
    let list = |numbers: &[u16]| numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    let [slow, fast] = line.pixels;
    let state = if line.raw { "raw" } else { "corrected" };
    let mut text = format!("{}: {} modules of {slow} x {fast} pixels, {state}", line.name, line.modules.len());
    if line.parallel_gain {
        text.push_str(", three gain stages in each train (parallel gain)");
    }
    if !line.missing.is_empty() {
        text.push_str(&format!("; not there: {}", list(&line.missing)));
    }
    text + "\n"
}

fn some(lines: &[String]) -> String {
    let mut text: String = lines.iter().take(SHOWN).map(|line| format!("  {line}\n")).collect();
    if lines.len() > SHOWN {
        text.push_str(&format!("  ... and {} more\n", lines.len() - SHOWN));
    }
    text
}

fn files(summary: &Summary) -> String {
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
    table(&rows)
}

fn one_source(source: &SourceLine) -> String {
    let mut text = format!("  {}  [{}]", source.name, source.section);
    if let Some(target) = &source.alias_of {
        return format!("{text}  old name of {target}\n");
    }
    text.push('\n');
    for group in &source.groups {
        text.push_str(&format!("    {}\n", rows_of(group)));
        let keys: Vec<Vec<String>> = group.keys.iter().filter(|line| !is_timestamp(line, group)).map(key).collect();
        text.extend(table(&keys).lines().map(|line| format!("    {line}\n")));
    }
    if source.groups.is_empty() && !source.run_values.is_empty() {
        text.push_str(&format!("    {} values of the run\n", source.run_values.len()));
    }
    text
}

fn rows_of(group: &GroupLine) -> String {
    let each = match (group.least_per_train, group.most_per_train) {
        (least, most) if least == most => format!("{least} each"),
        (least, most) => format!("{least} to {most} each"),
    };
    let name = if group.name.is_empty() { String::new() } else { format!("{}: ", group.name) };
    match group.trains {
        0 => format!("{name}no rows"),
        trains => format!("{name}{} rows in {trains} trains, {each}", group.rows),
    }
}

/// The `x.timestamp` beside every `x.value` of slow data.
fn is_timestamp(line: &KeyLine, group: &GroupLine) -> bool {
    let value = line.key.strip_suffix(".timestamp").map(|key| format!("{key}.value"));
    value.is_some_and(|value| group.keys.iter().any(|other| other.key == value))
}

fn key(line: &KeyLine) -> Vec<String> {
    let list = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let mut stored = match line.filters.is_empty() {
        true => line.layout.to_string(),
        false => line.filters.join(" + "),
    };
    if let Some(chunk) = line.chunk.as_ref().filter(|_| !line.shape.is_empty()) {
        stored.push_str(&format!(" in chunks [{}]", list(chunk)));
    }
    let shape = if line.shape.is_empty() { String::new() } else { format!("[{}]", list(&line.shape)) };
    vec![line.key.clone(), format!("{} {shape}", line.dtype).trim_end().into(), stored, bytes(line.stored_bytes)]
}
