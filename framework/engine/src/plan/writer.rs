//! Who writes frames, and where to: the first into the run folder itself, each further one into a run folder inside it.

use super::Job;
use crate::store::Part;
use std::borrow::Cow;
use std::ops::Range;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// position among the steps
    pub step: usize,
    /// inside the output; `None`: the output itself
    pub folder: Option<String>,
}

impl Writer {
    /// Whoever writes results into the run folder itself, whether frames are written or not.
    pub fn of_run() -> Self {
        Writer { step: 0, folder: None }
    }

    /// Below the output: `misses/CORR-R0053-AGIPD00-S00000.h5`
    pub fn path(&self, name: &str) -> String {
        match &self.folder {
            None => name.into(),
            Some(folder) => format!("{folder}/{name}"),
        }
    }
}

/// Folders of a reduced run that are something else.
pub const RESERVED_FOLDERS: [&str; 4] = ["constants", "geometry", "job", "log"];

impl Job {
    /// Run folders inside the output.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.writers.iter().filter_map(|writer| writer.folder.as_deref())
    }

    /// With its number, each writer of a run folder inside the output.
    pub fn inner_writers(&self) -> impl Iterator<Item = (usize, &Writer)> {
        self.writers.iter().enumerate().filter(|(_, writer)| writer.folder.is_some())
    }

    /// Whether a frame that nothing dropped may stand elsewhere than in the run folder.
    pub fn chooses(&self) -> bool {
        self.writers.len() > 1 || self.writers.iter().any(|writer| self.steps[writer.step].step.takes.is_some())
    }

    /// Fates of some frames of a sequence as the table in a writer's folder has them.
    pub fn fates_in<'p>(&self, writer: usize, part: &'p Part, frames: Range<usize>) -> Cow<'p, [u8]> {
        if part.taken.len() != part.fates.len() {
            return Cow::Borrowed(&part.fates[frames]);
        }
        let of = |(fate, taken): (&u8, &u8)| self.fates.in_folder(*fate, *taken, writer);
        Cow::Owned(part.fates[frames.clone()].iter().zip(&part.taken[frames]).map(of).collect())
    }
}
