//! The top level of a workflow.

use super::{GeometryChoice, Mask, OnBadInput, QualityChoice, RunChoice, Sequence, Slurm, TrainChoice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Order in the file is order of meaning for `steps` alone; all other keys may come in any order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Workflow {
    /// the run to reduce: a folder, a list of folders, or {proposal, run, data}
    pub run: RunChoice,
    /// trains to take, all when left out: "A:B", {index: "A:B"} or {file: ids.txt}
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trains: Option<TrainChoice>,
    /// detector to reduce; found by itself when the run has only one
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<String>,
    /// numbers of the modules to take, all when left out
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub modules: Option<Vec<u16>>,
    /// LPD: whether each train holds three gain stages of the same pulses, one after the other; seen by itself when left out
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parallel_gain: Option<bool>,
    /// CrystFEL .geom or pyFAI .poni file
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geometry: Option<GeometryChoice>,
    /// pixels not to be used
    #[serde(default)]
    pub mask: Mask,
    /// folder of the reduced run
    #[schemars(extend("format" = "path"))]
    pub output: PathBuf,
    /// length of a sequence, the unit of work and of output files
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// what to do about damaged input
    #[serde(default)]
    pub on_bad_input: OnBadInput,
    /// sources to carry over, every one that is not the detector when left out
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<Vec<String>>,
    /// what to do, in this order; with `[]` the selected trains of all sources are copied
    pub steps: Vec<serde_json::Value>,
    /// what a sample of the written frames must meet before anything is published
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quality: Option<QualityChoice>,
    /// resources to ask of Slurm
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slurm: Option<Slurm>,
}

impl Workflow {
    /// The workflow for plan and manifest: nothing that may differ where the result may not. Run, output and Slurm are
    /// gone, and of the paths of geometry, mask and train list the file names stay.
    pub fn canonical(&self) -> serde_json::Value {
        let mut canonical = self.clone();
        let shorten = |path: &mut PathBuf| *path = path.file_name().map(PathBuf::from).unwrap_or_default();
        match &mut canonical.geometry {
            Some(GeometryChoice::File(file)) => shorten(file),
            Some(GeometryChoice::Adjusted(geometry)) => shorten(&mut geometry.file),
            None => {}
        }
        if let Some(TrainChoice::By(super::TrainsBy::File(file))) = &mut canonical.trains {
            shorten(file);
        }
        canonical.mask.file.iter_mut().for_each(shorten);
        let mut value = serde_json::to_value(&canonical).unwrap_or_default();
        if let Some(keys) = value.as_object_mut() {
            for machine in ["run", "output", "slurm"] {
                keys.shift_remove(machine);
            }
        }
        value
    }

    /// What decides only at the end whether a reduction may be published: no part of the plan, so that finished work stays
    /// when it is judged otherwise.
    pub fn judged(&self) -> serde_json::Value {
        let mut judged = serde_json::json!({ "on-bad-input": self.on_bad_input });
        if let Some(quality) = &self.quality {
            judged["quality"] = serde_json::json!({ "limits": quality.limits });
        }
        judged
    }

    /// The canonical form without what is judged: of the limits of quality the names of what they measure are left.
    pub fn planned(&self) -> serde_json::Value {
        let mut value = self.canonical();
        if let Some(keys) = value.as_object_mut() {
            keys.shift_remove("on-bad-input");
        }
        if let (Some(quality), Some(keys)) = (&self.quality, value.get_mut("quality").and_then(|q| q.as_object_mut())) {
            keys.shift_remove("limits");
            let metrics: Vec<&str> = quality.limits_in_force().limits.iter().map(|(metric, _)| metric.name()).collect();
            keys.insert("metrics".into(), metrics.into());
        }
        value
    }
}
