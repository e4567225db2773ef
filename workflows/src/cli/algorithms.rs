//! `trainyard algorithms [NAME]`: the steps a workflow may use; one in detail.

use super::output::{print, print_json, table};
use super::{openers, step_page, Exit, Failure};
use crate::assemble::assemble;
use crate::document::check::describe::{parameters, takes, Parameter};
use crate::document::{shown, suggestion};
use crate::workflow::Workflow;
use serde_json::{json, Value};
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_engine::algorithm::{Registration, Registry};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard algorithms
  trainyard algorithms integrate-azimuthally
  trainyard algorithms integrate-azimuthally --example > workflow.yaml")]
pub struct AlgorithmsOptions {
    /// show this one in detail
    pub name: Option<String>,
    /// as JSON, with the schema of the parameters
    #[arg(long)]
    pub json: bool,
    /// a workflow that shows the step's use
    #[arg(long, requires = "name", conflicts_with = "json")]
    pub example: bool,
    /// the step's page of the book; without NAME the list of them
    #[arg(long, conflicts_with_all = ["json", "example"])]
    pub markdown: bool,
    /// run that the example is held against, for the names of what its step leaves
    #[arg(long, value_name = "RUN", requires_all = ["name", "markdown"])]
    pub run: Option<PathBuf>,
}

impl AlgorithmsOptions {
    /// # Errors
    /// A name that is not known.
    pub fn run(&self, registry: &Registry) -> Result<Exit, Failure> {
        let Some(name) = &self.name else {
            if self.markdown {
                print(&step_page::index(registry))?;
            } else if self.json {
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
        if self.example || self.markdown {
            print(&self.words(registration, registry)?)?;
            return Ok(Exit::Done);
        }
        let schema = (registration.schema)().to_value();
        if self.json {
            print_json(&json!({
                "name": registration.name,
                "summary": registration.summary,
                "details": registration.details,
                "example": registration.example,
                "schema": schema,
            }))?;
        } else {
            print(&in_detail(registration, &schema))?;
        }
        Ok(Exit::Done)
    }

    /// The example, or the page with it.
    fn words(&self, registration: &Registration, registry: &Registry) -> Result<String, Failure> {
        let comment = format!("# {}\n# A run for it: {}\n", registration.summary, step_page::SIMULATED);
        let example = step_page::example(registration);
        if self.example {
            return match registration.example.is_empty() {
                true => Err(Failure::new(Exit::Workflow, &format!("`{}` has no example", registration.name), None)),
                false => Ok(format!("{comment}{example}")),
            };
        }
        let Some(run) = &self.run else { return Ok(step_page::page(registration, None)) };
        let run = run.display();
        let sets = [format!("run={run}"), format!("geometry={run}/simulated.geom")];
        let checked = Workflow::of_bytes(example.as_bytes(), "the example", PathBuf::from("."), &sets, registry)?;
        let job = assemble(&checked, registry, Arc::new(openers()?), None)?;
        Ok(step_page::page(registration, Some(&job)))
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
