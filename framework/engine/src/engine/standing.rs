//! What stands of a plan in this start, and what the plan demands.
//!
//! Only lines of this start's own epoch count: what earlier starts left is read against its checksums first, and noted
//! again where it is right (`recheck.rs`).

use super::reader::Unit;
use crate::plan::Job;
use crate::publish::{standing_entries, Entry, Ledger, LedgerFile, Stored, WorkFolder};
use crate::store::SlowUnit;
use std::collections::{BTreeMap, BTreeSet};
use trainyard_format::Result;

/// Files of slow data that are committed together.
const GROUP_FILES: usize = 64;
/// ... and the bytes of their inputs.
const GROUP_BYTES: u64 = 64 << 20;

/// Finished work by unit, whose files are those that the plan demands.
#[derive(Default)]
pub struct Standing {
    /// by pass and sequence
    pub sequences: BTreeMap<(usize, usize), Finished>,
    /// by unit
    pub slow: BTreeMap<usize, Vec<LedgerFile>>,
}

pub struct Finished {
    pub stored: Stored,
    pub files: Vec<LedgerFile>,
}

impl Standing {
    /// As the ledger tells. `told`: damaged lines of this start that were told before.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn read(job: &Job, work: &WorkFolder, slow: &[SlowUnit], epoch: u64, told: &mut usize) -> Result<Self> {
        let mut lines = Ledger::read(&work.ledger())?;
        let own = format!("{epoch:06}-");
        let of_this_start =
            |path: &std::path::Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&own));
        lines.damaged.retain(|(path, _)| of_this_start(path));
        if lines.damaged.len() > *told {
            *told = lines.damaged.len();
            lines.tell();
        }
        let mut standing = Standing::default();
        for entry in standing_entries(&lines.noted, &job.identity.to_string(), Some(epoch)) {
            match entry {
                Entry::Sequence { pass, sequence, stored, files, .. }
                    if pass < job.passes.len()
                        && sequence < job.sequences.len()
                        && stored.files().map(|f| f.name.clone()).eq(stored_names(job, work, pass, sequence))
                        && names(&files) == of_sequence(job, pass, sequence) =>
                {
                    standing.sequences.insert((pass, sequence), Finished { stored: *stored, files });
                }
                Entry::Slow { unit, files }
                    if slow.get(unit).is_some_and(|slow| names(&files) == BTreeSet::from([slow.name.clone()])) =>
                {
                    standing.slow.insert(unit, files);
                }
                _ => {}
            }
        }
        Ok(standing)
    }

    /// What of a pass is still to be done, slow data with the last, and first there: they are copied beside the first
    /// sequence. Behind the last pass: what it lacks all the same.
    pub fn open(&self, job: &Job, slow: &[SlowUnit], pass: usize) -> Vec<Unit> {
        let mut units = Vec::new();
        if pass + 1 >= job.passes.len() {
            let size = |unit: usize| slow.get(unit).map_or(0, |slow| job.run.files[slow.file].stamp.size);
            let open = (0..slow.len()).filter(|unit| !self.slow.contains_key(unit));
            units.extend(groups(open, size, GROUP_FILES, GROUP_BYTES).into_iter().map(Unit::Slow));
        }
        let sequences = if pass < job.passes.len() { job.sequences.len() } else { 0 };
        let open = (0..sequences).filter(|sequence| !self.sequences.contains_key(&(pass, *sequence)));
        units.extend(open.map(Unit::Sequence));
        units
    }

    /// What the first `passes` passes stored, by sequence; None: something lacks.
    pub fn stored(&self, job: &Job, passes: usize) -> Option<Vec<Vec<Stored>>> {
        let one = |pass, sequence| self.sequences.get(&(pass, sequence)).map(|done| done.stored.clone());
        let of_pass = |pass| (0..job.sequences.len()).map(|sequence| one(pass, sequence)).collect();
        (0..passes).map(of_pass).collect()
    }

    /// Every file that is to be published but those over the whole run.
    pub fn files(&self) -> impl Iterator<Item = &LedgerFile> {
        self.sequences.values().flat_map(|done| &done.files).chain(self.slow.values().flatten())
    }
}

/// Neighbours together, up to `most` and about `bytes`.
pub fn groups<T: Copy>(
    items: impl Iterator<Item = T>,
    size: impl Fn(T) -> u64,
    most: usize,
    bytes: u64,
) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    let mut held = 0u64;
    for item in items {
        let size = size(item);
        match groups.last_mut() {
            Some(group) if group.len() < most && held.saturating_add(size) <= bytes => {
                group.push(item);
                held += size;
            }
            _ => {
                groups.push(vec![item]);
                held = size;
            }
        }
    }
    groups
}

fn names(files: &[LedgerFile]) -> BTreeSet<String> {
    files.iter().map(|file| file.name.clone()).collect()
}

/// The files that a pass over a sequence stores for later.
fn stored_names(job: &Job, work: &WorkFolder, pass: usize, sequence: usize) -> Vec<String> {
    let mut names = vec![work.part_name(pass, sequence)];
    if job.stores_rows(pass) {
        names.push(work.rows_name(pass, sequence));
    }
    if job.folds(pass) {
        names.push(work.folds_name(pass, sequence));
    }
    if job.maps(pass) {
        names.push(work.maps_name(pass, sequence));
    }
    names
}

/// The files that a pass over a sequence leaves to be published.
fn of_sequence(job: &Job, pass: usize, sequence: usize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if pass + 1 == job.passes.len() {
        names.insert(job.file_name(&job.aggregators[0], sequence));
    }
    if pass + 1 == job.passes.len() {
        let name = job.file_name(&job.aggregators[0], sequence);
        names.extend(job.inner_writers().map(|(_, writer)| writer.path(&name)));
    }
    if !job.passes[pass].writes.is_empty() {
        for writer in &job.writers {
            let name = |module| writer.path(&job.detector_file_name(module, sequence));
            names.extend((0..job.detector.modules.len()).map(name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn small_units_go_together_and_large_ones_alone() {
        let sizes = [10u64, 10, 90, 10, 200, 10, 1, 1];
        let found = groups(0..sizes.len(), |at| sizes[at], 3, 100);
        assert_eq!(found, [vec![0, 1], vec![2, 3], vec![4], vec![5, 6, 7]]);
        assert!(groups(std::iter::empty::<usize>(), |_| 0, 3, 100).is_empty());
    }
}
