//! The steps configured one after the other, each against the columns of those before it.

use super::{columns, gates, geometry, input, mask, resolve, Found, Wrong};
use crate::cli::program::program;
use crate::cli::Failure;
use crate::document::{Content, Problem};
use crate::workflow::{Checked, OnBadInput, Sequence, StepEntry};
use std::sync::Arc;
use trainyard_engine::algorithm::{
    ColumnDecl, Context, FrameSchema, Lack, NamedFiles, Registration, Registry, StepKind,
};
use trainyard_engine::plan::{build, earlier, BadInput, ImageOptions, Job, Program, Request, SequenceSize};
use trainyard_format::opener::OpenerPool;

/// # Errors
/// All problems of the workflow against the run at once; a run that cannot be opened.
pub fn assemble(
    checked: &Checked,
    registry: &Registry,
    pool: Arc<OpenerPool>,
    found: Option<&Found>,
) -> Result<Job, Failure> {
    let program = program(registry)?;
    configure(checked, registry, pool, found, program, true).map_err(|wrong| match wrong {
        Wrong::Workflow(problems) => checked.reject(problems).into(),
        Wrong::Run(error) => error.into(),
    })
}

/// Problems against the run of a workflow of which only `rest` is right. Told are those of values that stand there:
/// that a step misses something may be because what gives it was wrong and is left out.
pub fn more_problems(rest: &Checked, registry: &Registry, pool: Arc<OpenerPool>) -> Vec<Problem> {
    let Ok(program) = program(registry) else { return Vec::new() };
    let Err(Wrong::Workflow(mut problems)) = configure(rest, registry, pool, None, program, false) else {
        return Vec::new();
    };
    // a condition has no keys: its problems stand at the step
    let with_keys = |s: &&StepEntry| s.node.is_null() || !matches!(s.node.content, Content::Scalar { .. });
    let steps: Vec<_> = rest.steps.iter().filter(with_keys).map(|s| s.name_span).collect();
    problems.retain(|p| p.span != rest.root.span && !steps.contains(&p.span));
    problems
}

/// `whole`: nothing of the workflow was left out because it is wrong.
pub(super) fn configure(
    checked: &Checked,
    registry: &Registry,
    pool: Arc<OpenerPool>,
    found: Option<&Found>,
    program: Program,
    whole: bool,
) -> Result<Job, Wrong> {
    let run = Arc::new(input::open(checked, &pool, found)?);
    let earlier = earlier(&run, &pool).map_err(Wrong::Run)?;
    let files = Arc::new(NamedFiles::new(pool.clone()));
    let mut problems = Vec::new();
    if found.is_none() {
        go_on(&mut problems, input::not_the_output(checked))?;
    }
    let trains = go_on(&mut problems, input::trains(checked, &run, &files))?;
    let detector = go_on(&mut problems, input::detector(checked, &run))?;
    problems.extend(input::environment(checked));
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
    // a step without a geometry that was told to be wrong is no second mistake
    let mut geometry_failed = false;
    // nor is a column that a wrong step would have made
    let mut columns_are_known = whole;
    let mut lacking = Vec::new();
    if !detector.modules.is_empty() {
        let trains = trains.as_deref().unwrap_or_default();
        let around = geometry::Surroundings { run: &run, detector: &detector, trains, pool: &pool };
        let found = keep(&mut problems, geometry::place(checked, &around, &files));
        geometry_failed = found.is_none();
        placed = found.flatten();
        let map = placed.as_ref().map(|placed| &placed.map);
        bad = keep(&mut problems, mask::bad_pixels(checked, &detector, map, &pool, &files)).unwrap_or_default();
    }
    if detector.modules.is_empty() {
        // nothing is looked at, but a file that is named has to be there
        problems.extend(geometry::unreadable(checked, &files));
        problems.extend(mask::unreadable(checked, &files));
    }
    let (map, limits) = placed.map(|placed| (placed.map, placed.limits)).unzip();
    let limits = limits.unwrap_or_default();
    let (map, bad) = (map.map(Arc::new), Arc::new(bad));
    let schema = Arc::new(FrameSchema::of_input(&detector, &run, map.clone(), bad.clone()));
    let read = schema.clone();
    let mut context = Context {
        run: run.clone(),
        detector: detector.clone(),
        schema,
        pool: pool.clone(),
        files: files.clone(),
        trains: Arc::new(trains.unwrap_or_default()),
        pixel_map: map.clone(),
        bad_pixels: bad.clone(),
        columns: Job::BUILT_IN_COLUMNS.iter().map(|name| ColumnDecl::number(*name, "")).collect(),
        first_step: 0,
        label: String::new(),
        folder: checked.folder.clone(),
    };
    let mut steps = Vec::new();
    // position of the workflow's step that each configured step came from
    let mut origin = Vec::new();
    for (position, entry) in checked.steps.iter().enumerate() {
        let Some(registration) = registry.get(&entry.name) else { continue };
        context.label.clone_from(&entry.label);
        context.first_step = steps.len();
        match (registration.configure)(entry.parameters.clone(), &context) {
            Ok(configured) => {
                let several = configured.len() > 1;
                let effect = (registration.effect)(entry.parameters.clone()).unwrap_or_default();
                if !configured.iter().all(|step| effect.admits(step)) {
                    let what = "the algorithm does to frames what its `effect` does not tell";
                    problems.push(checked.locate(position, &trainyard_engine::algorithm::Problem::new(&[], what)));
                }
                for mut step in configured {
                    if entry.label != entry.name {
                        step.source = named(&entry.label, &step.source, several);
                    }
                    context.columns.extend(step.columns.iter().cloned());
                    if let StepKind::Transform(transform) = &step.kind {
                        match transform.schema(&context.schema) {
                            Ok(made) => context.behind(Arc::new(made)),
                            Err(problem) => problems.push(checked.locate(position, &problem)),
                        }
                    }
                    steps.push((entry.label.clone(), step));
                    origin.push(position);
                }
            }
            Err(more) => {
                for problem in more {
                    match &problem.lacks {
                        // what gives it was wrong, and that is told
                        Some(Lack::Geometry) if geometry_failed => {}
                        Some(Lack::Column(_)) if !columns_are_known => {}
                        Some(Lack::Column(name)) => lacking.push((position, name.clone(), problem)),
                        _ => problems.push(checked.locate(position, &problem)),
                    }
                }
                columns_are_known = false;
            }
        }
    }
    for (position, name, mut problem) in lacking {
        if let Some(maker) = columns::maker(checked, registry, &context, &steps, &origin, (position, &name)) {
            problem.hint = Some(maker);
        }
        problems.push(checked.locate(position, &problem));
    }
    // what storage did not give is not known to be wrong
    if let Some(error) = files.failure() {
        return Err(Wrong::Run(error));
    }
    if problems.is_empty() {
        problems.extend(gates::idle_limits(checked, &steps, &read));
        problems.extend(gates::all_masked(checked, &bad, &steps));
    }
    if !problems.is_empty() {
        return Err(Wrong::Workflow(problems));
    }
    let workflow = &checked.workflow;
    let mask = &workflow.mask;
    let request = Request {
        image: ImageOptions {
            bad_pixels: bad,
            // of two limits the narrower one counts
            below: mask.below.into_iter().chain(limits.below).reduce(f32::max),
            above: mask.above.into_iter().chain(limits.above).reduce(f32::min),
            equal: limits.equal,
            detector_mask: mask.detector,
        },
        geometry: map.zip(workflow.geometry.as_ref()).map(|(map, choice)| (choice.file().to_owned(), map)),
        run,
        detector,
        pool,
        steps,
        numbers: origin.iter().map(|position| position + 1).collect(),
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
        workflow: identified(checked, registry, &files),
        judged: workflow.judged(),
        program,
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

/// Problems of the workflow are collected; what is wrong with the run ends it.
fn go_on<T>(problems: &mut Vec<Problem>, outcome: Result<T, Wrong>) -> Result<Option<T>, Wrong> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Wrong::Workflow(more)) => {
            problems.extend(more);
            Ok(None)
        }
        Err(wrong) => Err(wrong),
    }
}

fn keep<T>(problems: &mut Vec<Problem>, outcome: Result<T, Problem>) -> Option<T> {
    outcome.map_err(|problem| problems.push(problem)).ok()
}

/// The workflow without what is of this machine and what is only judged, with the versions of its steps, and the checksums of
/// the files it names in place of the folders they lie in.
fn identified(checked: &Checked, registry: &Registry, files: &NamedFiles) -> serde_json::Value {
    let mut value = checked.workflow.planned();
    let mut versions = serde_json::Map::new();
    for (position, entry) in checked.steps.iter().enumerate() {
        let Some(registration) = registry.get(&entry.name) else { continue };
        versions.insert(entry.name.clone(), registration.version.into());
        for key in path_parameters(registration) {
            if let Some(path) = value["steps"][position][&entry.name].get_mut(&key).filter(|v| v.is_string()) {
                let name = std::path::Path::new(path.as_str().unwrap_or_default()).file_name();
                *path = name.unwrap_or_default().to_string_lossy().into_owned().into();
            }
        }
    }
    if !versions.is_empty() {
        value["versions"] = versions.into();
    }
    let checksums = files.checksums();
    if !checksums.is_empty() {
        value["checksums"] = checksums.into_iter().map(|(who, sum)| serde_json::json!({ who: sum })).collect();
    }
    value
}

/// Parameters of a step that are paths, by its schema.
pub fn path_parameters(registration: &Registration) -> Vec<String> {
    let schema = (registration.schema)().to_value();
    let Some(properties) = schema.get("properties").and_then(|p| p.as_object()) else { return Vec::new() };
    let path = |schema: &serde_json::Value| schema.get("format").is_some_and(|format| format == "path");
    properties.iter().filter(|(_, schema)| path(schema)).map(|(key, _)| key.clone()).collect()
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
