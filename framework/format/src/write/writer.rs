//! The writer of one file: what a caller may say, in any order, until [`FileWriter::finish`].
//!
//! | part of the file | methods in |
//! |---|---|
//! | CONTROL, RUN | `control.rs`; large RUN values `array.rs` |
//! | INSTRUMENT, REDUCTION, ERRATA | `instrument.rs` |
//! | pixels, chunk by chunk | `pixels.rs` |
//! | old names of a source | `legacy.rs` |
//! | METADATA, INDEX, the final checks | `metadata.rs`, `index.rs`, `complete.rs` |
//!
//! The sequence of HDF5 calls is that of the caller's calls, so equal calls give equal bytes: no object times, format
//! bounds (earliest, 1.10), every dataset written once, chunks in order, METADATA and INDEX last and sorted by name.
//! Methods may be called from any thread, one at a time.

use super::container::Container;
use super::pixels::PixelState;
use super::{FileReceipt, FileSpec, TrainRow, WrittenVersion};
use crate::map::Section;
use crate::{Error, Place, Result};
use std::collections::BTreeMap;

/// One index group while the file is being written.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// rows of each train; for CONTROL `None` means one a train as soon as the source has a key
    pub counts: Option<Vec<u64>>,
    /// path and rows of each dataset; pixels join when they are finished
    pub datasets: Vec<(String, u64)>,
}

/// Writes one file of format 1.3.
///
/// ```
/// use trainyard_format::map::Metadata;
/// use trainyard_format::write::{FileSpec, FileWriter, TrainRow, Values};
///
/// let folder = tempfile::tempdir()?;
/// let mut writer = FileWriter::create(FileSpec {
///     version: Default::default(),
///     path: folder.path().join("CORR-R0001-REDU00-S00000.h5"),
///     metadata: Metadata { run_number: Some(1), ..Metadata::default() },
///     daq_library: "example 1.0".into(),
///     trains: (10_000..10_003).map(|id| TrainRow::new(id, 0)).collect(),
/// })?;
/// // three trains with 2, 0 and 1 records of a spectrum of four bins
/// let source = "SPB_DET_AGIPD1M-1/REDU/AZINT:output";
/// writer.instrument_index(source, "data", &[2, 0, 1])?;
/// writer.rows(source, "data.intensity", &Values::of(&[1.0f32; 12], &[4]))?;
/// writer.run_text("SPB_DET_AGIPD1M-1/REDU/AZINT", "unit", "q_nm^-1")?;
/// let receipt = writer.finish()?;
/// assert!(receipt.size > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileWriter {
    pub(super) container: Container,
    pub(super) spec: FileSpec,
    /// section, source -> index groups by name; CONTROL sources have one without a name
    pub(super) sources: BTreeMap<(Section, String), BTreeMap<String, Group>>,
    /// old name -> new name
    pub(super) legacy: BTreeMap<String, String>,
    pub(super) pixels: Vec<PixelState>,
    /// sources with a group under RUN
    pub(super) run_sources: std::collections::BTreeSet<String>,
}

impl std::fmt::Debug for FileWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileWriter").field("path", &self.spec.path).finish_non_exhaustive()
    }
}

impl FileWriter {
    /// Creates the file and its RUN group.
    ///
    /// # Errors
    /// The file exists already, cannot be created, or a train id is zero or does not increase.
    pub fn create(spec: FileSpec) -> Result<Self> {
        check_trains(&spec)?;
        let container = Container::create(&spec.path, spec.version != WrittenVersion::V1_2)?;
        container.group("RUN")?;
        Ok(FileWriter {
            container,
            spec,
            sources: BTreeMap::new(),
            legacy: BTreeMap::new(),
            pixels: Vec::new(),
            run_sources: Default::default(),
        })
    }

    /// The trains, when they were not known at creation; before anything that follows them (indices, CONTROL keys).
    ///
    /// # Errors
    /// Trains were given before, or a train id is zero or does not increase.
    pub fn set_trains(&mut self, trains: Vec<TrainRow>) -> Result<()> {
        if !self.spec.trains.is_empty() {
            return Err(self.misuse("the trains were given before", "INDEX/trainId"));
        }
        self.spec.trains = trains;
        check_trains(&self.spec)
    }

    /// The trains of the file.
    pub fn train_count(&self) -> usize {
        self.spec.trains.len()
    }

    /// Remembers something that could not be carried over as it was; it comes back in the receipt.
    pub fn note(&mut self, dataset: &str, text: impl Into<String>) {
        self.container.receipt.notes.push((dataset.to_owned(), text.into()));
    }

    /// The group, made when it is new.
    pub(super) fn group_entry(&mut self, section: Section, source: &str, group: &str) -> &mut Group {
        self.sources.entry((section, source.to_owned())).or_default().entry(group.to_owned()).or_default()
    }

    pub(super) fn misuse(&self, what: impl Into<String>, dataset: &str) -> Error {
        Error::bug(what, Place::file(&self.spec.path).source(dataset))
    }

    /// Checks that everything announced was written, writes METADATA and INDEX, closes the file and makes it durable.
    ///
    /// # Errors
    /// [`Error::Bug`] naming dataset and train when rows and counts do not match; [`Error::Resource`] when the disk fails.
    pub fn finish(self) -> Result<FileReceipt> {
        self.close(true)
    }

    /// As [`finish`](Self::finish) of a file that whoever reads it back makes durable, with many others at once.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_unsynced(self) -> Result<FileReceipt> {
        self.close(false)
    }

    fn close(mut self, sync: bool) -> Result<FileReceipt> {
        self.declare_run_sources();
        self.check_complete()?;
        self.write_groups()?;
        self.write_metadata()?;
        self.write_index()?;
        self.write_legacy()?;
        self.pixels.clear();
        self.container.close(sync)
    }
}

fn check_trains(spec: &FileSpec) -> Result<()> {
    let mut previous = 0;
    for train in &spec.trains {
        if train.id <= previous {
            let what = format!("train ids must increase: {} after {previous}", train.id);
            return Err(Error::bug(what, Place::file(&spec.path).train(train.id)));
        }
        previous = train.id;
    }
    Ok(())
}
