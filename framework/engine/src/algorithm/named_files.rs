//! Files that a workflow names: a geometry, a mask, a list of trains, whatever a step takes. They are read here and nowhere
//! else, so that their content is part of the plan's identity, all ranks see what rank 0 read, and nobody waits for blocked
//! storage without end.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_128;

pub struct NamedFiles {
    pool: Arc<OpenerPool>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// (who names it, checksum of its content), in the order of reading
    read: Vec<(String, String)>,
    failure: Option<Error>,
}

impl NamedFiles {
    pub fn new(pool: Arc<OpenerPool>) -> Self {
        NamedFiles { pool, state: Mutex::default() }
    }

    /// The content of a file of at most `longest` bytes. `who` names it: a key of the workflow or a step.
    ///
    /// # Errors
    /// [`Error::Request`] when there is no such file or it is too long; what the machine refuses.
    pub fn read(&self, who: &str, path: &Path, longest: u64) -> Result<Vec<u8>> {
        let absent = || Error::request("there is no such file", Place::file(path));
        let outcome = self.pool.contents(path, longest).and_then(|found| found.ok_or_else(absent));
        let mut state = self.state();
        match &outcome {
            Ok(bytes) => {
                let entry = (who.to_owned(), format!("{:032x}", xxh3_128(bytes)));
                if !state.read.contains(&entry) {
                    state.read.push(entry);
                }
            }
            Err(Error::Request { .. }) => {}
            Err(error) => {
                state.failure.get_or_insert_with(|| error.clone());
            }
        }
        outcome
    }

    /// Who named a file, and the checksum of what was in it, in the order of reading.
    pub fn checksums(&self) -> Vec<(String, String)> {
        self.state().read.clone()
    }

    /// The first failure of the machine: what could not be read is not known to be wrong.
    pub fn failure(&self) -> Option<Error> {
        self.state().failure.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
