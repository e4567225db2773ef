//! Modules whose files were left out because they are damaged: frames that lack them count against `on-bad-input`.
//!
//! What such a file held is not known, but by its name it is one of a detector's series: `...-AGIPD08-S00001.h5`.

use crate::plan::Job;
use std::collections::BTreeSet;
use trainyard_format::run::FileName;

pub struct LostModules {
    /// positions of modules some of whose files were skipped
    partly: Vec<usize>,
    /// a module of which no file is left
    wholly: bool,
}

impl LostModules {
    pub fn of(job: &Job) -> Self {
        let series = |module: usize| -> BTreeSet<String> {
            let parts = job.detector.modules[module].parts.iter();
            parts.filter_map(|p| job.run.file_name(p.file)).map(|name| name.aggregator).collect()
        };
        let known: Vec<BTreeSet<String>> = (0..job.detector.modules.len()).map(series).collect();
        let kind = |aggregator: &str| aggregator.trim_end_matches(|c: char| c.is_ascii_digit()).to_string();
        let kinds: BTreeSet<String> = known.iter().flatten().map(|a| kind(a)).collect();
        let skipped = job.run.skipped.iter().filter_map(|e| e.place().file.as_deref().and_then(FileName::of_path));
        // where modules were chosen, one that is not there may be one that was not
        let all = job.workflow.get("modules").is_none_or(serde_json::Value::is_null);
        let (mut partly, mut wholly) = (Vec::new(), false);
        for FileName { aggregator, .. } in skipped {
            let of = (0..known.len()).filter(|&m| known[m].contains(&aggregator)).collect::<Vec<_>>();
            wholly |= of.is_empty() && all && kinds.contains(&kind(&aggregator));
            partly.extend(of);
        }
        LostModules { partly, wholly }
    }

    /// Whether frames of the train lack a module for that reason.
    pub fn of_train(&self, job: &Job, train: u64) -> bool {
        let lacks = |&module: &usize| {
            let parts = &job.detector.modules[module].parts;
            !parts.iter().any(|part| job.run.position(part.file, train).is_some())
        };
        self.wholly || self.partly.iter().any(lacks)
    }
}
