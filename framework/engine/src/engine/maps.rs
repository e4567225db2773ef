//! The stored tiles of steps that accumulate, as the end of the run finds them.

use super::pipeline::thread_pool;
use super::start::Start;
use crate::publish::{Entry, Stored};
use crate::store::{Lost, MapsFile, RunMaps};
use trainyard_format::{Error, Place, Result};

impl Start<'_> {
    /// The tiles of all passes and sequences. None: some are lost, which is noted.
    ///
    /// # Errors
    /// It cannot be told what is stored.
    pub fn run_maps(&self, stored: &[Vec<Stored>]) -> Result<Option<RunMaps<'_>>> {
        let mut files = Vec::with_capacity(stored.len());
        for (pass, stored) in stored.iter().enumerate() {
            let mut of_pass = Vec::new();
            if self.job.maps(pass) {
                for (sequence, stored) in stored.iter().enumerate() {
                    let record = stored.maps.as_ref();
                    let record = record.ok_or_else(|| Error::bug("a pass stored no maps", Place::default()))?;
                    match MapsFile::load(&self.work.parts(), record)? {
                        Some(file) => of_pass.push(file),
                        None => {
                            self.lose_maps(Lost { pass, sequence })?;
                            return Ok(None);
                        }
                    }
                }
            }
            files.push(of_pass);
        }
        Ok(Some(RunMaps::new(self.job, thread_pool(self.options.threads)?, files)))
    }

    /// A pass over a sequence whose tiles are not as they were is made anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub fn lose_maps(&self, Lost { pass, sequence }: Lost) -> Result<()> {
        self.note(vec![Entry::LostSequence { pass, sequence }])
    }
}
