//! `explain`: why one frame was kept or dropped, of what was published about it.

use super::openers::openers;
use super::output::{print, print_json, table};
use super::{Exit, Failure};
use serde::Serialize;
use std::path::PathBuf;
use trainyard_engine::algorithm::figures;
use trainyard_engine::plan::{COLUMNS, FATE};
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};
use trainyard_report::gather::{key_of, labels, limits};
use trainyard_report::Published;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard explain reduced/r0053 --train 10005 --pulse 12

Tells the fate of the frame, what each step published about it, and each condition with the values that it was held against.")]
pub struct ExplainOptions {
    /// the output folder of a finished run
    pub output: PathBuf,
    /// train id
    #[arg(long, value_name = "ID")]
    pub train: u64,
    /// pulse id; of a camera the row in the train, of JUNGFRAU the cell
    #[arg(long, value_name = "ID")]
    pub pulse: u64,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Explanation {
    train: u64,
    pulse: u64,
    cell: u64,
    fate: String,
    kept: bool,
    steps: Vec<Told>,
    /// all columns that steps made, no value: null
    columns: Vec<Named>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Told {
    number: u64,
    step: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// what the condition looked at, or what the step published of the frame
    values: Vec<Named>,
}

#[derive(Clone, Debug, Serialize)]
struct Named {
    name: String,
    value: Option<f64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    unit: String,
}

impl ExplainOptions {
    /// # Errors
    /// No finished reduction, or no such frame in it.
    pub fn run(self) -> std::result::Result<Exit, Failure> {
        let openers = openers()?;
        let told = self.explanation(&openers)?;
        if self.json {
            print_json(&told)?;
        } else {
            print(&text(&told))?;
        }
        Ok(Exit::Done)
    }

    fn explanation(&self, pool: &OpenerPool) -> Result<Explanation> {
        let published = Published::open(&self.output, pool)?;
        let (frame, frames) = self.frame(&published, pool)?;
        let value = |source: &str, key: &str| -> Result<Option<f64>> {
            let values = published.results.values_of(source, key, &[self.train], pool)?;
            Ok(values.of_train(self.train).filter(|all| all.len() == frames).and_then(|all| all.get(frame)).copied())
        };
        let fates = published.output_of(FATE);
        let code = value(&fates, "data.fate")?.unwrap_or(f64::NAN);
        let names = labels(&published, pool)?;
        let fate = names.get(code as usize).filter(|_| code >= 0.0).cloned().unwrap_or_else(|| format!("fate {code}"));
        let all = published.output_of(COLUMNS);
        let mut columns = Vec::new();
        for name in published.texts("/columns") {
            let key = key_of(&name);
            let value = value(&all, &key)?.filter(|value| value.is_finite());
            let unit = published.dataset(&all, &key).map(trainyard_report::unit_of).unwrap_or_default();
            columns.push(Named { name, value, unit });
        }
        let cell = value(&fates, "data.cellId")?.unwrap_or(0.0);
        for (name, value) in [("train", self.train as f64), ("pulse", self.pulse as f64), ("cell", cell)] {
            columns.push(Named { name: name.into(), value: Some(value), unit: String::new() });
        }
        let steps = self.steps(&published, &fate, &columns, pool)?;
        columns.truncate(columns.len().saturating_sub(3));
        let kept = code == 0.0;
        Ok(Explanation { train: self.train, pulse: self.pulse, cell: cell as u64, fate, kept, steps, columns })
    }

    /// Its place among the frames of its train, and how many they are.
    fn frame(&self, published: &Published, pool: &OpenerPool) -> Result<(usize, usize)> {
        let source = published.output_of(FATE);
        let place = || Place::file(&self.output).train(self.train);
        if published.results.train(self.train).is_none() {
            return Err(Error::request("the train is not among those that were selected", place())
                .with_hint("`trainyard inspect` shows the trains of a run"));
        }
        let pulses = published.results.values_of(&source, "data.pulseId", &[self.train], pool)?;
        let pulses = pulses.of_train(self.train).unwrap_or_default();
        match pulses.iter().position(|pulse| *pulse == self.pulse as f64) {
            Some(frame) => Ok((frame, pulses.len())),
            None => {
                let what = format!("the train has no frame of pulse {}", self.pulse);
                let known: Vec<String> = pulses.iter().take(8).map(f64::to_string).collect();
                let more = if pulses.len() > known.len() {
                    format!(" and {} more", pulses.len() - known.len())
                } else {
                    String::new()
                };
                let error = Error::request(what, place());
                Err(if known.is_empty() {
                    error
                } else {
                    error.with_hint(format!("it has {}{more}", known.join(", ")))
                })
            }
        }
    }

    fn steps(&self, published: &Published, fate: &str, columns: &[Named], pool: &OpenerPool) -> Result<Vec<Told>> {
        let written = published.list("/workflow/steps");
        let mut told = Vec::new();
        // what is incomplete or unreadable came to no step; a condition names itself in the fate
        let mut left = !fate.starts_with("step ") && fate != "kept";
        for step in published.list("/steps") {
            let number = step.get("number").and_then(serde_json::Value::as_u64).unwrap_or(0);
            let name = step.get("step").and_then(serde_json::Value::as_str).unwrap_or_default().to_string();
            let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
            let condition = at.and_then(|at| written.get(at)).and_then(limits::condition).map(String::from);
            let here = condition.is_some() && fate.starts_with(&format!("step {number}, "));
            let outcome = match (left, here, condition.is_some()) {
                (true, _, _) => "not reached",
                (false, true, _) if fate.ends_with(": no-data") => "dropped here: a value is not there",
                (false, true, _) => "dropped here",
                (false, false, true) => "passed",
                (false, false, false) => "done",
            };
            let values = match &condition {
                Some(condition) => {
                    let wanted = limits::columns(condition);
                    columns.iter().filter(|column| wanted.contains(&column.name)).cloned().collect()
                }
                None => self.published_of(published, step.get("results").and_then(serde_json::Value::as_str), pool)?,
            };
            told.push(Told { number, step: name, outcome, condition, values });
            left |= here;
        }
        Ok(told)
    }

    /// Single numbers that a step published of the frame.
    fn published_of(&self, published: &Published, step: Option<&str>, pool: &OpenerPool) -> Result<Vec<Named>> {
        let Some(source) = step.map(|step| format!("{step}:output")) else { return Ok(Vec::new()) };
        if published.dataset(&source, "data.pulseId").is_none() {
            return Ok(Vec::new());
        }
        let of = |key: &str| published.results.values_of(&source, key, &[self.train], pool);
        let pulses = of("data.pulseId")?;
        let row = pulses.of_train(self.train).unwrap_or_default().iter().position(|pulse| *pulse == self.pulse as f64);
        let Some(row) = row else { return Ok(Vec::new()) };
        let mut values = Vec::new();
        for (key, dataset) in published.keys(&source) {
            let id = ["data.trainId", "data.pulseId", "data.cellId"].contains(&key.as_str());
            if id || !key.starts_with("data.") || !dataset.row_shape().is_empty() {
                continue;
            }
            let value = of(&key)?.of_train(self.train).and_then(|values| values.get(row)).copied();
            let unit = trainyard_report::unit_of(dataset);
            values.push(Named {
                name: key.trim_start_matches("data.").into(),
                value: value.filter(|v| v.is_finite()),
                unit,
            });
        }
        Ok(values)
    }
}

fn text(told: &Explanation) -> String {
    let value = |named: &Named| {
        let number = named.value.map_or_else(|| "no value".into(), figures);
        let unit =
            if named.unit.is_empty() || named.value.is_none() { String::new() } else { format!(" {}", named.unit) };
        format!("{} = {number}{unit}", named.name)
    };
    let rows: Vec<Vec<String>> = told
        .steps
        .iter()
        .map(|step| {
            let what = match &step.condition {
                Some(condition) => format!("{} {condition}", step.step),
                None => step.step.clone(),
            };
            let values: Vec<String> = step.values.iter().map(value).collect();
            vec![step.number.to_string(), what, step.outcome.into(), values.join(", ")]
        })
        .collect();
    let columns: Vec<String> = told.columns.iter().map(value).collect();
    let columns = if columns.is_empty() { String::new() } else { format!("columns: {}\n", columns.join(", ")) };
    format!("train {}, pulse {}, cell {}: {}\n{}{columns}", told.train, told.pulse, told.cell, told.fate, table(&rows))
}
