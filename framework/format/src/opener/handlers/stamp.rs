//! Size and times of a file, asked for here because looking at a file can block for ever.

use crate::error::{Error, Result};
use crate::map::FileStamp;
use std::path::Path;

pub(super) fn stamp(path: &Path) -> Result<FileStamp> {
    std::fs::metadata(path).map(|file| FileStamp::of(&file)).map_err(|error| Error::io("look at", path, &error))
}
