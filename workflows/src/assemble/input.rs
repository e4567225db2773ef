//! Folders, trains, detector and the sources to copy.

use super::{mismatch, resolve, Found, Wrong};
use crate::document::{wildcard, Content, Node, Origin, Problem};
use crate::workflow::{Checked, DataClass, RunChoice, RunNumber, TrainChoice, TrainsBy};
use std::collections::BTreeSet;
use std::path::PathBuf;
use trainyard_engine::algorithm::NamedFiles;
use trainyard_format::bounded::{is_absence, patiently};
use trainyard_format::detector::{Detector, DetectorKind};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{run_folders, DataKind, FileName, OpenPolicy, Run, TrainSelection};
use trainyard_format::{Error, Place, Result};

/// Longest list of train ids read from a file.
const LONGEST_LIST: u64 = 64 << 20;

pub fn folders(checked: &Checked) -> Result<Vec<PathBuf>> {
    match &checked.workflow.run {
        RunChoice::Folder(folder) => Ok(vec![resolve(checked, &["run"], folder)]),
        RunChoice::Folders(folders) => Ok(folders.iter().map(|f| resolve(checked, &["run"], f)).collect()),
        RunChoice::Number(number) => {
            let kind = match number.data {
                Some(DataClass::Raw) => DataKind::Raw,
                Some(DataClass::Proc) => DataKind::Proc,
                Some(DataClass::All) => DataKind::All,
                None => return Err(data_is_not_said(number)),
            };
            run_folders(number.proposal, number.run, kind)
        }
    }
}

/// Raw and corrected data are too different for a default: says which of them there are.
fn data_is_not_said(number: &RunNumber) -> Error {
    // what is wrong with the proposal itself is told first
    if let Err(error) = run_folders(number.proposal, number.run, DataKind::All) {
        return error;
    }
    let has = |kind| run_folders(number.proposal, number.run, kind).is_ok();
    let (there, choose) = match (has(DataKind::Raw), has(DataKind::Proc)) {
        (true, true) => (
            "raw and proc are there",
            "`data: raw`, `data: proc`, or `data: all` for images from proc and slow data from raw",
        ),
        (true, false) => ("only raw is there", "`data: raw`: pixels as recorded, not corrected"),
        _ => ("only proc is there", "`data: proc`"),
    };
    let what = format!("`data` does not say which data of run {} are meant: {there}", number.run);
    Error::request(what, Place::default()).with_hint(format!("name {choose}"))
}

/// # Errors
/// A run that cannot be opened; a folder that is not there is a problem of the workflow.
pub fn open(checked: &Checked, pool: &OpenerPool, found: Option<&Found>) -> Result<Run, Wrong> {
    let reject = |error: &Error| Wrong::Workflow(vec![mismatch(checked, &["run"], error)]);
    let folders = match found {
        Some(found) => found.folders.clone(),
        None => folders(checked).map_err(|e| wrong(checked, &["run"], e))?,
    };
    let skip_bad = checked.workflow.on_bad_input != crate::workflow::OnBadInput::Stop;
    let run = Run::open(&folders, pool, OpenPolicy { skip_bad, files: false }).map_err(|error| match error {
        // the folder is not there
        Error::Request { what, place, .. } => {
            let error = no_folder(&what, &place);
            let relative = place.file.as_deref().is_some_and(|path| path.is_relative());
            let in_file = checked.span(&["run"]).origin == Origin::File;
            reject(&match error.hint() {
                None if relative && in_file => {
                    error.with_hint("relative paths start at the folder of the workflow file")
                }
                _ => error,
            })
        }
        error => Wrong::Run(error),
    })?;
    match several_runs(&run) {
        Some(error) => Err(reject(&error)),
        None => Ok(run),
    }
}

/// There is no such folder, or there is a file.
fn no_folder(what: &str, place: &Place) -> Error {
    let file = place.file.as_deref().filter(|path| path.is_file());
    let Some(file) = file else { return Error::request(format!("{what}: {place}"), Place::default()) };
    let refused =
        Error::request(format!("this is a file, and `run` takes the folder of a run: {place}"), Place::default());
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => refused.with_hint(format!("name the folder that it lies in: `{}`", folder.display())),
        None => refused.with_hint("name the folder that it lies in"),
    }
}

/// Several folders are raw and corrected data of one run: trains of two runs have nothing to do with each other.
fn several_runs(run: &Run) -> Option<Error> {
    let mut numbers = BTreeSet::new();
    for file in &run.files {
        numbers.extend(FileName::of_path(&file.path).map(|name| name.run));
    }
    let folders = run.folders.len();
    if folders < 2 || numbers.len() < 2 {
        return None;
    }
    let names: Vec<String> = numbers.iter().map(|number| format!("r{number:04}")).collect();
    let what = format!("these are folders of different runs: {}", names.join(", "));
    Some(
        Error::request(what, Place::default())
            .with_hint("reduce each run by itself; a list of folders is raw and proc of one run"),
    )
}

/// A reduced run has the file names of its input: it must not go into the same folder.
///
/// # Errors
/// When it is so, or storage does not tell.
pub fn not_the_output(checked: &Checked) -> Result<(), Wrong> {
    let real = |path: PathBuf| match patiently(|| path.canonicalize()) {
        Ok(path) => Ok(Some(path)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
            Err(Wrong::Workflow(vec![checked.problem(&["output"], format!("this is no path: {error}"))]))
        }
        Err(error) => Err(Wrong::Run(Error::io("find the folder", &path, &error))),
    };
    let Some(output) = real(resolve(checked, &["output"], &checked.workflow.output))? else { return Ok(()) };
    for folder in folders(checked).unwrap_or_default() {
        if real(folder)?.is_some_and(|folder| folder == output) {
            let problem = checked.problem(&["output"], "the output folder is the run itself");
            return Err(Wrong::Workflow(vec![problem.hint("choose another `output`: the run is never written to")]));
        }
    }
    Ok(())
}

/// What a key of the workflow asks for and is not to be had: a problem of the workflow where the workflow can mend it, and
/// else of the input or the machine.
fn wrong(checked: &Checked, keys: &[&str], error: Error) -> Wrong {
    match error {
        error @ Error::Request { .. } => Wrong::Workflow(vec![mismatch(checked, keys, &error)]),
        error => Wrong::Run(error),
    }
}

/// # Errors
/// A selection that the run does not have; a list that cannot be read.
pub fn trains(checked: &Checked, run: &Run, files: &NamedFiles) -> Result<Vec<u64>, Wrong> {
    let selection = match &checked.workflow.trains {
        None => TrainSelection::All,
        Some(TrainChoice::Ids(range)) => TrainSelection::Ids { from: range.from, to: range.until },
        Some(TrainChoice::By(TrainsBy::Index(range))) => {
            TrainSelection::Positions { from: range.from, to: range.until }
        }
        Some(TrainChoice::By(TrainsBy::File(path))) => {
            let path = resolve(checked, &["trains", "file"], path);
            let bytes = files.read("trains", &path, LONGEST_LIST).map_err(|error| {
                let place = error.place().clone();
                match error {
                    Error::Request { what, hint, .. } => {
                        let mut told = Error::request(format!("{what}: {place}"), Place::default());
                        if let Some(hint) = hint {
                            told = told.with_hint(hint);
                        }
                        wrong(checked, &["trains", "file"], told)
                    }
                    error => Wrong::Run(error),
                }
            })?;
            let text = String::from_utf8(bytes).map_err(|_| {
                let what = format!("{} is no text", path.display());
                Wrong::Workflow(vec![checked.problem(&["trains", "file"], what)])
            })?;
            TrainSelection::list(&text).map_err(|e| wrong(checked, &["trains", "file"], e))?
        }
    };
    selection.choose(&run.train_ids()).map_err(|e| wrong(checked, &["trains"], e))
}

/// Names under `slurm.environment` that no shell takes.
pub fn environment(checked: &Checked) -> Vec<Problem> {
    let plain = |name: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(rest)
    };
    let names = checked.workflow.slurm.iter().flat_map(|slurm| slurm.environment.keys());
    let wrong = |name: &String| {
        let what = format!("`{}` cannot be the name of an environment variable", name.escape_debug());
        checked.problem(&["slurm", "environment", name], what).hint("letters, digits and `_`, a digit not first")
    };
    names.filter(|name| !plain(name)).map(wrong).collect()
}

/// Whether the workflow has no steps: trains are selected and sources copied, those of detectors too.
pub fn only_copies(checked: &Checked) -> bool {
    let empty = |node: &Node| matches!(&node.content, Content::Sequence(items) if items.is_empty());
    checked.root.get("steps").is_some_and(empty)
}

/// Keys that say something of frames, in a workflow that looks at none.
pub fn idle_keys(checked: &Checked) -> Vec<Problem> {
    let keys = ["detector", "modules", "parallel-gain", "quality"];
    let given = keys.into_iter().filter(|key| checked.root.get(key).is_some_and(|node| !node.is_null()));
    let what = |key| checked.problem(&[key], format!("`{key}` means nothing without steps"));
    let hint = "with `steps: []` the sources in `copy` are copied, those of detectors too";
    given.map(|key| what(key).hint(hint)).collect()
}

/// What the workflow says of parallel gain, or the run.
///
/// # Errors
/// A detector that has none; failures of the machine.
pub fn parallel_gain(checked: &Checked, run: &Run, detector: &mut Detector, pool: &OpenerPool) -> Result<(), Wrong> {
    match checked.workflow.parallel_gain {
        None => detector.look_for_parallel_gain(run, pool).map_err(Wrong::Run),
        Some(true) if detector.kind != DetectorKind::Lpd => {
            let what = format!("`{}` has no parallel gain: only LPD has", detector.name);
            Err(Wrong::Workflow(vec![checked.problem(&["parallel-gain"], what)]))
        }
        Some(is) => {
            detector.parallel_gain = is;
            Ok(())
        }
    }
}

/// # Errors
/// A detector that the run does not have, or whose modules contradict one another.
pub fn detector(checked: &Checked, run: &Run) -> Result<Detector, Wrong> {
    if only_copies(checked) {
        return Ok(Detector::none());
    }
    let workflow = &checked.workflow;
    Detector::find(run, workflow.detector.as_deref(), workflow.modules.as_deref()).map_err(|e| {
        let keys: &[&str] = if workflow.detector.is_some() { &["detector"] } else { &[] };
        wrong(checked, keys, e)
    })
}

/// Whether a source tells the fates of an earlier reduction: `SPB_DET_AGIPD1M-1/REDU/FATE:output` and its run values.
fn is_fate(source: &str) -> bool {
    let device = source.strip_suffix("/FATE:output").or_else(|| source.strip_suffix("/FATE"));
    let generation = device.and_then(|device| device.rsplit('/').next()?.strip_prefix("REDU"));
    generation.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Names that a pattern stands for: `copy` takes names.
fn each_by_name(pattern: &str, known: &[&str]) -> String {
    const LISTED: usize = 8;
    let meant: Vec<&str> = known.iter().filter(|name| wildcard::matches(pattern, name)).copied().collect();
    let listed = meant.iter().take(LISTED).copied().collect::<Vec<_>>().join(", ");
    match meant.len() {
        0 => {
            "`copy` takes whole names, and no source is called like this: `trainyard inspect RUN --sources` lists them"
                .into()
        }
        count if count > LISTED => format!("`copy` takes whole names; here {count} are meant: {listed}, ..."),
        _ => format!("`copy` takes whole names; here these are meant: {listed}"),
    }
}

/// Sources beside the detector that go into the reduced run: where images come from proc, the modules as recorded are no
/// slow data, and only go along when `copy` names them. The fates of earlier reductions always do.
///
/// # Errors
/// Names in `copy` that the run lacks, each with the nearest one.
pub fn copied(checked: &Checked, run: &Run, detector: &Detector) -> Result<Vec<String>, Vec<Problem>> {
    // modules that were not selected are left out too, not copied whole
    let whole = Detector::find(run, checked.workflow.detector.as_deref(), None).ok().filter(|_| !only_copies(checked));
    let modules = whole.as_ref().map_or(&detector.modules, |d| &d.modules);
    let own: BTreeSet<&str> = modules.iter().chain(&detector.modules).map(|m| m.source.as_str()).collect();
    let known: Vec<&str> = run
        .sources
        .iter()
        .filter(|(name, entry)| entry.legacy.is_none() && !own.contains(name.as_str()))
        .map(|(name, _)| name.as_str())
        .collect();
    let Some(wanted) = &checked.workflow.copy else {
        return Ok(known.into_iter().filter(|name| !detector.covers(name)).map(String::from).collect());
    };
    let mut problems = Vec::new();
    // what became of each frame is no choice
    let mut chosen: BTreeSet<String> = known.iter().copied().filter(|name| is_fate(name)).map(String::from).collect();
    for (position, name) in wanted.iter().enumerate() {
        if known.contains(&name.as_str()) {
            chosen.insert(name.clone());
        } else if let Err(error) = run.source(name) {
            let problem = mismatch(checked, &["copy", &position.to_string()], &error);
            problems.push(match wildcard::is_pattern(name) {
                true => problem.hint(each_by_name(name, &known)),
                false => problem,
            });
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
