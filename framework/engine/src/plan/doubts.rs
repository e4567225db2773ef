//! What makes results doubtful and is known before the first byte: the user should hear of it, by `check` as by `run`.

use super::Job;
use crate::algorithm::StepKind;
use trainyard_format::detector::DetectorKind;

impl Job {
    /// One line each.
    pub fn doubts(&self) -> Vec<String> {
        let seeing = self.steps.iter().filter(|s| matches!(s.step.kind, StepKind::Frame(_) | StepKind::Train(_)));
        let mut labels: Vec<String> = Vec::new();
        for label in seeing.map(|s| format!("`{}`", s.label)) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        // cameras have no corrected form, and many count photons
        if !self.detector.raw || self.detector.kind == DetectorKind::Camera || labels.is_empty() {
            return Vec::new();
        }
        let see = if labels.len() == 1 { "sees" } else { "see" };
        vec![format!(
            "{}: pixels are as recorded, not corrected: {} {see} raw ADU, with the offset and gain of each pixel and memory \
             cell; name the folder of corrected data (`data: proc`) where there is one, and take thresholds in ADU otherwise",
            self.detector.name,
            labels.join(", ")
        )]
    }
}
