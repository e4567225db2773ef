//! The workflow that stands in a manifest, held against an input: trains, and what its steps do to frames. Only what decides
//! which frames and pixels may differ is read; geometry, masks and limits do not.

use super::again::again;
use super::{input, Wrong};
use crate::workflow::{OnBadInput, Rejected, TrainChoice, TrainsBy, Workflow};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_engine::algorithm::{NamedFiles, Registry};
use trainyard_engine::prove::{Asked, AskedStep};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;

/// Keys of a workflow that decide.
const KEYS: [&str; 4] = ["trains", "steps", "copy", "on-bad-input"];

/// `judged`: what stands apart from the plan, and is looked at first. `folders`: where files may lie that the workflow names.
///
/// # Errors
/// The first thing that this program does not understand.
pub fn asked(
    workflow: &Value,
    judged: &Value,
    run: &Run,
    registry: &Registry,
    pool: &Arc<OpenerPool>,
    folders: &[PathBuf],
) -> Result<Asked, String> {
    let mut text = Map::new();
    // they say where, not what
    text.insert("run".into(), ".".into());
    text.insert("output".into(), ".".into());
    for key in KEYS {
        if let Some(value) = judged.get(key).or_else(|| workflow.get(key)).filter(|value| !value.is_null()) {
            text.insert(key.into(), value.clone());
        }
    }
    let text = Value::Object(text).to_string();
    let read = Workflow::of_bytes(text.as_bytes(), "the manifest", PathBuf::from("."), &[], registry);
    let checked = read.map_err(|rejected| match &rejected {
        Rejected::Wrong { problems, .. } => problems.first().map(|problem| problem.what.clone()).unwrap_or_default(),
        Rejected::Unreadable(error) => error.to_string(),
    })?;
    let in_file = matches!(checked.workflow.trains, Some(TrainChoice::By(TrainsBy::File(_))));
    let trains = match in_file {
        true => None,
        false => {
            let trains = input::trains(&checked, run, &NamedFiles::new(pool.clone()));
            Some(trains.map_err(|wrong| match wrong {
                Wrong::Workflow(problems) => {
                    problems.into_iter().map(|problem| problem.what).next().unwrap_or_default()
                }
                Wrong::Run(error) => error.to_string(),
            })?)
        }
    };
    let steps = checked.steps.iter().map(|step| {
        let effect = registry.get(&step.name).and_then(|known| (known.effect)(step.parameters.clone()));
        let effect = effect.ok_or_else(|| format!("the parameters of `{}` are wrong", step.name))?;
        Ok(AskedStep { label: step.label.clone(), effect })
    });
    let steps = steps.collect::<Result<Vec<_>, String>>()?;
    let again = again(workflow, &steps, run, registry, pool, folders);
    Ok(Asked { trains, steps, again, may_skip: checked.workflow.on_bad_input != OnBadInput::Stop })
}
