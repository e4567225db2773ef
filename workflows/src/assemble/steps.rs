//! The steps configured one after the other, each against the columns of those before it.

use super::{geometry, input, mask, resolve, Wrong};
use crate::cli::Failure;
use crate::document::{Content, Problem};
use crate::workflow::{Checked, OnBadInput, Sequence, StepEntry};
use std::sync::Arc;
use trainyard_engine::algorithm::{ColumnDecl, Context, Registry};
use trainyard_engine::plan::{build, earlier, BadInput, ImageOptions, Job, Request, SequenceSize};
use trainyard_format::opener::OpenerPool;

/// # Errors
/// All problems of the workflow against the run at once; a run that cannot be opened.
pub fn assemble(checked: &Checked, registry: &Registry, pool: Arc<OpenerPool>) -> Result<Job, Failure> {
    configure(checked, registry, pool).map_err(|wrong| match wrong {
        Wrong::Workflow(problems) => checked.reject(problems).into(),
        Wrong::Run(error) => error.into(),
    })
}

/// Problems against the run of a workflow of which only `rest` is right. Told are those of values that stand there:
/// that a step misses something may be because what gives it was wrong and is left out.
pub fn more_problems(rest: &Checked, registry: &Registry, pool: Arc<OpenerPool>) -> Vec<Problem> {
    let Err(Wrong::Workflow(mut problems)) = configure(rest, registry, pool) else { return Vec::new() };
    // a condition has no keys: its problems stand at the step
    let with_keys = |s: &&StepEntry| s.node.is_null() || !matches!(s.node.content, Content::Scalar { .. });
    let steps: Vec<_> = rest.steps.iter().filter(with_keys).map(|s| s.name_span).collect();
    problems.retain(|p| p.span != rest.root.span && !steps.contains(&p.span) && !p.what.starts_with(UNKNOWN_COLUMN));
    problems
}

/// How `keep` begins to say that no step makes a column.
const UNKNOWN_COLUMN: &str = "no column named";

fn configure(checked: &Checked, registry: &Registry, pool: Arc<OpenerPool>) -> Result<Job, Wrong> {
    let run = Arc::new(input::open(checked, &pool)?);
    let earlier = earlier(&run).map_err(Wrong::Run)?;
    let mut problems = Vec::new();
    keep(&mut problems, input::not_the_output(checked));
    let trains = keep(&mut problems, input::trains(checked, &run));
    let detector = keep(&mut problems, input::detector(checked, &run));
    if input::only_copies(checked) {
        problems.extend(input::idle_keys(checked));
    }
    let Some(mut detector) = detector else { return Err(Wrong::Workflow(problems)) };
    match input::parallel_gain(checked, &run, &mut detector, &pool) {
        Err(Wrong::Workflow(more)) => problems.extend(more),
        outcome => outcome?,
    }
    let detector = Arc::new(detector);
    let copy = input::copied(checked, &run, &detector).unwrap_or_else(|more| {
        problems.extend(more);
        Vec::new()
    });
    let (mut placed, mut bad) = (None, Vec::new());
    if !detector.modules.is_empty() {
        let trains = trains.as_deref().unwrap_or_default();
        let around = geometry::Surroundings { run: &run, detector: &detector, trains, pool: &pool };
        placed = keep(&mut problems, geometry::place(checked, &around)).flatten();
        let map = placed.as_ref().map(|placed| &placed.map);
        bad = keep(&mut problems, mask::bad_pixels(checked, &detector, map, &pool)).unwrap_or_default();
    }
    let (map, limits) = placed.map(|placed| (placed.map, placed.limits)).unzip();
    let limits = limits.unwrap_or_default();
    let mut context = Context {
        run: run.clone(),
        detector: detector.clone(),
        pool: pool.clone(),
        trains: Arc::new(trains.unwrap_or_default()),
        pixel_map: map.map(Arc::new),
        bad_pixels: Arc::new(bad),
        columns: Job::BUILT_IN_COLUMNS.iter().map(|name| ColumnDecl::number(*name, "")).collect(),
        label: String::new(),
        folder: checked.folder.clone(),
    };
    let mut steps = Vec::new();
    // position of the workflow's step that each configured step came from
    let mut origin = Vec::new();
    for (position, entry) in checked.steps.iter().enumerate() {
        let Some(registration) = registry.get(&entry.name) else { continue };
        context.label.clone_from(&entry.label);
        match (registration.configure)(entry.parameters.clone(), &context) {
            Ok(configured) => {
                let several = configured.len() > 1;
                for mut step in configured {
                    if entry.label != entry.name {
                        step.source = named(&entry.label, &step.source, several);
                    }
                    context.columns.extend(step.columns.iter().cloned());
                    steps.push((entry.label.clone(), step));
                    origin.push(position);
                }
            }
            Err(more) => problems.extend(more.iter().map(|p| checked.locate(position, p))),
        }
    }
    if !problems.is_empty() {
        return Err(Wrong::Workflow(problems));
    }
    let workflow = &checked.workflow;
    let mask = &workflow.mask;
    let request = Request {
        image: ImageOptions {
            bad_pixels: context.bad_pixels.clone(),
            // of two limits the narrower one counts
            below: mask.below.into_iter().chain(limits.below).reduce(f32::max),
            above: mask.above.into_iter().chain(limits.above).reduce(f32::min),
            equal: limits.equal,
            detector_mask: mask.detector,
        },
        geometry: context
            .pixel_map
            .clone()
            .zip(workflow.geometry.as_ref())
            .map(|(map, choice)| (choice.file().to_owned(), map)),
        run,
        detector,
        pool,
        steps,
        trains: context.trains.clone(),
        sequence: workflow.sequence.as_ref().map(|s| match s {
            Sequence::Trains(n) => SequenceSize::Trains(*n as usize),
            Sequence::Bytes(bytes) => SequenceSize::Bytes(bytes.get()),
        }),
        copy,
        bad_input: match &workflow.on_bad_input {
            OnBadInput::Stop => BadInput::Stop,
            OnBadInput::SkipUpTo(share) => BadInput::SkipUpTo(share.fraction()),
        },
        quality: workflow.quality.as_ref().map(|q| q.limits_in_force()),
        output: resolve(checked, &["output"], &workflow.output),
        earlier,
        workflow: identified(checked),
        version: env!("CARGO_PKG_VERSION"),
    };
    build(request).map_err(|wrong| {
        let located = wrong.into_iter().map(|p| {
            let position = origin.get(p.step).copied().unwrap_or(0);
            let mut problem = trainyard_engine::algorithm::Problem::new(&[], p.what);
            problem.hint = p.hint;
            checked.locate(position, &problem)
        });
        Wrong::Workflow(located.collect())
    })
}

fn keep<T>(problems: &mut Vec<Problem>, outcome: Result<T, Problem>) -> Option<T> {
    outcome.map_err(|problem| problems.push(problem)).ok()
}

/// The workflow without what is of this machine, and with the checksums of the files it names.
fn identified(checked: &Checked) -> serde_json::Value {
    let workflow = &checked.workflow;
    let mut value = workflow.canonical();
    let mut checksums = serde_json::Map::new();
    let mut add = |key: &str, path: Option<&std::path::Path>| {
        if let Some(bytes) = path.and_then(|path| std::fs::read(path).ok()) {
            let sum = xxhash_rust::xxh3::xxh3_64(&bytes);
            checksums.insert(key.into(), format!("{sum:016x}").into());
        }
    };
    for (number, path) in geometry::files(checked).iter().enumerate() {
        let key = if number == 0 { "geometry".to_owned() } else { format!("geometry-mask-{number}") };
        add(&key, Some(path));
    }
    let mask = workflow.mask.file.as_deref().map(|path| resolve(checked, &["mask", "file"], path));
    add("mask", mask.as_deref());
    if !checksums.is_empty() {
        value["checksums"] = checksums.into();
    }
    value
}

/// The result source of a step that `as` renames: `TOTAL`, or where it leaves several, `TOTAL_HITS`.
fn named(label: &str, source: &str, several: bool) -> String {
    let label = label.to_uppercase().replace('-', "_");
    if several {
        format!("{label}_{source}")
    } else {
        label
    }
}
