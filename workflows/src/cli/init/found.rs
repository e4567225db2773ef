//! What the run holds that a workflow is made of.

use super::InitOptions;
use crate::cli::inspect::detectors::DetectorLine;
use crate::cli::inspect::summary::Summary;
use crate::cli::{Exit, Failure};
use std::path::{Path, PathBuf};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{OpenPolicy, Run};

pub struct Found {
    pub summary: Summary,
    /// position of the one to reduce
    chosen: usize,
    pub geometry: Option<PathBuf>,
    /// the geometry was not named but lies beside the run
    geometry_found: bool,
    /// several lie there
    geometries: usize,
    /// of the workflow file: paths in it start there
    pub folder: PathBuf,
    raw_matters: bool,
}

impl Found {
    /// # Errors
    /// A run that cannot be opened, or has no detector, or not the one that is named.
    pub fn look(options: &InitOptions, openers: &OpenerPool) -> Result<Self, Failure> {
        let run = Run::open(&options.runs, openers, OpenPolicy { skip_bad: false, files: false })?;
        let summary = Summary::of(&run, openers)?;
        let chosen = choose(&summary.detectors, options.detector.as_deref())?;
        let beside = beside(&options.runs);
        let (geometry, geometry_found) = match (&options.geometry, &beside[..]) {
            (Some(file), _) => (Some(file.clone()), false),
            (None, [only]) => (Some(only.clone()), true),
            (None, _) => (None, false),
        };
        let folder = match options.output.as_deref().and_then(Path::parent) {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
            _ => PathBuf::from("."),
        };
        let raw_matters = options.kind.counts_photons();
        Ok(Found { summary, chosen, geometry, geometry_found, geometries: beside.len(), folder, raw_matters })
    }

    pub fn detector(&self) -> &DetectorLine {
        &self.summary.detectors[self.chosen]
    }

    pub fn modules(&self) -> Vec<u16> {
        self.detector().modules.iter().map(|module| module.number).collect()
    }

    /// Frames of the usual train.
    pub fn frames_of_a_train(&self) -> u64 {
        self.detector().frames_per_train.as_ref().map_or(0, |spread| spread.median)
    }

    /// What the user has to know beside the workflow.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        match (&self.geometry, self.geometry_found) {
            (Some(file), true) => notes.push(format!("the geometry is the file beside the run: {}", file.display())),
            (None, _) if self.geometries > 1 => notes.push(format!(
                "{} geometry files lie beside the run: name one in the line `geometry` or with --geometry",
                self.geometries
            )),
            (None, _) => notes.push("no geometry: fill in the line `geometry`, or give --geometry FILE".into()),
            _ => {}
        }
        if self.summary.detectors.len() > 1 {
            let name = &self.detector().name;
            notes.push(format!("the run has {} detectors, this workflow is for {name}", self.summary.detectors.len()));
        }
        if self.raw_matters && self.detector().raw {
            notes.push(
                "the detector is as recorded: thresholds are in ADU, set them; better reduce the corrected run".into(),
            );
        }
        notes
    }
}

/// The detector named, or the one with most pixels.
fn choose(detectors: &[DetectorLine], name: Option<&str>) -> Result<usize, Failure> {
    let names = || detectors.iter().map(|d| d.name.as_str()).collect::<Vec<_>>().join(", ");
    if detectors.is_empty() {
        let hint = "`trainyard inspect RUN` shows what it has; sources without a detector are copied by `steps: []`";
        return Err(Failure::new(Exit::Workflow, "the run has no detector", Some(hint)));
    }
    if let Some(name) = name {
        return detectors.iter().position(|d| d.name == name).ok_or_else(|| {
            let what = format!("the run has no detector `{}`", crate::document::shown(name));
            Failure::new(Exit::Workflow, &what, Some(&format!("it has {}", names())))
        });
    }
    let pixels = |d: &DetectorLine| (d.modules.len() * d.module_shape[0] * d.module_shape[1]) as u64;
    // the first of equals
    let most = detectors.iter().enumerate().rev().max_by_key(|(_, d)| pixels(d).saturating_mul(d.frames.max(1)));
    Ok(most.map_or(0, |(position, _)| position))
}

/// Geometry files in the folders of the run.
fn beside(runs: &[PathBuf]) -> Vec<PathBuf> {
    let entries = runs.iter().filter_map(|run| std::fs::read_dir(run).ok()).flatten().flatten();
    let named = |path: &PathBuf| path.extension().is_some_and(|e| e == "geom" || e == "poni");
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(named).filter(|path| path.is_file()).collect();
    files.sort();
    files
}
