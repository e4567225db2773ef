//! What the reduced run says was done: the parts of `reduction.json` that can be held against it.

use crate::plan::Program;
use crate::store::is_sealed;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use trainyard_format::{Error, Place, Result};

/// Longest manifest read.
const LONGEST: u64 = 256 << 20;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Claim {
    /// all of it
    #[serde(skip)]
    pub whole: Value,
    /// whether its seal is that of all else in it; `None`: it has none
    #[serde(skip)]
    pub sealed: Option<bool>,
    #[serde(default)]
    program: Maker,
    #[serde(default)]
    pub plan: String,
    #[serde(default)]
    pub workflow: Value,
    /// what of the workflow is judged at the end, and is no part of the plan
    #[serde(default)]
    pub judged: Value,
    #[serde(default)]
    pub detector: String,
    pub modules: Vec<u16>,
    #[serde(default)]
    pub parallel_gain: bool,
    pub trains: u64,
    /// what is written, where steps made it another type, shape or unit
    pub pixels: Option<Pixels>,
    pub sequences: Option<u64>,
    pub frames: Frames,
    pub bytes: Option<Bytes>,
    #[serde(default)]
    pub steps: Vec<Step>,
    /// published for every frame; none in manifests of the first versions
    #[serde(default)]
    pub columns: Vec<String>,
    #[serde(default)]
    pub warnings: Vec<String>,
    #[serde(default)]
    pub oddities: Vec<String>,
    #[serde(default)]
    pub problems: Vec<String>,
    pub lossy: Option<Lossy>,
    /// run folders inside the output
    #[serde(default)]
    pub folders: Vec<Folder>,
    #[serde(default)]
    pub inputs: Vec<File>,
    #[serde(default)]
    pub files: Vec<File>,
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

/// Who made the run: a text in manifests of the first versions.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Maker {
    Text(String),
    Program(Program),
}

impl Default for Maker {
    fn default() -> Self {
        Maker::Text(String::new())
    }
}

/// What is known of a reduction that the input went through.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Earlier {
    #[serde(default)]
    pub inputs: Vec<File>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Frames {
    pub input: Option<u64>,
    pub kept: Option<u64>,
    pub by_fate: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Bytes {
    pub output: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Step {
    pub step: String,
    /// in the workflow, from 1; earlier manifests have none, and one entry for each number
    pub number: Option<usize>,
    pub results: Option<String>,
    pub frames_in: Option<u64>,
    pub frames_out: Option<u64>,
    #[serde(default)]
    pub changes_pixels: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Pixels {
    pub r#type: String,
    /// of a module
    pub shape: [usize; 2],
    pub unit: Option<String>,
    /// gain and mask
    #[serde(default)]
    pub made: Vec<String>,
    #[serde(default)]
    pub dropped: Vec<String>,
}

impl Pixels {
    /// Of a written key that the steps made, or left behind: `image.mask` of `mask`.
    fn is_one(names: &[String], group: &str, key: &str) -> bool {
        let name = key.strip_prefix(group).and_then(|rest| rest.strip_prefix('.'));
        name.is_some_and(|name| names.iter().any(|own| own == name))
    }

    pub fn makes(&self, group: &str, key: &str) -> bool {
        Self::is_one(&self.made, group, key)
    }

    pub fn drops(&self, group: &str, key: &str) -> bool {
        Self::is_one(&self.dropped, group, key)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Lossy {
    pub bound_kind: String,
    pub bound: f64,
}

/// A run folder inside the output.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Folder {
    /// number of the step in the workflow, from 1
    pub step: usize,
    pub folder: String,
    pub frames: u64,
    pub lossy: Option<Lossy>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    pub name: String,
    pub size: u64,
    pub index_checksum: Option<String>,
    /// of all its bytes
    pub checksum: Option<String>,
}

impl Claim {
    /// What the files of the run should name as the library that wrote them.
    pub fn library(&self) -> String {
        match &self.program {
            Maker::Text(text) => text.clone(),
            Maker::Program(program) => program.library(),
        }
    }

    /// Made by a version whose plans were known by other parts.
    pub fn is_before_builds(&self) -> bool {
        matches!(self.program, Maker::Text(_))
    }

    /// `None`: the folder has no manifest.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Claim>> {
        let path = folder.join("reduction.json");
        let Some(text) = own_text(&path)? else { return Ok(None) };
        let wrong = |error: serde_json::Error| Error::input(format!("no manifest: {error}"), Place::file(&path));
        let whole: Value = serde_json::from_slice(&text).map_err(wrong)?;
        let mut claim = Claim::deserialize(&whole).map_err(wrong)?;
        claim.sealed = is_sealed(&whole);
        claim.whole = whole;
        Ok(Some(claim))
    }

    /// The detector as the workflow names it, which may be one source or a pattern; `None`: the only one of the run.
    pub fn detector_name(&self) -> Option<&str> {
        self.workflow.get("detector")?.as_str()
    }

    fn write_step(&self) -> Option<&Value> {
        let steps = self.workflow.get("steps")?.as_array()?;
        steps.iter().find_map(|step| match step {
            Value::String(name) if name == "write-frames" => Some(step),
            step => step.get("write-frames"),
        })
    }

    /// There were no steps: trains were selected and sources copied, those of detectors too.
    pub fn only_copies(&self) -> bool {
        self.workflow.get("steps").and_then(Value::as_array).is_some_and(Vec::is_empty)
    }

    pub fn writes_frames(&self) -> bool {
        self.write_step().is_some()
    }

    /// Numbers of the modules that the workflow takes; `None`: all.
    pub fn selected_modules(&self) -> Option<Vec<u16>> {
        let list = self.workflow.get("modules")?.as_array()?;
        Some(list.iter().filter_map(|number| u16::try_from(number.as_u64()?).ok()).collect())
    }

    /// What the workflow says of parallel gain.
    pub fn said_parallel_gain(&self) -> Option<bool> {
        self.workflow.get("parallel-gain")?.as_bool()
    }

    /// The step that leaves the results `device`, by its number in the names of the fates, from 1.
    pub fn number_of(&self, device: &str) -> Option<usize> {
        let position = self.steps.iter().position(|step| step.results.as_deref() == Some(device))?;
        Some(self.steps[position].number.unwrap_or(position + 1))
    }

    /// Sources that the workflow names in `copy`; `None`: all were to be carried over.
    pub fn copied(&self) -> Option<Vec<&str>> {
        let list = self.workflow.get("copy").filter(|list| !list.is_null())?.as_array()?;
        Some(list.iter().filter_map(|name| name.as_str()).collect())
    }
}

/// The bytes of a file that stands in the folder itself; `None`: there is none.
///
/// # Errors
/// A link, a pipe or a device under that name, a file that is too long, failures of the machine.
fn own_text(path: &Path) -> Result<Option<Vec<u8>>> {
    let no_file = || Error::input("it is no file of the output but a link, a pipe or a device", Place::file(path));
    let open = std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = match open {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => return Err(no_file()),
        Err(error) => return Err(Error::io("open", path, &error)),
    };
    let metadata = file.metadata().map_err(|error| Error::io("look at", path, &error))?;
    if !metadata.is_file() {
        return Err(no_file());
    }
    let mut text = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut text).map_err(|error| Error::io("read", path, &error))?;
    if text.len() as u64 > LONGEST {
        return Err(Error::input(format!("a manifest of more than {LONGEST} bytes"), Place::file(path)));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_understood() {
        let text = r#"{"workflow": {"steps": ["lit-frames", {"write-frames": {"codec": {"sz3": {"absolute": 1, "non-finite": {"replace-with": -1}}}}}], "copy": ["A"]},
            "detector": "D", "modules": [1], "trains": 3, "frames": {"input": 4, "kept": 4, "by-fate": {"kept": 4}},
            "steps": [{"step": "round", "frames-in": 4, "frames-out": 4, "changes-pixels": true}]}"#;
        let claim: Claim = serde_json::from_str(text).unwrap();
        assert!(claim.writes_frames());
        assert!(claim.steps.first().is_some_and(|step| step.changes_pixels));
        assert_eq!((claim.detector_name(), claim.copied()), (None, Some(vec!["A"])));
    }

    #[test]
    fn a_bare_step_writes_frames_too() {
        let text = r#"{"workflow": {"steps": ["write-frames"]}, "detector": "D", "modules": [], "trains": 0, "frames": {"by-fate": {}}}"#;
        let claim: Claim = serde_json::from_str(text).unwrap();
        assert!(claim.writes_frames() && claim.copied().is_none());
    }
}
