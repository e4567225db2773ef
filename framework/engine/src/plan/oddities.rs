//! What is odd about the input and does not keep it from being reduced: the user should hear of it all the same.

use super::Job;
use std::path::PathBuf;
use trainyard_format::detector::Detector;
use trainyard_format::run::Run;
use trainyard_format::validate::errors_of_map;
use trainyard_format::words::is_or_are;
use trainyard_format::Place;

impl Job {
    pub fn oddities(&self) -> Vec<String> {
        oddities(&self.run, &self.detector)
    }
}

/// One line each, without folders: modules that are not there, what a validator of the input calls an error and can
/// tell without reading data, and what was odd when files were opened.
pub fn oddities(run: &Run, detector: &Detector) -> Vec<String> {
    let mut lines = Vec::new();
    // modules that were not asked for may well be there
    let whole = Detector::find(run, Some(&detector.name), None);
    if let Some(whole) = whole.ok().filter(|whole| !whole.missing_modules().is_empty()) {
        let missing: Vec<String> = whole.missing_modules().iter().map(u16::to_string).collect();
        let all = missing.len() + whole.modules.len();
        let are = is_or_are(missing.len());
        lines.push(format!(
            "{}: {} of {all} modules {are} not there: {}",
            whole.name,
            missing.len(),
            missing.join(", ")
        ));
    }
    let mut told: Vec<(Option<PathBuf>, String)> = Vec::new();
    for finding in run.files.iter().flat_map(|file| errors_of_map(file)) {
        let dataset = finding.dataset.unwrap_or_default();
        let what = if dataset.is_empty() { finding.what } else { format!("{dataset}: {}", finding.what) };
        lines.push(line(&finding.place, &what));
        told.push((finding.place.file, dataset));
    }
    for error in &run.problems {
        let place = error.place();
        // the path of what is odd stands where others have a source
        let path = place.source.as_deref().unwrap_or_default();
        let known = |(file, dataset): &(Option<PathBuf>, String)| *file == place.file && path.starts_with(dataset);
        if !told.iter().filter(|(_, dataset)| !dataset.is_empty()).any(known) {
            lines.push(line(&Place { source: None, ..place.clone() }, &error.to_string()));
        }
    }
    lines
}

fn line(place: &Place, what: &str) -> String {
    let place = place.clone().without_folder().to_string();
    if place.is_empty() {
        what.to_owned()
    } else {
        format!("{place}: {what}")
    }
}
