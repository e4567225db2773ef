//! Reads a geometry file: bounded in size. The one place of this crate that opens files.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::GeometryError;

/// A thousand panels with every key take a few hundred KiB.
pub(crate) const MAX_BYTES: u64 = 16 << 20;

/// The bytes of the file at `path`.
///
/// # Errors
/// When the file cannot be read or holds more than 16 MiB.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, GeometryError> {
    let fail = |source| GeometryError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(fail)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(fail)?;
    check_size(path, &bytes)?;
    Ok(bytes)
}

/// # Errors
/// When there are more than 16 MiB.
pub(crate) fn check_size(path: &Path, bytes: &[u8]) -> Result<(), GeometryError> {
    if bytes.len() as u64 <= MAX_BYTES {
        return Ok(());
    }
    Err(GeometryError::configuration(
        format!("geometry file `{}` is larger than 16 MiB", path.display()),
        "a CrystFEL .geom or pyFAI .poni file is expected, not image data",
    ))
}
