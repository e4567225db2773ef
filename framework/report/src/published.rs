//! A reduced run as it stands: its manifest, and the files of results, which are opened as a run of their own.

use serde_json::Value;
use std::path::{Path, PathBuf};
use trainyard_format::durable::read_own;
use trainyard_format::map::{AttributeValue, DatasetMap};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{OpenPolicy, Run};
use trainyard_format::{Error, Place, Result};

/// Longest manifest that is read.
const LONGEST: u64 = 256 << 20;
const MANIFEST: &str = "reduction.json";

pub struct Published {
    pub folder: PathBuf,
    pub manifest: Value,
    /// of the files of results alone
    pub results: Run,
    /// what the names of result sources begin with: `SPB_DET_AGIPD1M-1/REDU`
    pub prefix: String,
}

impl Published {
    /// # Errors
    /// `Request` where there is no reduced run; files that cannot be read.
    pub fn open(folder: &Path, pool: &OpenerPool) -> Result<Self> {
        let place = || Place::file(folder.join(MANIFEST));
        let Some(bytes) = read_own(&folder.join(MANIFEST), LONGEST)? else {
            return Err(Error::request("there is no finished reduction in the folder", Place::file(folder))
                .with_hint("give the output folder of a run that was published: it holds `reduction.json`"));
        };
        let manifest: Value = serde_json::from_slice(&bytes)
            .map_err(|e| Error::input(format!("the manifest is no JSON of ours: {e}"), place()))?;
        let files = result_files(folder, &manifest);
        if files.is_empty() {
            return Err(Error::input("the manifest names no file of results", place()));
        }
        let results = Run::open(&files, pool, OpenPolicy { files: true, ..OpenPolicy::default() })?;
        let prefix = prefix(&results)
            .ok_or_else(|| Error::input("the files of results hold no fates of frames", Place::file(folder)))?;
        Ok(Published { folder: folder.into(), manifest, results, prefix })
    }

    /// `/frames/kept` and the like as a whole number, 0 where there is none.
    pub fn number(&self, pointer: &str) -> u64 {
        self.manifest.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
    }

    pub fn text(&self, pointer: &str) -> String {
        self.manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_default().into()
    }

    pub fn list(&self, pointer: &str) -> &[Value] {
        self.manifest.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// Texts of a list.
    pub fn texts(&self, pointer: &str) -> Vec<String> {
        self.list(pointer).iter().filter_map(Value::as_str).map(String::from).collect()
    }

    /// `REDU/<STEP>:output`
    pub fn output_of(&self, step: &str) -> String {
        format!("{}/{step}:output", self.prefix)
    }

    /// The dataset of a key in the first file that has it.
    pub fn dataset(&self, source: &str, key: &str) -> Option<&DatasetMap> {
        let entry = self.results.sources.get(source)?;
        entry.files.iter().find_map(|&(file, position)| {
            let source = self.results.files.get(file)?.sources.get(position)?;
            source
                .groups
                .iter()
                .find_map(|group| group.datasets.iter().find(|dataset| group.source_key(dataset) == key))
        })
    }

    /// Keys of a source with their datasets, in the first file that has it.
    pub fn keys(&self, source: &str) -> Vec<(String, &DatasetMap)> {
        let Some(entry) = self.results.sources.get(source) else { return Vec::new() };
        let Some(&(file, position)) = entry.files.first() else { return Vec::new() };
        let found = self.results.files.get(file).and_then(|file| file.sources.get(position));
        let groups = found.map(|source| source.groups.as_slice()).unwrap_or_default();
        groups.iter().flat_map(|group| group.datasets.iter().map(|d| (group.source_key(d), d))).collect()
    }

    /// Name of the first file that holds a source.
    pub fn file_of(&self, source: &str) -> String {
        let entry = self.results.sources.get(source);
        let file = entry.and_then(|entry| entry.files.first()).and_then(|&(file, _)| self.results.files.get(file));
        let name = file.and_then(|file| file.path.file_name());
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Symbol of a key's unit, empty where it has none.
pub fn unit_of(dataset: &DatasetMap) -> String {
    let symbol = dataset.attributes.iter().find(|attribute| attribute.name == "unitSymbol");
    match symbol.map(|attribute| &attribute.value) {
        Some(AttributeValue::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Of the manifest's list those that hold results of ours, by name: their aggregator says so.
fn result_files(folder: &Path, manifest: &Value) -> Vec<PathBuf> {
    let files = manifest.pointer("/files").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let names = files.iter().filter_map(|file| file.get("name")?.as_str());
    let of_results = |name: &&str| {
        let found = trainyard_format::run::FileName::parse(name);
        found.is_some_and(|name| name.aggregator.starts_with("REDU")) && trainyard_engine::publish::is_plain(name)
    };
    let names: Vec<&str> = names.filter(of_results).collect();
    // a reduction of a reduction carries the earlier results along: its own have the highest number
    let number = |name: &str| {
        let name = trainyard_format::run::FileName::parse(name)?;
        name.aggregator.trim_start_matches("REDU").parse::<u32>().ok().map(|number| number / 10)
    };
    let own = names.iter().filter_map(|name| number(name)).max();
    let mut own: Vec<&str> = names.into_iter().filter(|name| number(name) == own).collect();
    own.sort_unstable();
    own.iter().map(|name| folder.join(name)).collect()
}

fn prefix(results: &Run) -> Option<String> {
    let of_fates = format!("/{}:output", trainyard_engine::plan::FATE);
    results.sources.keys().find_map(|name| name.strip_suffix(&of_fates)).map(String::from)
}
