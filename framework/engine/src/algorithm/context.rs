//! What a step is configured against: the run, its detector, geometry and mask, and the columns made before it.

use super::ColumnDecl;
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_format::detector::Detector;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_geometry::PixelMap;

/// Something wrong with a step, found when it is configured. `path` leads to the value in the step's parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// keys from the step's parameters down, empty for the step itself
    pub path: Vec<String>,
    /// lowercase fragment
    pub what: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(path: &[&str], what: impl Into<String>) -> Self {
        Problem { path: path.iter().map(|s| s.to_string()).collect(), what: what.into(), hint: None }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

pub struct Context {
    pub run: Arc<Run>,
    pub detector: Arc<Detector>,
    pub pool: Arc<OpenerPool>,
    /// ids of the selected trains, ascending
    pub trains: Arc<Vec<u64>>,
    /// positions of the pixels, when the workflow names a geometry
    pub pixel_map: Option<Arc<PixelMap>>,
    /// pixels bad in every frame: `[module, slow, fast]`, true = bad (mask file and pixels without a panel)
    pub bad_pixels: Arc<Vec<bool>>,
    /// columns that earlier steps make, and the built-in ones (`train`, `pulse`, `cell`), numbered by position
    pub columns: Vec<ColumnDecl>,
    /// what the step is called: the word after `as`, or the step's own name
    pub label: String,
    /// folder against which relative paths in the workflow are resolved
    pub folder: PathBuf,
}

impl Context {
    /// Number of the column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}
