//! A workflow without known problems, and the way back from a value to its place in the file.

use super::{Rejected, StepEntry, Workflow};
use crate::document::{Node, Problem, Sources, Span};
use std::path::PathBuf;
use trainyard_engine::algorithm;

#[derive(Clone, Debug)]
pub struct Checked {
    pub workflow: Workflow,
    /// checked against their schemas, in the order of the file
    pub steps: Vec<StepEntry>,
    pub sources: Sources,
    /// the whole file, with every `--set` applied
    pub root: Node,
    /// the folder of the workflow file
    pub folder: PathBuf,
}

impl Checked {
    /// Where the value at `path` stands, or what is nearest to it: `["geometry", "distance"]`.
    pub fn span(&self, path: &[&str]) -> Span {
        let path: Vec<String> = path.iter().map(|key| key.to_string()).collect();
        self.root.deepest(&path)
    }

    /// A problem of a top-level key.
    pub fn problem(&self, path: &[&str], what: impl Into<String>) -> Problem {
        Problem::new(self.span(path), what)
    }

    /// A problem that a step found in its parameters, with its place. Steps count from 0.
    pub fn locate(&self, step: usize, problem: &algorithm::Problem) -> Problem {
        let span = match self.steps.get(step) {
            None => self.root.span,
            Some(entry) if problem.path.is_empty() => entry.name_span,
            Some(entry) => {
                let span = entry.node.deepest(&problem.path);
                // a key that is left out is missed where the step begins
                if span == entry.node.span && !matches!(entry.node.content, crate::document::Content::Scalar { .. }) {
                    entry.name_span
                } else {
                    span
                }
            }
        };
        Problem { span, what: problem.what.clone(), hint: problem.hint.clone() }
    }

    /// These problems as the reason not to go on.
    pub fn reject(&self, problems: Vec<Problem>) -> Rejected {
        Rejected::Wrong { sources: Box::new(self.sources.clone()), problems, rest: None }
    }
}
