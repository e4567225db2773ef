//! Size and time of a file, asked for here because looking at a file can block for ever.

use crate::bounded::patiently;
use crate::error::{Error, Result};
use crate::map::FileStamp;
use std::path::Path;
use std::time::UNIX_EPOCH;

pub(super) fn stamp(path: &Path) -> Result<FileStamp> {
    let io = |error| Error::io("look at", path, &error);
    let metadata = patiently(|| std::fs::metadata(path)).map_err(io)?;
    let modified = metadata.modified().map_err(io)?;
    let mtime_ns = match modified.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    };
    Ok(FileStamp { size: metadata.len(), mtime_ns })
}
