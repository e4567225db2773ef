//! How a series is written: how many trains a file, when rows go to disk, what METADATA say.

use crate::map::Metadata;
use crate::write::WrittenVersion;

/// When rows reach the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// A train moves into the file once every dataset has it, in whole chunks of 256 KiB. The bytes of the file do not
    /// depend on how the data were cut into calls.
    #[default]
    Buffered,
    /// Every row that belongs to the file being written is in it, flushed, before the call returns. Same values; but the
    /// bytes follow the order of the calls, and each call rewrites the last chunk (of 16 KiB) of its dataset.
    Direct,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SeriesOptions {
    /// File n holds trains n * this and following, and its name needs `{seq:05}`. `None`: one file for all.
    pub trains_per_file: Option<usize>,
    pub mode: Mode,
    pub version: WrittenVersion,
    /// proposal, run, dates and so on; `daq_library` is not looked at, and `sequence_number` only when not splitting
    pub metadata: Metadata,
    /// name and version of the program that writes
    pub program: String,
}

impl SeriesOptions {
    /// As the DAQ of the facility does by default.
    pub const TRAINS_PER_FILE: usize = 500;
}

impl Default for SeriesOptions {
    fn default() -> Self {
        SeriesOptions {
            trains_per_file: Some(Self::TRAINS_PER_FILE),
            mode: Mode::default(),
            version: WrittenVersion::default(),
            metadata: Metadata::default(),
            program: concat!("trainyard ", env!("CARGO_PKG_VERSION")).into(),
        }
    }
}
