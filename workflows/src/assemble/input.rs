//! Folders, trains, detector and the sources to copy.

use super::{mismatch, resolve, Wrong};
use crate::document::Problem;
use crate::workflow::{Checked, DataClass, RunChoice, TrainChoice, TrainsBy};
use std::collections::BTreeSet;
use std::path::PathBuf;
use trainyard_format::detector::Detector;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{run_folders, DataKind, OpenPolicy, Run, TrainSelection};
use trainyard_format::{Error, Place, Result};

/// Longest list of train ids read from a file.
const LONGEST_LIST: u64 = 64 << 20;

pub fn folders(checked: &Checked) -> Result<Vec<PathBuf>> {
    match &checked.workflow.run {
        RunChoice::Folder(folder) => Ok(vec![resolve(checked, &["run"], folder)]),
        RunChoice::Folders(folders) => Ok(folders.iter().map(|f| resolve(checked, &["run"], f)).collect()),
        RunChoice::Number(number) => {
            let kind = match number.data {
                DataClass::Raw => DataKind::Raw,
                DataClass::Proc => DataKind::Proc,
                DataClass::All => DataKind::All,
            };
            run_folders(number.proposal, number.run, kind)
        }
    }
}

/// # Errors
/// A run that cannot be opened; a folder that is not there is a problem of the workflow.
pub fn open(checked: &Checked, pool: &OpenerPool) -> Result<Run, Wrong> {
    let reject = |error: &Error| Wrong::Workflow(vec![mismatch(checked, &["run"], error)]);
    let folders = folders(checked).map_err(|e| reject(&e))?;
    let skip_bad = checked.workflow.on_bad_input != crate::workflow::OnBadInput::Stop;
    Run::open(&folders, pool, OpenPolicy { skip_bad, files: false }).map_err(|error| match error {
        // the folder is not there
        Error::Request { what, place, .. } => reject(&Error::request(format!("{what}: {place}"), Place::default())),
        error => Wrong::Run(error),
    })
}

/// A reduced run has the file names of its input: it must not go into the same folder.
pub fn not_the_output(checked: &Checked) -> Result<(), Problem> {
    let Ok(output) = resolve(checked, &["output"], &checked.workflow.output).canonicalize() else { return Ok(()) };
    let folders = folders(checked).unwrap_or_default();
    if folders.iter().any(|f| f.canonicalize().is_ok_and(|f| f == output)) {
        let problem = checked.problem(&["output"], "the output folder is the run itself");
        return Err(problem.hint("choose another `output`: the run is never written to"));
    }
    Ok(())
}

pub fn trains(checked: &Checked, run: &Run) -> Result<Vec<u64>, Problem> {
    let selection = match &checked.workflow.trains {
        None => TrainSelection::All,
        Some(TrainChoice::Ids(range)) => TrainSelection::Ids { from: range.from, to: range.until },
        Some(TrainChoice::By(TrainsBy::Index(range))) => {
            TrainSelection::Positions { from: range.from, to: range.until }
        }
        Some(TrainChoice::By(TrainsBy::File(path))) => {
            let path = resolve(checked, &["trains", "file"], path);
            let long = std::fs::metadata(&path).is_ok_and(|m| m.len() > LONGEST_LIST);
            let text = if long { Err(std::io::ErrorKind::FileTooLarge.into()) } else { std::fs::read_to_string(&path) };
            let text = text
                .map_err(|e| checked.problem(&["trains", "file"], format!("failed to read {}: {e}", path.display())))?;
            TrainSelection::list(&text).map_err(|e| mismatch(checked, &["trains", "file"], &e))?
        }
    };
    selection.choose(&run.train_ids()).map_err(|e| mismatch(checked, &["trains"], &e))
}

pub fn detector(checked: &Checked, run: &Run) -> Result<Detector, Problem> {
    let workflow = &checked.workflow;
    Detector::find(run, workflow.detector.as_deref(), workflow.modules.as_deref()).map_err(|e| {
        let keys: &[&str] = if workflow.detector.is_some() { &["detector"] } else { &[] };
        mismatch(checked, keys, &e)
    })
}

/// Sources beside the detector that go into the reduced run.
///
/// # Errors
/// Names in `copy` that the run lacks, each with the nearest one.
pub fn copied(checked: &Checked, run: &Run, detector: &Detector) -> Result<Vec<String>, Vec<Problem>> {
    // modules that were not selected are left out too, not copied whole
    let whole = Detector::find(run, checked.workflow.detector.as_deref(), None);
    let modules = whole.as_ref().map_or(&detector.modules, |d| &d.modules);
    let own: BTreeSet<&str> = modules.iter().chain(&detector.modules).map(|m| m.source.as_str()).collect();
    let known: Vec<&str> = run
        .sources
        .iter()
        .filter(|(name, entry)| entry.legacy.is_none() && !own.contains(name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    let Some(wanted) = &checked.workflow.copy else {
        return Ok(known.into_iter().map(String::from).collect());
    };
    let mut problems = Vec::new();
    let mut chosen = BTreeSet::new();
    for (position, name) in wanted.iter().enumerate() {
        if known.contains(&name.as_str()) {
            chosen.insert(name.clone());
        } else if let Err(error) = run.source(name) {
            problems.push(mismatch(checked, &["copy", &position.to_string()], &error));
        } else {
            let what = format!("`{name}` belongs to the detector");
            problems.push(
                checked.problem(&["copy", &position.to_string()], what).hint("the step `write-frames` writes it"),
            );
        }
    }
    if problems.is_empty() {
        Ok(chosen.into_iter().collect())
    } else {
        Err(problems)
    }
}
