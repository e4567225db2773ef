//! A module that a decision dropped for all frames: no step behind the decision sees it, and its files hold no frame.

use super::Job;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedModule {
    /// in `Detector::modules`
    pub position: usize,
    /// position of the step that dropped it
    pub step: usize,
    pub reason: String,
}

impl DroppedModule {
    /// As the RUN value `modules` of the fates tells it: `5: step 2, drop-modules: no good pixel in 120 frames`
    pub fn told(&self, job: &Job) -> String {
        let planned = &job.steps[self.step];
        let number = job.detector.modules[self.position].number;
        format!("{number}: step {}, {}: {}", planned.number, planned.label, self.reason)
    }

    /// Number of the module, and of the step in the workflow, out of what is told; `None`: it is no such text.
    pub fn understood(text: &str) -> Option<(u16, usize)> {
        let (module, rest) = text.split_once(": step ")?;
        let (step, _) = rest.split_once(", ")?;
        Some((module.parse().ok()?, step.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_understood() {
        assert_eq!(DroppedModule::understood("5: step 12, drop-modules: no good pixel: none"), Some((5, 12)));
        for text in ["", "5", "5: step", "5: step x, drop: y", "-1: step 2, drop: y", "5: step 2"] {
            assert_eq!(DroppedModule::understood(text), None, "{text}");
        }
    }
}
