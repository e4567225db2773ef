//! A whole file as bytes, such as a geometry: read here because reading can block for ever.

use crate::error::{Error, Place, Result};
use crate::opener::request::Whole;
use crate::opener::Limits;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// None: there is no such file.
pub(super) fn read(path: &Path, longest: u64, limits: Limits) -> Result<Option<Whole>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(Error::io("open", path, &error)),
    };
    let io = |error| Error::io("read", path, &error);
    if file.metadata().map_err(io)?.is_dir() {
        return Err(Error::request("it is a folder, not a file", Place::file(path)));
    }
    let longest = longest.min(limits.reply());
    let mut bytes = Vec::new();
    file.take(longest + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > longest {
        return Err(Error::request(format!("the file has more than {longest} bytes"), Place::file(path)));
    }
    Ok(Some(Whole(bytes)))
}
