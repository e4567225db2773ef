//! A whole file as bytes, such as a geometry: read here because reading can block for ever.

use crate::bounded::{self, is_absence, patiently};
use crate::error::{Error, Place, Result};
use crate::opener::request::Whole;
use crate::opener::Limits;
use std::io::ErrorKind;
use std::path::Path;

/// None: there is no such file.
pub(super) fn read(path: &Path, longest: u64, limits: Limits) -> Result<Option<Whole>> {
    let longest = longest.min(limits.reply());
    let bytes = match patiently(|| bounded::read(path, longest.saturating_add(1))) {
        Ok(bytes) => bytes,
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) if error.kind() == ErrorKind::IsADirectory => {
            return Err(Error::request("it is a folder, not a file", Place::file(path)))
        }
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    if bytes.len() as u64 > longest {
        return Err(Error::request(format!("the file has more than {longest} bytes"), Place::file(path)));
    }
    Ok(Some(Whole(bytes)))
}
