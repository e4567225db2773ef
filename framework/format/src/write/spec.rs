//! What must be known of a file before its first dataset: name, metadata, trains.

use crate::map::Metadata;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// One train of the file's INDEX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainRow {
    pub id: u64,
    /// ns since the Unix epoch, 0 = unknown
    pub timestamp: u64,
    /// 1 = ok, 0 = suspect
    pub flag: i32,
    /// `CONTROL/<device>` or `INSTRUMENT/<device>:<channel>/<group>` that told of the train first; `None` = the time server
    pub origin: Option<String>,
}

impl TrainRow {
    /// A train that the time server announced.
    pub fn new(id: u64, timestamp: u64) -> Self {
        TrainRow { id, timestamp, flag: 1, origin: None }
    }
}

/// Version of the format to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum WrittenVersion {
    /// without attributes
    V1_2,
    #[default]
    V1_3,
}

impl WrittenVersion {
    pub fn name(self) -> &'static str {
        match self {
            WrittenVersion::V1_2 => "1.2",
            WrittenVersion::V1_3 => "1.3",
        }
    }
}

/// Everything that a file says beside its data. Dates come from the input, never from the clock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSpec {
    pub path: PathBuf,
    pub version: WrittenVersion,
    /// of the file this one is made from; its `daq_library` is replaced
    pub metadata: Metadata,
    /// name and version of the program that writes
    pub daq_library: String,
    /// in order; every index and every CONTROL key follows it; empty here if [`super::FileWriter::set_trains`] will tell
    pub trains: Vec<TrainRow>,
}
