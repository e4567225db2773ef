//! The page of a step, in Markdown: what `algorithms NAME` tells, an example, and, from a run, the names of what the
//! example's steps leave.

use crate::document::check::describe::{parameters, takes};
use serde_json::Value;
use trainyard_engine::algorithm::{OutputDecl, Registration, Registry, Rows, StepKind};
use trainyard_engine::plan::Job;

/// What makes the run that examples are for.
pub const SIMULATED: &str = "trainyard simulate sfx --output run --trains 2 --pulses 16 --lit-stride 2";

/// The example as a workflow for that run.
pub fn example(registration: &Registration) -> String {
    let steps: String = registration.example.lines().map(|line| format!("  {line}\n")).collect();
    format!("run: run\ngeometry: run/simulated.geom\noutput: reduced\nsteps:\n{steps}")
}

/// The whole page; `job` is the example's, against a run.
pub fn page(registration: &Registration, job: Option<&Job>) -> String {
    let (name, summary) = (registration.name, registration.summary);
    let mut text = format!("# {name}\n\n");
    text.push_str("<!-- made of the code by `trainyard algorithms NAME --markdown`: edit that -->\n\n");
    text.push_str(&format!("{}.\n\n", capital(summary)));
    text.push_str(&parameters_table(&(registration.schema)().to_value()));
    let details = registration.details.trim();
    if !details.is_empty() {
        text.push_str(&format!("\n{details}\n"));
    }
    if let Some(job) = job {
        text.push_str(&leaves(registration, job));
    }
    if !registration.example.is_empty() {
        text.push_str(&format!("\n## Example\n\n```yaml\n{}```\n\n", example(registration)));
        text.push_str(&format!("It runs on what this makes: `{SIMULATED}`\n"));
    }
    text
}

/// All steps, one a line.
pub fn index(registry: &Registry) -> String {
    let mut text = "# Steps\n\n| step | does |\n|---|---|\n".to_string();
    for registration in registry.iter() {
        let name = registration.name;
        text.push_str(&format!("| [{name}]({name}.md) | {} |\n", cell(registration.summary)));
    }
    text
}

fn parameters_table(schema: &Value) -> String {
    let parameters = parameters(schema);
    if parameters.is_empty() {
        let takes = takes(schema);
        return match takes.starts_with('{') || takes == "map" {
            true => "No parameters.\n".into(),
            false => format!("Takes {takes}.\n"),
        };
    }
    let mut text = "| parameter | takes | default | |\n|---|---|---|---|\n".to_string();
    for parameter in &parameters {
        let default = match &parameter.default {
            Some(Value::String(word)) => format!("`{}`", cell(word)),
            Some(value) => format!("`{}`", cell(&value.to_string())),
            None if parameter.required => "required".into(),
            None => "none".into(),
        };
        let about = parameter.description.lines().collect::<Vec<_>>().join(" ");
        text.push_str(&format!(
            "| `{}` | {} | {default} | {} |\n",
            parameter.key,
            cell(&parameter.takes),
            cell(&about)
        ));
    }
    text.push_str("| `as` | text | the step's name | another name for what the step leaves |\n");
    text
}

/// Names of columns and datasets, as the plan has them.
fn leaves(registration: &Registration, job: &Job) -> String {
    let mut text = String::new();
    for planned in job.steps.iter().filter(|step| step.label == registration.name) {
        let (step, source) = (&planned.step, planned.source.as_str());
        for column in &step.columns {
            let unit = if column.unit.is_empty() { String::new() } else { format!(" in {}", column.unit) };
            text.push_str(&format!("| column | `{}`{unit} | |\n", column.name));
        }
        let by = if matches!(step.rows, Rows::ByTrain(_)) { "by train" } else { "by frame" };
        for output in step.rows.declared() {
            text.push_str(&line(by, &format!("`{source}:output`, `data.{}`", output.key), output));
        }
        for (list, output) in step.list.iter().flat_map(|list| list.outputs.iter().map(move |output| (list, output))) {
            text.push_str(&line("by entry", &format!("`{source}:output`, `{}.{}`", list.group, output.key), output));
        }
        let silent = matches!(step.kind, StepKind::Keep(_) | StepKind::Transform(_) | StepKind::Write(_));
        if !silent && step.maps.is_empty() {
            text.push_str(&format!("| run values | `{source}` | |\n"));
        }
        for map in step.maps.iter().filter(|_| !matches!(step.rows, Rows::ByTrain(_))) {
            text.push_str(&line("by group and module", &format!("`{source}`, run value `{}`", map.key), map));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n## What the example's step leaves\n\n| | name | |\n|---|---|---|\n{text}"),
    }
}

fn line(by: &str, name: &str, output: &OutputDecl) -> String {
    let shape: Vec<String> = output.shape.iter().map(u64::to_string).collect();
    let shape = if shape.is_empty() { String::new() } else { format!(" [{}]", shape.join(", ")) };
    let unit = if output.unit.is_empty() { String::new() } else { format!(" in {}", output.unit) };
    let element = format!("{:?}", output.element).to_lowercase();
    format!("| {by} | {name} | {element}{shape}{unit}: {} |\n", cell(&output.description))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A bar would end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
