//! What earlier starts left is read from its first byte to its last before it counts, by all ranks: a file that lay on a
//! disk for a week may not be what it was. What is right is noted again under this start; the rest is done anew.

use super::standing::groups;
use super::start::Start;
use super::Meter;
use crate::publish::Entry;
use trainyard_format::Result;

/// Entries of one ticket.
const GROUP_ENTRIES: usize = 64;
/// ... and bytes of their files.
const GROUP_BYTES: u64 = 256 << 20;

/// # Errors
/// Files of which it cannot be told what they hold.
pub fn recheck(start: &Start<'_>, done: &[Entry], phase: usize) -> Result<()> {
    let size = |at: usize| done.get(at).map_or(0, |entry| entry.all_files().map(|file| file.size).sum());
    let groups = groups(0..done.len(), size, GROUP_ENTRIES, GROUP_BYTES);
    Meter::set(&start.meter.entries_to_check, done.len() as u64);
    while !start.options.stopped() {
        let ticket = start.ranks.next_ticket(phase);
        let Some(group) = usize::try_from(ticket).ok().and_then(|ticket| groups.get(ticket)) else { break };
        let entries = group.iter().filter_map(|at| done.get(*at)).cloned().collect();
        check(start, entries)?;
        Meter::add(&start.meter.entries_checked, group.len() as u64);
        start.ranks.report(start.meter.share());
    }
    Ok(())
}

fn check(start: &Start<'_>, mut entries: Vec<Entry>) -> Result<()> {
    let (finished, parts) = (start.work.finished(), start.work.parts());
    let mut expected = Vec::new();
    for entry in &entries {
        expected.extend(entry.stored().into_iter().flat_map(|s| s.files()).map(|file| file.expected(&parts)));
        expected.extend(entry.files().iter().map(|file| file.expected(&finished)));
    }
    let mut stamps = start.job.pool.standing(&expected)?.into_iter().zip(&expected);
    entries.retain_mut(|entry| {
        let mut right = true;
        for file in entry.all_files_mut() {
            match stamps.next() {
                Some((Some(stamp), _)) => file.stamp = stamp,
                Some((None, found)) => {
                    tracing::warn!("{}: gone or not as it was finished: done again", found.path.display());
                    right = false;
                }
                None => right = false,
            }
        }
        right
    });
    start.lease.check()?;
    start.note(entries)
}
