//! What a workflow asks for, as whoever reads workflows tells: the manifest's own words, with nothing of its claims.

use crate::algorithm::{ByIds, Effect};
use crate::plan::{FateCodes, Job};
use serde_json::Value;
use trainyard_codec::lossy::{Lossy, NonFinite};
use trainyard_format::run::Run;

/// What a workflow means for one input.
pub struct Asked {
    /// the selected trains; `None`: they stand in a list that is not here
    pub trains: Option<Vec<u64>>,
    /// in order
    pub steps: Vec<AskedStep>,
    /// what cannot be read may be left out
    pub may_skip: bool,
    /// the steps that change what is written, configured against the input, or why they cannot be; `None`: none does
    pub again: Option<Result<Box<Job>, String>>,
}

#[derive(Debug)]
pub struct AskedStep {
    pub label: String,
    pub effect: Effect,
}

/// Reads the `workflow` of a manifest, and what stands apart under `judged`, for an input.
///
/// # Errors
/// Why it is no workflow.
pub type ReadWorkflow<'a> = dyn Fn(&Value, &Value, &Run) -> Result<Asked, String> + 'a;

/// A step that writes frames.
pub(super) struct AskedWriter<'a> {
    /// position among the steps
    pub step: usize,
    /// inside the output; `None`: the output itself
    pub folder: Option<&'a str>,
    /// within what its pixels may differ
    pub lossy: Option<&'a Lossy>,
    /// which frames it takes; all when there is none
    pub condition: Option<&'a str>,
    /// where ids alone decide
    pub by_ids: Option<&'a ByIds>,
}

impl Asked {
    /// The first writes into the output itself, each further one into a folder of its name.
    pub(super) fn writers(&self) -> Vec<AskedWriter<'_>> {
        let mut writers = Vec::new();
        for (step, asked) in self.steps.iter().enumerate() {
            if let Effect::Writes { lossy, condition, by_ids } = &asked.effect {
                writers.push(AskedWriter {
                    step,
                    folder: (!writers.is_empty()).then_some(asked.label.as_str()),
                    lossy: lossy.as_ref(),
                    condition: condition.as_deref(),
                    by_ids: by_ids.as_ref(),
                });
            }
        }
        writers
    }

    /// Labels of the steps that give the written pixels other values.
    pub(super) fn changing(&self) -> Vec<&str> {
        let last = self.writers().last().map_or(0, |writer| writer.step);
        let before = self.steps.get(..last).unwrap_or_default();
        before.iter().filter(|s| matches!(s.effect, Effect::ChangesPixels)).map(|s| s.label.as_str()).collect()
    }

    /// Within what the pixels of a writer may differ.
    pub(super) fn lossy(&self, writer: usize) -> Option<Lossy> {
        self.writers().get(writer)?.lossy.copied()
    }

    /// What non-finite pixels of a writer are replaced with.
    pub(super) fn replaced_with(&self, writer: usize) -> Option<f64> {
        match self.lossy(writer)?.non_finite {
            NonFinite::ReplaceWith(value) => Some(value),
            NonFinite::Lossless => None,
        }
    }

    /// The names of fates. `number`: of the step at a position, as fates name it.
    pub(super) fn codes(&self, number: impl Fn(usize) -> usize) -> FateCodes {
        let mut codes = FateCodes::new();
        for (position, step) in self.steps.iter().enumerate() {
            if let Effect::Keeps { condition, .. } = &step.effect {
                codes.add_keep(number(position), condition);
            }
        }
        let writers = self.writers();
        if writers.len() > 1 || writers.iter().any(|writer| writer.condition.is_some()) {
            let named: Vec<_> = writers.iter().map(|writer| (number(writer.step), writer.folder)).collect();
            codes.add_writers(&named);
        }
        codes
    }
}
