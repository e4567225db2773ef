//! What the reduced run says was done: the parts of `reduction.json` that can be held against it.

use crate::plan::Program;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use trainyard_format::{Error, Place, Result};

/// Longest manifest read.
const LONGEST: u64 = 256 << 20;

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Claim {
    #[serde(default)]
    program: Maker,
    #[serde(default)]
    workflow: serde_json::Value,
    pub modules: Vec<u16>,
    #[serde(default)]
    pub parallel_gain: bool,
    pub trains: u64,
    pub frames: Frames,
    #[serde(default)]
    steps: Vec<Step>,
    pub lossy: Option<Lossy>,
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
    pub by_fate: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Step {
    step: String,
    /// in the workflow, from 1; earlier manifests have none, and one entry for each number
    number: Option<usize>,
    results: Option<String>,
    #[serde(default)]
    changes_pixels: bool,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Lossy {
    pub bound_kind: String,
    pub bound: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct File {
    pub name: String,
    pub size: u64,
    pub index_checksum: Option<String>,
}

impl Claim {
    /// What the files of the run should name as the library that wrote them.
    pub fn library(&self) -> String {
        match &self.program {
            Maker::Text(text) => text.clone(),
            Maker::Program(program) => program.library(),
        }
    }

    /// `None`: the folder has no manifest.
    ///
    /// # Errors
    /// A manifest that cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Claim>> {
        let path = folder.join("reduction.json");
        let size = match std::fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("look at", &path, &error)),
        };
        if size > LONGEST {
            return Err(Error::input(format!("a manifest of {size} bytes"), Place::file(&path)));
        }
        let text = std::fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
        let parsed = serde_json::from_slice(&text);
        parsed.map(Some).map_err(|error| Error::input(format!("no manifest: {error}"), Place::file(&path)))
    }

    /// The detector as the workflow names it, which may be one source or a pattern; `None`: the only one of the run.
    pub fn detector_name(&self) -> Option<&str> {
        self.workflow.get("detector")?.as_str()
    }

    fn write_step(&self) -> Option<&serde_json::Value> {
        let steps = self.workflow.get("steps")?.as_array()?;
        steps.iter().find_map(|step| match step {
            serde_json::Value::String(name) if name == "write-frames" => Some(step),
            step => step.get("write-frames"),
        })
    }

    /// There were no steps: trains were selected and sources copied, those of detectors too.
    pub fn only_copies(&self) -> bool {
        self.workflow.get("steps").and_then(serde_json::Value::as_array).is_some_and(Vec::is_empty)
    }

    pub fn writes_frames(&self) -> bool {
        self.write_step().is_some()
    }

    /// What non-finite pixels were replaced with.
    pub fn replaced_with(&self) -> Option<f64> {
        self.write_step()?.get("codec")?.get("sz3")?.get("non-finite")?.get("replace-with")?.as_f64()
    }

    /// Steps that gave the written pixels other values.
    pub fn changing_steps(&self) -> Vec<&str> {
        self.steps.iter().filter(|step| step.changes_pixels).map(|step| step.step.as_str()).collect()
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
        assert_eq!((claim.replaced_with(), claim.changing_steps()), (Some(-1.0), vec!["round"]));
        assert_eq!((claim.detector_name(), claim.copied()), (None, Some(vec!["A"])));
    }

    #[test]
    fn a_bare_step_writes_frames_too() {
        let text = r#"{"workflow": {"steps": ["write-frames"]}, "detector": "D", "modules": [], "trains": 0, "frames": {"by-fate": {}}}"#;
        let claim: Claim = serde_json::from_str(text).unwrap();
        assert!(claim.writes_frames() && claim.copied().is_none() && claim.replaced_with().is_none());
    }
}
