//! What everything in one start of a run shares.

use super::reader::Unit;
use super::standing::Standing;
use super::{Meter, Options};
use crate::comm::Ranks;
use crate::plan::Job;
use crate::publish::{Entry, Lease, Ledger, Stored, WorkFolder};
use crate::store::SlowUnit;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Mutex;
use trainyard_format::{Error, Place, Result};

pub struct Start<'a> {
    pub job: &'a Job,
    pub ranks: &'a dyn Ranks,
    pub options: &'a Options,
    pub meter: &'a Meter,
    pub work: &'a WorkFolder,
    pub lease: &'a Lease,
    pub ledger: &'a Mutex<Ledger>,
    /// where this rank writes unfinished files
    pub writing: PathBuf,
    pub slow: &'a [SlowUnit],
    /// damaged lines of the ledger that were told
    pub told: Mutex<usize>,
}

/// What rank 0 reads out of the ledger before a pass, and tells the others.
#[derive(Serialize, Deserialize)]
pub struct Survey {
    /// by the passes before; None: something lacks there, and another round is needed
    pub stored: Option<Vec<Vec<Stored>>>,
    /// what of the pass is still to be done
    pub open: Vec<Unit>,
}

impl Start<'_> {
    pub fn note(&self, entries: Vec<Entry>) -> Result<()> {
        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).append_all(entries)
    }

    /// # Errors
    /// The ledger cannot be read.
    pub fn standing(&self) -> Result<Standing> {
        let mut told = self.told.lock().unwrap_or_else(|e| e.into_inner());
        Standing::read(self.job, self.work, self.slow, self.lease.epoch(), &mut told)
    }

    /// The same on every rank, once all have come here.
    ///
    /// # Errors
    /// As [`standing`](Self::standing), of rank 0.
    pub fn survey(&self, pass: usize) -> Result<Survey> {
        let bug = |e: postcard::Error| Error::bug(e.to_string(), Place::default());
        self.ranks.barrier();
        let mut told = Vec::new();
        if self.ranks.rank() == 0 {
            let survey = self.standing().map(|standing| Survey {
                stored: standing.stored(self.job, pass),
                open: standing.open(self.job, self.slow, pass),
            });
            told = postcard::to_stdvec(&survey).map_err(bug)?;
        }
        postcard::from_bytes::<Result<Survey>>(&self.ranks.broadcast(told)).map_err(bug)?
    }
}
