//! The steps of a published run that change frames, configured once more against its input.

use super::steps::configure;
use super::{Found, Wrong};
use crate::cli::program::program;
use crate::workflow::{Checked, Rejected, Workflow};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_engine::algorithm::{Effect, Registry};
use trainyard_engine::plan::Job;
use trainyard_engine::prove::AskedStep;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;

/// `steps` are those of the workflow, in order; `folders` where the files may lie that it names, which a manifest tells by name alone.
/// `None`: no step changes what is written.
pub fn again(
    workflow: &Value,
    steps: &[AskedStep],
    run: &Run,
    registry: &Registry,
    pool: &Arc<OpenerPool>,
    folders: &[PathBuf],
) -> Option<Result<Box<Job>, String>> {
    let write = steps.iter().position(|step| matches!(step.effect, Effect::Writes(_)))?;
    let wanted = |(at, step): &(usize, &AskedStep)| {
        *at == write || (*at < write && matches!(step.effect, Effect::ChangesPixels))
    };
    let wanted: Vec<usize> = steps.iter().enumerate().filter(wanted).map(|(at, _)| at).collect();
    if wanted.len() < 2 {
        return None;
    }
    let mut outcome = Err("no folder to look for its files in".into());
    for folder in folders {
        outcome = in_folder(workflow, &wanted, run, registry, pool, folder);
        if outcome.is_ok() {
            break;
        }
    }
    Some(outcome)
}

fn in_folder(
    workflow: &Value,
    wanted: &[usize],
    run: &Run,
    registry: &Registry,
    pool: &Arc<OpenerPool>,
    folder: &std::path::Path,
) -> Result<Box<Job>, String> {
    let mut text = workflow.clone();
    let keys = text.as_object_mut().ok_or("its workflow is no map")?;
    for other in ["quality", "sequence", "versions", "checksums", "trains"] {
        keys.shift_remove(other);
    }
    let all = keys.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
    let steps: Vec<Value> = wanted.iter().filter_map(|&at| all.get(at).cloned()).collect();
    keys.insert("steps".into(), steps.into());
    keys.insert("run".into(), serde_json::json!(run.folders));
    keys.insert("output".into(), ".".into());
    keys.insert("copy".into(), Value::Array(Vec::new()));
    let read = Workflow::of_bytes(text.to_string().as_bytes(), "the manifest", folder.to_path_buf(), &[], registry);
    let checked: Checked = read.map_err(|rejected| match &rejected {
        Rejected::Wrong { problems, .. } => first(problems.iter().map(|problem| &problem.what)),
        Rejected::Unreadable(error) => error.to_string(),
    })?;
    let program = program(registry).map_err(|failure| failure.text)?;
    let found = Found { folders: run.folders.clone() };
    let job = configure(&checked, registry, pool.clone(), Some(&found), program, true);
    let job = job.map_err(|wrong| match wrong {
        Wrong::Workflow(problems) => first(problems.iter().map(|problem| &problem.what)),
        Wrong::Run(error) => error.to_string(),
    })?;
    // files are known by their content
    let sums = |workflow: &Value| workflow.get("checksums").and_then(Value::as_array).cloned().unwrap_or_default();
    let known = sums(workflow);
    match sums(&job.workflow).iter().find(|sum| !known.contains(sum)) {
        Some(other) => Err(format!("a file that it names has another content here: {other}")),
        None => Ok(Box::new(job)),
    }
}

fn first<'a>(mut all: impl Iterator<Item = &'a String>) -> String {
    all.next().cloned().unwrap_or_default()
}
