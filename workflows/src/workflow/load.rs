//! Reading and checking a workflow file.

use super::sound::sound;
use super::{Checked, Rejected, StepEntry, Workflow};
use crate::document::check::{check, Site};
use crate::document::{apply_set, parse, Content, Node, Origin, Problem, Sources, Span, MAX_BYTES};
use serde_json::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use trainyard_engine::algorithm::Registry;
use trainyard_format::bounded::read_start;
use trainyard_format::opener::Limits;

impl Workflow {
    /// Reads the file at `path`, applies the `a.b=v` of `sets` in order, and checks everything that can be checked
    /// without the run.
    ///
    /// # Errors
    /// All problems at once.
    pub fn load(path: &Path, sets: &[String], registry: &Registry) -> Result<Checked, Rejected> {
        let bytes = read(path).map_err(Rejected::Unreadable)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        Self::of_bytes(&bytes, &path.display().to_string(), folder, sets, registry)
    }

    /// As [`Workflow::load`], of text at hand; relative paths in it belong to `folder`.
    ///
    /// # Errors
    /// All problems at once.
    pub fn of_bytes(
        bytes: &[u8],
        name: &str,
        folder: PathBuf,
        sets: &[String],
        registry: &Registry,
    ) -> Result<Checked, Rejected> {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_BYTES)]);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_string();
        let sources = Sources { name: name.into(), text, sets: sets.to_vec() };
        match check_all(bytes, sets, registry) {
            Ok((workflow, steps, root)) => Ok(Checked { workflow, steps, sources, root, folder }),
            Err((problems, rest)) => {
                let rest = rest.map(|parts| {
                    let (workflow, steps, root) = *parts;
                    Box::new(Checked { workflow, steps, sources: sources.clone(), root, folder })
                });
                Err(Rejected::Wrong { sources: Box::new(sources), problems, rest })
            }
        }
    }
}

/// The text of a workflow file, as every rank reads it.
///
/// # Errors
/// A file that cannot be read.
pub fn text(path: &Path) -> Result<String, Rejected> {
    let bytes = read(path).map_err(Rejected::Unreadable)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn read(path: &Path) -> trainyard_format::Result<Vec<u8>> {
    // one byte more than allowed: the parser says what is too long
    let bytes = read_start("the workflow", path, MAX_BYTES as u64 + 1, Limits::from_environment()?.time);
    bytes.map_err(|error| match path.is_dir() {
        true => {
            error.with_hint("give a workflow, a YAML file: `trainyard init KIND RUN -o w.yaml` writes one for a run")
        }
        false => error,
    })
}

type Parts = (Workflow, Vec<StepEntry>, Node);

/// All problems, and what is right.
type Wrong = (Vec<Problem>, Option<Box<Parts>>);

fn check_all(bytes: &[u8], sets: &[String], registry: &Registry) -> Result<Parts, Wrong> {
    let mut root = parse(bytes, Origin::File).map_err(|problems| (problems, None))?;
    let mut problems = Vec::new();
    for (index, set) in sets.iter().enumerate() {
        if let Err(more) = apply_set(&mut root, set, index) {
            problems.extend(more);
        }
    }
    let steps = read_steps(&root, registry, &mut problems);
    let schema = schemars::schema_for!(Workflow).to_value();
    let begin = Span::point(Origin::File, root.span.line.max(1), root.span.column.max(1));
    let site = Site::new("the workflow", begin);
    let bare = without_steps(&root);
    let value = match check(&bare, &schema, &site) {
        Ok(value) => Some(value),
        Err(mut more) => {
            of_steps(&mut more, &root, &schema, &steps, registry);
            problems.extend(more);
            sound(bare, &schema, &site).map(|(_, value)| value)
        }
    };
    let parts = value.and_then(|mut value| {
        value["steps"] = Value::Array(steps.iter().map(StepEntry::to_value).collect());
        match serde_json::from_value(value) {
            Ok(workflow) => Some((workflow, steps, root)),
            Err(error) => {
                // what is left of a wrong file may lack what only belongs together
                if problems.is_empty() {
                    problems.push(Problem::new(begin, error.to_string()));
                }
                None
            }
        }
    });
    match parts {
        Some(parts) if problems.is_empty() => Ok(parts),
        parts => Err((problems, parts.map(Box::new))),
    }
}

/// A key that stands at the top and belongs to a step: where it goes.
fn of_steps(problems: &mut [Problem], root: &Node, schema: &Value, steps: &[StepEntry], registry: &Registry) {
    let Content::Mapping(entries) = &root.content else { return };
    let has = |schema: &Value, key: &str| schema.get("properties").is_some_and(|p| p.get(key).is_some());
    for (key, _) in entries.iter().filter(|(key, _)| !has(schema, &key.text)) {
        let takes = |step: &&StepEntry| {
            registry.get(&step.name).is_some_and(|registration| has(&(registration.schema)().to_value(), &key.text))
        };
        let Some(step) = steps.iter().find(takes) else { continue };
        let hint = match key.span.origin {
            Origin::File => format!("it belongs to the step: `{}: {{{}: ...}}`", step.name, key.text),
            Origin::Set(_) => format!("it belongs to a step: `--set steps.{}.{}=...`", step.label, key.text),
        };
        let told = problems.iter_mut().find(|problem| problem.span == key.span);
        told.into_iter().for_each(|problem| problem.hint = Some(hint.clone()));
    }
}

fn read_steps(root: &Node, registry: &Registry, problems: &mut Vec<Problem>) -> Vec<StepEntry> {
    let Some(Node { content: Content::Sequence(items), .. }) = root.get("steps") else { return Vec::new() };
    let mut steps: Vec<StepEntry> = Vec::with_capacity(items.len());
    let mut labels: HashMap<String, usize> = HashMap::new();
    for item in items {
        match StepEntry::read(item, registry) {
            Ok(step) => {
                let line = step.name_span.line;
                if step.label != step.name {
                    if let Some(first) = labels.insert(step.label.clone(), line) {
                        let what = format!("two steps are called `{}`, the first stands in line {first}", step.label);
                        problems.push(Problem::new(step.name_span, what).hint("give one of them another `as`"));
                    }
                }
                steps.push(step);
            }
            Err(more) => {
                problems.extend(more);
                steps.extend(StepEntry::sound(item, registry));
            }
        }
    }
    steps
}

/// The tree with nothing in each step: those have schemas of their own.
fn without_steps(root: &Node) -> Node {
    let mut root = root.clone();
    if let Content::Mapping(entries) = &mut root.content {
        for (_, node) in entries.iter_mut().filter(|(key, _)| key.text == "steps") {
            if let Content::Sequence(items) = &mut node.content {
                items.iter_mut().for_each(|item| *item = Node::scalar("", true, item.span));
            }
        }
    }
    root
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
