//! `trainyard algorithms [NAME]`: the steps a workflow may use; one in detail.

use super::output::{print, print_json, table};
use super::{Exit, Failure};
use crate::document::check::describe::{parameters, takes, Parameter};
use crate::document::{shown, suggestion};
use serde_json::{json, Value};
use trainyard_engine::algorithm::{Registration, Registry};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard algorithms
  trainyard algorithms integrate-azimuthally")]
pub struct AlgorithmsOptions {
    /// show this one in detail
    pub name: Option<String>,
    /// as JSON, with the schema of the parameters
    #[arg(long)]
    pub json: bool,
}

impl AlgorithmsOptions {
    /// # Errors
    /// A name that is not known.
    pub fn run(&self, registry: &Registry) -> Result<Exit, Failure> {
        let Some(name) = &self.name else {
            if self.json {
                let entry = |r: &Registration| json!({"name": r.name, "summary": r.summary});
                print_json(&registry.iter().map(entry).collect::<Vec<Value>>())?;
            } else {
                let rows: Vec<Vec<String>> = registry.iter().map(|r| vec![r.name.into(), r.summary.into()]).collect();
                print(&table(&rows))?;
            }
            return Ok(Exit::Done);
        };
        let Some(registration) = registry.get(name) else {
            let names: Vec<&str> = registry.iter().map(|r| r.name).collect();
            let hint = suggestion(name, &names, "algorithms");
            return Err(Failure::new(Exit::Workflow, &format!("unknown algorithm `{}`", shown(name)), Some(&hint)));
        };
        let schema = (registration.schema)().to_value();
        if self.json {
            print_json(&json!({
                "name": registration.name,
                "summary": registration.summary,
                "details": registration.details,
                "schema": schema,
            }))?;
        } else {
            print(&in_detail(registration, &schema))?;
        }
        Ok(Exit::Done)
    }
}

fn in_detail(registration: &Registration, schema: &Value) -> String {
    let mut text = format!("{}: {}\n\n", registration.name, registration.summary);
    let parameters = parameters(schema);
    if parameters.is_empty() {
        let takes = takes(schema);
        text.push_str(&match takes.starts_with('{') || takes == "map" {
            true => "no parameters\n".to_string(),
            false => format!("takes {takes}\n"),
        });
    } else {
        text.push_str("parameters\n");
        for parameter in &parameters {
            text.push_str(&one_parameter(parameter));
        }
        text.push_str("  as: text\n      another name for what the step leaves\n");
    }
    let details = registration.details.trim();
    if !details.is_empty() {
        text.push_str(&format!("\n{details}\n"));
    }
    text
}

fn one_parameter(parameter: &Parameter) -> String {
    let mut text = format!("  {}: {}", parameter.key, parameter.takes);
    match &parameter.default {
        Some(Value::String(default)) => text.push_str(&format!("  (default {default})")),
        Some(default) => text.push_str(&format!("  (default {default})")),
        None if parameter.required => text.push_str("  (required)"),
        None => {}
    }
    text.push('\n');
    for line in parameter.description.lines() {
        text.push_str(&format!("      {line}\n"));
    }
    text
}
