//! Open input files, for positional reads.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use trainyard_format::{Error, Result};

/// Below the usual limit of open files, with room for everything else.
const MOST_OPEN: usize = 256;

#[derive(Default)]
pub struct Files {
    open: Mutex<HashMap<usize, Arc<File>>>,
}

impl Files {
    pub fn get(&self, number: usize, path: &Path) -> Result<Arc<File>> {
        self.get_checked(number, path, |_| Ok(()))
    }

    /// As [`get`](Self::get), with a look at a file that had to be opened.
    ///
    /// # Errors
    /// A file that cannot be opened; what `check` says.
    pub fn get_checked(&self, number: usize, path: &Path, check: impl Fn(&File) -> Result<()>) -> Result<Arc<File>> {
        let open = || self.open.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(file) = open().get(&number) {
            return Ok(file.clone());
        }
        // not under the lock: opening may block
        let file = Arc::new(File::open(path).map_err(|e| Error::io("open", path, &e))?);
        check(&file)?;
        let mut open = open();
        if open.len() >= MOST_OPEN {
            open.clear();
        }
        Ok(open.entry(number).or_insert(file).clone())
    }
}
