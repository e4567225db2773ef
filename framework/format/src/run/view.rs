//! What a run holds.

use super::holders::Holders;
use super::nearest::hint;
use super::FileName;
use crate::error::{Error, Place, Result};
use crate::map::{FileMap, Section};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// One train of a run, as the first file in name order that has it tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainInfo {
    pub id: u64,
    /// ns since the Unix epoch, 0 = unknown
    pub timestamp: u64,
    /// 1 = ok, 0 = suspect
    pub flag: i32,
    /// entry of dataSources that told of the train first; `None`: the time server, or unknown
    pub origin: Option<String>,
}

/// One source of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceEntry {
    pub section: Section,
    /// (index in [`Run::files`], index in [`FileMap::sources`]), in file order
    pub files: Vec<(usize, usize)>,
    /// the name that holds the data now, when this one is only an old name
    pub legacy: Option<String>,
}

/// Files, trains and sources of one or several folders. Plain values: no file is open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub folders: Vec<PathBuf>,
    /// by folder as given, then by name
    pub files: Vec<Arc<FileMap>>,
    /// every train of any file, by id
    pub trains: Vec<TrainInfo>,
    /// by name. REDUCTION and ERRATA sources whose name several aggregators have are named `AGGREGATOR@SOURCE`.
    pub sources: BTreeMap<String, SourceEntry>,
    /// files left out because they cannot be used
    pub skipped: Vec<Error>,
    /// what is wrong but does not hinder
    pub problems: Vec<Error>,
    /// by file: (train id, position in its INDEX), sorted; ids 0 left out
    pub(crate) positions: Vec<Vec<(u64, usize)>>,
    #[serde(skip)]
    pub(super) holders: OnceLock<Holders>,
}

impl Run {
    /// Without files.
    pub fn empty() -> Self {
        Run {
            folders: Vec::new(),
            files: Vec::new(),
            trains: Vec::new(),
            sources: BTreeMap::new(),
            skipped: Vec::new(),
            problems: Vec::new(),
            positions: Vec::new(),
            holders: OnceLock::new(),
        }
    }

    /// # Errors
    /// `Request` with the nearest name when there is no such source.
    pub fn source(&self, name: &str) -> Result<&SourceEntry> {
        self.sources.get(name).ok_or_else(|| {
            let known = self.sources.iter().filter(|(_, entry)| entry.legacy.is_none()).map(|(name, _)| name.as_str());
            Error::request(format!("no source `{name}` in the run"), Place::default().source(name))
                .with_hint(hint(name, known))
        })
    }

    /// Where a file keeps a train.
    pub fn position(&self, file: usize, train: u64) -> Option<usize> {
        let positions = self.positions.get(file)?;
        let found = positions.binary_search_by_key(&train, |&(id, _)| id).ok()?;
        positions.get(found).map(|&(_, position)| position)
    }

    pub fn train_ids(&self) -> Vec<u64> {
        self.trains.iter().map(|train| train.id).collect()
    }

    pub fn train(&self, id: u64) -> Option<&TrainInfo> {
        let found = self.trains.binary_search_by_key(&id, |train| train.id).ok()?;
        self.trains.get(found)
    }

    /// Class, run number, aggregator and sequence of a file.
    pub fn file_name(&self, file: usize) -> Option<FileName> {
        self.files.get(file).map(|map| FileName::of(map))
    }
}
