//! Strings of a dataset.

use super::super::Limits;
use super::kept;
use crate::error::Result;
use std::path::Path;

pub(super) fn read(path: &Path, dataset: &str, ranges: &[(u64, u64)], limits: Limits) -> Result<Vec<String>> {
    let file = kept::open(path)?;
    let strings = file.dataset(dataset)?.read_byte_strings(ranges, limits.reply())?;
    Ok(strings.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
}
