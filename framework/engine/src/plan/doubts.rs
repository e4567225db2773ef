//! What makes results doubtful and is known before the first byte: the user should hear of it, by `check` as by `run`.

use super::Job;
use crate::algorithm::StepKind;
use trainyard_format::detector::DetectorKind;

impl Job {
    /// One line each.
    pub fn doubts(&self) -> Vec<String> {
        self.raw_pixels().into_iter().chain(self.idle_changes()).collect()
    }

    /// Pixels as recorded, taken for corrected ones.
    fn raw_pixels(&self) -> Option<String> {
        let seeing = self.steps.iter().filter(|s| s.step.kind.looks());
        let mut labels: Vec<String> = Vec::new();
        for label in seeing.map(|s| format!("`{}`", s.label)) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        // cameras have no corrected form, and many count photons
        if !self.detector.raw || self.detector.kind == DetectorKind::Camera || labels.is_empty() {
            return None;
        }
        let see = if labels.len() == 1 { "sees" } else { "see" };
        Some(format!(
            "{}: pixels are as recorded, not corrected: {} {see} raw ADU, with the offset and gain of each pixel and memory \
             cell; name the folder of corrected data (`data: proc`) where there is one, and take thresholds in ADU otherwise",
            self.detector.name,
            labels.join(", ")
        ))
    }

    /// Steps that change pixels which no step behind them looks at or writes.
    fn idle_changes(&self) -> Vec<String> {
        let looks = |kind: &StepKind| kind.looks() || matches!(kind, StepKind::Write(_));
        let last = self.steps.iter().rposition(|s| looks(&s.step.kind));
        let behind = self.steps.iter().skip(last.map_or(0, |last| last + 1));
        let idle = behind.filter(|s| matches!(s.step.kind, StepKind::Transform(_)));
        idle.map(|s| {
            format!("step {}, {}: no step behind it looks at the changed pixels or writes them", s.number, s.label)
        })
        .collect()
    }
}
