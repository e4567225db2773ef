//! The steps of a published run that change frames, configured once more against its input.

use super::steps::{configure, path_parameters};
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
    let write = steps.iter().position(|step| matches!(step.effect, Effect::Writes { .. }))?;
    let wanted = |(at, step): &(usize, &AskedStep)| {
        *at == write || (*at < write && matches!(step.effect, Effect::ChangesPixels))
    };
    let wanted: Vec<usize> = steps.iter().enumerate().filter(wanted).map(|(at, _)| at).collect();
    if wanted.len() < 2 {
        return None;
    }
    Some(once_more(workflow, &wanted, run, registry, pool, folders))
}

fn once_more(
    workflow: &Value,
    wanted: &[usize],
    run: &Run,
    registry: &Registry,
    pool: &Arc<OpenerPool>,
    folders: &[PathBuf],
) -> Result<Box<Job>, String> {
    let mut text = workflow.clone();
    let keys = text.as_object_mut().ok_or("its workflow is no map")?;
    for other in ["quality", "sequence", "versions", "checksums", "trains"] {
        keys.shift_remove(other);
    }
    let all = keys.get("steps").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut steps: Vec<Value> = wanted.iter().filter_map(|&at| all.get(at).cloned()).collect();
    // which frames are written is no matter here, and what chooses among them is left out
    let written = steps.last_mut().and_then(|step| step.as_object_mut()?.values_mut().next()?.as_object_mut());
    if let Some(parameters) = written {
        ["where", "as"].iter().for_each(|key| drop(parameters.shift_remove(*key)));
    }
    let lead = |name: &mut Value| lead_to(name, folders, pool);
    for step in steps.iter_mut().filter_map(Value::as_object_mut) {
        for (name, parameters) in step.iter_mut() {
            for key in registry.get(name).map(path_parameters).unwrap_or_default() {
                parameters.get_mut(&key).map(lead).transpose()?;
            }
        }
    }
    keys.get_mut("mask").and_then(|mask| mask.get_mut("file")).map(lead).transpose()?;
    match keys.get_mut("geometry") {
        Some(Value::Object(geometry)) => geometry.get_mut("file").map(lead).transpose()?,
        Some(geometry) => Some(lead(geometry)?),
        None => None,
    };
    keys.insert("steps".into(), steps.into());
    keys.insert("run".into(), serde_json::json!(run.folders));
    keys.insert("output".into(), ".".into());
    keys.insert("copy".into(), Value::Array(Vec::new()));
    let read = Workflow::of_bytes(text.to_string().as_bytes(), "the manifest", PathBuf::from("."), &[], registry);
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

/// From the name of a file to where it lies.
fn lead_to(name: &mut Value, folders: &[PathBuf], pool: &OpenerPool) -> Result<(), String> {
    let Some(own) = name.as_str().map(str::to_owned) else { return Ok(()) };
    // a manifest tells plain names, and may be anyone's
    if std::path::Path::new(&own).file_name().is_none_or(|plain| plain != own.as_str()) {
        return Err(format!("`{own}` is no name of a file"));
    }
    for path in folders.iter().map(|folder| folder.join(&own)) {
        if pool.is_there(&path).map_err(|error| error.to_string())? {
            // relative ones begin at the folder of the workflow, which is the current one here
            *name = path.to_string_lossy().into_owned().into();
            return Ok(());
        }
    }
    Err(format!("`{own}`, which its workflow names, is not here"))
}

fn first<'a>(mut all: impl Iterator<Item = &'a String>) -> String {
    all.next().cloned().unwrap_or_default()
}
