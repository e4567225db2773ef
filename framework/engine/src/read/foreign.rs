//! Rows that cannot be read because HDF5 lacks a filter are no damage: nothing is to be skipped for that.

use super::StreamPart;
use crate::plan::Job;
use trainyard_format::Error;

/// What is missing, when that is why rows of the dataset that `error` names could not be read.
pub fn lacks_filter(job: &Job, error: &Error) -> Option<Error> {
    let place = error.place();
    let (path, dataset) = (place.file.as_ref()?, place.source.as_deref()?);
    let (number, file) = job.run.files.iter().enumerate().find(|(_, file)| file.path == *path)?;
    let mut datasets = file.sources.iter().flat_map(|source| &source.groups).flat_map(|group| &group.datasets);
    let found = datasets.find(|d| d.path == dataset)?;
    let row_bytes = usize::try_from(found.row_bytes()?).ok()?;
    let (what, remedy) = StreamPart::of(number, found, row_bytes).unknown_filter?;
    Some(Error::resource(what, place.clone()).with_hint(remedy))
}
