//! Reads what geometry and mask keys name. The one place where their bytes come from.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// The content of a file of at most `longest` bytes.
///
/// # Errors
/// A fragment that names the file.
pub fn read(path: &Path, longest: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("failed to read {}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(longest + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > longest {
        return Err(format!("{} has more than {longest} bytes", path.display()));
    }
    Ok(bytes)
}
