//! What a workflow asks for, as whoever reads workflows tells: the manifest's own words, with nothing of its claims.

use crate::algorithm::Effect;
use crate::plan::Job;
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

impl Asked {
    fn write_position(&self) -> Option<usize> {
        self.steps.iter().position(|step| matches!(step.effect, Effect::Writes(_)))
    }

    /// Labels of the steps that give the written pixels other values.
    pub(super) fn changing(&self) -> Vec<&str> {
        let before = self.steps.get(..self.write_position().unwrap_or(0)).unwrap_or_default();
        before.iter().filter(|s| matches!(s.effect, Effect::ChangesPixels)).map(|s| s.label.as_str()).collect()
    }

    /// Within what the written pixels may differ.
    pub(super) fn lossy(&self) -> Option<Lossy> {
        match &self.steps.get(self.write_position()?)?.effect {
            Effect::Writes(lossy) => *lossy,
            _ => None,
        }
    }

    /// What non-finite pixels are replaced with.
    pub(super) fn replaced_with(&self) -> Option<f64> {
        match self.lossy()?.non_finite {
            NonFinite::ReplaceWith(value) => Some(value),
            NonFinite::Lossless => None,
        }
    }
}
