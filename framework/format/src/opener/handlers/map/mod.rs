//! The structure of one file as a [`FileMap`].
//!
//! Reads formats 0.1 (index by first/last/status), 0.5 and 1.x. Rows of INDEX keep their places: a train id 0 in the
//! middle stays as a train with id 0, so that later trains are not shifted.

mod index;
mod metadata;
mod names;
mod sources;
mod trains;
mod walk;

use super::super::request::Purpose;
use crate::error::{Error, Place, Result};
use crate::hdf5::File;
use crate::map::FileMap;
use std::path::Path;

/// Most groups and datasets in one file.
const MAX_OBJECTS: usize = 200_000;
/// Most bytes of strings in a list of sources.
const MAX_STRINGS: u64 = 64 << 20;
/// Trains that may always be read, whatever the size of the file.
const MIN_TRAINS: u64 = 65_536;

/// The file being read, what may still be read of it, and what was found odd.
struct Context {
    file: File,
    purpose: Purpose,
    objects_left: usize,
    oddities: Vec<(String, String)>,
}

impl Context {
    fn open(path: &Path, purpose: Purpose) -> Result<Self> {
        let file = super::kept::open(path)?;
        Ok(Context { file, purpose, objects_left: MAX_OBJECTS, oddities: Vec::new() })
    }

    fn odd(&mut self, path: &str, text: impl Into<String>) {
        self.oddities.push((path.into(), text.into()));
    }

    /// Counts one more object.
    fn count_object(&mut self, path: &str) -> Result<()> {
        self.objects_left = self
            .objects_left
            .checked_sub(1)
            .ok_or_else(|| Error::input(format!("the file has more than {MAX_OBJECTS} objects"), self.place(path)))?;
        Ok(())
    }

    fn place(&self, object: &str) -> Place {
        Place::file(self.file.path()).source(object)
    }

    fn missing(&self, object: &str) -> Error {
        Error::input(format!("missing {object}"), Place::file(self.file.path()))
    }

    /// Whether an object is there; not if a group on the way is missing.
    fn has(&self, path: &str) -> Result<bool> {
        self.file.root()?.has(path.trim_start_matches('/'))
    }

    /// A one-dimensional dataset of at most `limit` bytes, any integer type, as `T`; `None`: it is not there.
    fn integers<T: TryFrom<i128>>(&self, path: &str, limit: u64) -> Result<Option<Vec<T>>> {
        if !self.has(path)? {
            return Ok(None);
        }
        let dataset = self.file.dataset(path)?;
        if dataset.shape().len() != 1 {
            let text = format!("{path} has shape {:?} instead of one dimension", dataset.shape());
            return Err(Error::input(text, self.place(path)));
        }
        let bytes = dataset.read_all(limit)?;
        let values = walk::integers(dataset.element(), &bytes)
            .ok_or_else(|| Error::input(format!("{path} holds no integers"), self.place(path)))?;
        values
            .map(|value| {
                T::try_from(value)
                    .map_err(|_| Error::input(format!("{path} holds {value}, which is out of range"), self.place(path)))
            })
            .collect::<Result<Vec<T>>>()
            .map(Some)
    }
}

/// What is odd about lists of the same, as a map to judge has it.
pub(super) fn lists(path: &Path) -> Result<Vec<(String, String)>> {
    let mut context = Context::open(path, Purpose::Judge)?;
    metadata::compare_lists(&mut context)?;
    Ok(context.oddities)
}

/// Reads the structure of the file.
pub(super) fn read(path: &Path, purpose: Purpose) -> Result<FileMap> {
    let stamp = super::stamp::stamp(path)?;
    let mut context = Context::open(path, purpose)?;
    let (version, metadata) = metadata::read(&mut context)?;
    let data_sources = metadata::data_sources(&mut context)?;
    let auxiliary = metadata::auxiliary_sources(&mut context)?;
    if purpose == Purpose::Judge {
        metadata::compare_lists(&mut context)?;
    }
    let trains = trains::read(&mut context, &version)?;
    let sources = sources::read(&mut context, &data_sources, &auxiliary, trains.ids.len())?;
    Ok(FileMap {
        path: path.into(),
        stamp,
        version,
        metadata,
        data_sources,
        trains: trains.ids,
        stored_trains: trains.stored,
        timestamps: trains.timestamps,
        flags: trains.flags,
        origins: trains.origins,
        sources,
        oddities: context.oddities,
    })
}
