//! Slow data carried over: chosen sources and trains of one input file into one output file.
//!
//! | case | what happens |
//! |---|---|
//! | every source and train is kept, and nothing in the file leads out of it | the caller copies the file as it is: [`copy_whole`] |
//! | a chunk whose rows all stay together | its stored bytes are copied, whatever its filters (`chunks.rs`) |
//! | any other chunk | decoded, its rows gathered, encoded through the same filters |
//! | contiguous, unfiltered or oddly chunked data, strings, lists, values that lie outside of the file | row blocks through HDF5 (`values.rs`) |
//! | old names that lead to a source | kept as links when the source is kept |
//!
//! Runs where the input is opened, in a process that may be killed; memory stays below a few chunks or [`BLOCK_BYTES`].

mod chunks;
mod request;
mod selection;
mod values;
mod whole;

pub use request::CopyRequest;
pub use whole::{copy_whole, read_full, verify_whole};

use super::path::parent;
use super::{FileReceipt, FileSpec, FileWriter};
use crate::hdf5::File;
use crate::map::{DatasetMap, FileMap, GroupMap, Section, SourceMap};
use crate::{Error, Place, Result};
use selection::Selection;

/// Rows are read and written in blocks of about this size.
pub(crate) const BLOCK_BYTES: u64 = 64 << 20;
/// Values of varying length: few at a time, each may be long. A list is a number and a pointer.
pub(crate) const POINTER_BLOCK_BYTES: u64 = 64 << 10;
pub(crate) const POINTER_BYTES: u64 = 16;

/// Copies what `request` asks for out of the file that `map` describes.
///
/// # Errors
/// [`Error::Request`] when a source is not in the file, [`Error::Input`] when its index leads outside a dataset or its
/// data cannot be read, [`Error::Resource`] when the disk fails.
pub(crate) fn copy(request: &CopyRequest, map: &FileMap) -> Result<FileReceipt> {
    for name in &request.sources {
        if !map.sources.iter().any(|source| source.name == *name) {
            return Err(Error::request(
                "the file has no such source",
                Place::file(&request.input).source(name.as_str()),
            ));
        }
    }
    let input = File::open(&request.input)?;
    let selection = Selection::new(&request.trains, map);
    let writer = FileWriter::create(FileSpec {
        version: Default::default(),
        path: request.output.clone(),
        metadata: request.metadata.clone(),
        daq_library: request.daq_library.clone(),
        trains: request.trains.clone(),
    })?;
    let mut copier = Copier { input, map, selection, writer };
    let kept = |source: &&SourceMap| request.sources.contains(&source.name);
    for source in map.sources.iter().filter(kept) {
        match &source.legacy_target {
            None => copier.source(source)?,
            Some(target) if request.sources.contains(target) => copier.writer.legacy_name(&source.name, target)?,
            Some(target) => {
                copier.writer.note(&source.name, format!("the old name is left out: `{target}` is not copied"));
            }
        }
    }
    copier.writer.finish_unsynced()
}

struct Copier<'a> {
    input: File,
    map: &'a FileMap,
    selection: Selection,
    writer: FileWriter,
}

impl Copier<'_> {
    fn source(&mut self, source: &SourceMap) -> Result<()> {
        if source.section == Section::Control {
            self.writer.control_source(&source.name);
        }
        for group in &source.groups {
            let counts = self.selection.counts(group);
            self.writer.index(source.section, &source.name, &group.name, &counts)?;
            for dataset in &group.datasets {
                self.dataset(source, group, dataset)?;
            }
        }
        for dataset in &source.run_values {
            self.run_value(source, dataset)?;
        }
        Ok(())
    }

    fn dataset(&mut self, source: &SourceMap, group: &GroupMap, dataset: &DatasetMap) -> Result<()> {
        if dataset.shape.is_empty() {
            self.writer.note(&dataset.path, "left out: a single value has no rows to select");
            return Ok(());
        }
        let rows = self.selection.rows(self.map, source, group, dataset)?;
        if source.section == Section::Control {
            self.key_attributes(&dataset.path)?;
        }
        let target = Target { section: source.section, source: &source.name, group: &group.name };
        let opened = self.input.dataset(&dataset.path)?;
        if chunks::apply(dataset) {
            chunks::copy(&mut self.writer, &opened, dataset, &rows, target)
        } else {
            let count = values::copy(&mut self.writer, &opened, &rows)?;
            self.writer.join(target, &dataset.path, count);
            Ok(())
        }
    }

    fn run_value(&mut self, source: &SourceMap, dataset: &DatasetMap) -> Result<()> {
        let opened = self.input.dataset(&dataset.path)?;
        self.key_attributes(&dataset.path)?;
        values::copy(&mut self.writer, &opened, &[(0, opened.rows())])?;
        self.writer.run_sources.insert(source.name.clone());
        Ok(())
    }

    /// Attributes of a key stand on the group that holds `value` and `timestamp`.
    fn key_attributes(&mut self, path: &str) -> Result<()> {
        match parent(path) {
            Some(key) if path.ends_with("/value") => {
                let attributes = self.input.group(key)?.attributes()?;
                self.writer.container.group_attributes(key.trim_start_matches('/'), &attributes)
            }
            _ => Ok(()),
        }
    }
}

/// The index group that a dataset belongs to.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub section: Section,
    pub source: &'a str,
    pub group: &'a str,
}

impl FileWriter {
    /// Counts a dataset written otherwise to its index group.
    fn join(&mut self, target: Target, path: &str, rows: u64) {
        let path = path.trim_start_matches('/').to_owned();
        self.group_entry(target.section, target.source, target.group).datasets.push((path, rows));
    }
}
