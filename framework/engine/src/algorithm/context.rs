//! What a step is configured against: the run, its detector, geometry and mask, and the columns made before it.

use super::{ColumnDecl, FrameSchema, NamedFiles};
use std::path::{Path, PathBuf};
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
    /// what is missing, where that is all: it may be because another mistake took it away
    pub lacks: Option<Lack>,
}

/// What a step needs of others, and does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    Geometry,
    /// by name
    Column(String),
}

impl Problem {
    pub fn new(path: &[&str], what: impl Into<String>) -> Self {
        Problem { path: path.iter().map(|s| s.to_string()).collect(), what: what.into(), hint: None, lacks: None }
    }

    /// A step that needs a geometry, and there is none.
    pub fn no_geometry(path: &[&str]) -> Self {
        let hint = "name a CrystFEL .geom or a .poni file at the top of the workflow: `geometry: FILE`";
        let problem = Problem::new(path, "the geometry of the detector is not known").with_hint(hint);
        Problem { lacks: Some(Lack::Geometry), ..problem }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[derive(Clone)]
pub struct Context {
    pub run: Arc<Run>,
    /// as frames are at the step's place: shape and type are those that the steps before it make
    pub detector: Arc<Detector>,
    /// what a frame is at the step's place
    pub schema: Arc<FrameSchema>,
    pub pool: Arc<OpenerPool>,
    /// reads files that the workflow names
    pub files: Arc<NamedFiles>,
    /// ids of the selected trains, ascending
    pub trains: Arc<Vec<u64>>,
    /// positions of the pixels, when the workflow names a geometry
    pub pixel_map: Option<Arc<PixelMap>>,
    /// pixels bad in every frame: `[module, slow, fast]`, true = bad (mask file and pixels without a panel)
    pub bad_pixels: Arc<Vec<bool>>,
    /// columns that earlier steps make, and the built-in ones (`train`, `pulse`, `cell`), numbered by position
    pub columns: Vec<ColumnDecl>,
    /// position among all steps of the first one that is configured now
    pub first_step: usize,
    /// what the step is called: the word after `as`, or the step's own name
    pub label: String,
    /// folder against which relative paths in the workflow are resolved
    pub folder: PathBuf,
}

impl Context {
    /// As steps behind one that makes `schema` are configured.
    pub fn behind(&mut self, schema: Arc<FrameSchema>) {
        self.detector = Arc::new(schema.detector(&self.detector));
        self.pixel_map.clone_from(&schema.map);
        self.bad_pixels = schema.bad.clone();
        self.schema = schema;
    }

    /// The content of a file that the step's parameters name, of at most `longest` bytes; a relative path belongs to the
    /// folder of the workflow. Steps read files in no other way: so the content is part of the plan's identity, and all
    /// ranks see the same.
    ///
    /// # Errors
    /// A file that is not there, too long, or cannot be read; the problem belongs to the key that named the file.
    pub fn read_file(&self, key: &str, path: &Path, longest: u64) -> Result<Vec<u8>, Problem> {
        let path = self.folder.join(path);
        self.files.read(&format!("{}.{key}", self.label), &path, longest).map_err(|error| {
            let problem = Problem::new(&[key], format!("failed to read {}: {error}", path.display()));
            match error.hint() {
                Some(hint) => problem.with_hint(hint),
                None => problem,
            }
        })
    }

    /// Number of the column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}
