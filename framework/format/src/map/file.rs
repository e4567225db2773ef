//! One file: METADATA, INDEX, sources with their groups and datasets.

use super::{Attribute, DatasetMap};
use serde::{Deserialize, Serialize};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What identifies the state of a file on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    pub size: u64,
    pub mtime_ns: i128,
    /// when anything about the file changed last, be it its name: what sets the other time back changes this one
    pub ctime_ns: i128,
}

impl FileStamp {
    pub fn of(file: &std::fs::Metadata) -> Self {
        let ns = |seconds: i64, ns: i64| i128::from(seconds) * 1_000_000_000 + i128::from(ns);
        FileStamp {
            size: file.len(),
            mtime_ns: ns(file.mtime(), file.mtime_nsec()),
            ctime_ns: ns(file.ctime(), file.ctime_nsec()),
        }
    }
}

/// Versions of the format; unknown ones are read like 1.2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormatVersion {
    /// no METADATA/dataFormatVersion: 0.1 or 0.5
    Legacy,
    Stated(String),
}

/// Element 0 of each METADATA dataset; `None` where the file has none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    pub creation_date: Option<String>,
    pub update_date: Option<String>,
    pub daq_library: Option<String>,
    pub karabo_framework: Option<String>,
    pub run_type: Option<String>,
    pub sample: Option<String>,
    pub proposal_number: Option<u32>,
    pub run_number: Option<u32>,
    pub sequence_number: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Section {
    Control,
    Instrument,
    Reduction,
    Errata,
}

impl Section {
    pub fn group_name(self) -> &'static str {
        match self {
            Section::Control => "CONTROL",
            Section::Instrument => "INSTRUMENT",
            Section::Reduction => "REDUCTION",
            Section::Errata => "ERRATA",
        }
    }
}

/// Lengths of `first` and `count` (or `last`) as stored; `None`: not one-dimensional. The validator judges them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredIndex {
    pub first: Option<u64>,
    pub count: Option<u64>,
}

/// One index group of a source: `image`, `header`, `data` ...; for CONTROL sources the only one, with an empty name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupMap {
    pub name: String,
    /// by position in [`FileMap::trains`]: first row and number of rows. Same length as `trains`:
    /// a shorter index is filled with zeros and a finding, a longer one cut.
    pub first: Vec<u64>,
    pub count: Vec<u64>,
    /// how long the index is in the file, before it was fitted to `trains`
    pub stored_index: StoredIndex,
    /// sorted by path
    pub datasets: Vec<DatasetMap>,
    /// attributes of key groups in CONTROL (units etc.): (key without `.value`, attributes)
    pub key_attributes: Vec<(String, Vec<Attribute>)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceMap {
    pub section: Section,
    /// `SPB_DET_AGIPD1M-1/DET/0CH0:xtdf`
    pub name: String,
    pub groups: Vec<GroupMap>,
    /// set when the source's group is a soft link: the name it points to. Its data are not listed again.
    pub legacy_target: Option<String>,
    /// datasets under `RUN/NAME` (first dimension 1)
    pub run_values: Vec<DatasetMap>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileMap {
    pub path: PathBuf,
    pub stamp: FileStamp,
    pub version: FormatVersion,
    pub metadata: Metadata,
    /// dataSourceId strings in file order (empty ones dropped)
    pub data_sources: Vec<String>,
    /// row in the INDEX of each train (zeros, repeats and ids out of order keep their rows here)
    pub trains: Vec<u64>,
    /// entries of INDEX/trainId as stored, trailing zeros included
    pub stored_trains: u64,
    /// ns since the Unix epoch; empty when the file has none
    pub timestamps: Vec<u64>,
    /// 1 = ok, 0 = suspect, whatever the version stored
    pub flags: Vec<i32>,
    /// empty when the file has none
    pub origins: Vec<i32>,
    pub sources: Vec<SourceMap>,
    /// what the opener found odd while reading the structure: (dataset path, text)
    pub oddities: Vec<(String, String)>,
}

impl GroupMap {
    /// The dataset's key in its source: `image.data`; in CONTROL groups, which have no name, the key alone.
    pub fn source_key(&self, dataset: &DatasetMap) -> String {
        if self.name.is_empty() {
            dataset.key.clone()
        } else {
            format!("{}.{}", self.name, dataset.key)
        }
    }

    /// The dataset of a key such as `image.data`.
    pub fn dataset(&self, source_key: &str) -> Option<&DatasetMap> {
        self.datasets.iter().find(|d| self.source_key(d) == source_key)
    }
}
