//! Is LPD data in parallel gain? Then the rows of a train are three equal thirds, the same frames in high, medium and
//! low gain, and pulse and cell ids mean something in the first third alone.
//!
//! Neither names nor shapes tell. A run that was reduced here says so itself. Otherwise the pulse ids of some trains of
//! each module are looked at: in a train of thirds those of the whole train do not rise, those of its first third do. Most
//! of the trains decide, so that one damaged train makes no difference. They are spread over the whole run, whatever
//! trains are asked for: the answer is a property of the run. Data whose other thirds happen to go on counting cannot be
//! told from ordinary data; for them the user has the last word.

use super::kind::{Detector, DetectorKind, Module};
use crate::error::{Error, Result};
use crate::opener::OpenerPool;
use crate::run::{numbers_u64, Run};

/// RUN value of `<detector>/REDU/FATE` that a reduction of parallel gain data leaves.
pub const PARALLEL_GAIN_KEY: &str = "parallelGain";

/// Trains of each module that are looked at.
const TRAINS: usize = 8;
/// A train with more rows is not looked at: LPD has 512 cells.
const MOST_ROWS: u64 = 1 << 14;

impl Detector {
    /// Sets `parallel_gain` by what the run tells.
    ///
    /// # Errors
    /// Failures of the machine; ids that cannot be read tell nothing.
    pub fn look_for_parallel_gain(&mut self, run: &Run, pool: &OpenerPool) -> Result<()> {
        if self.kind == DetectorKind::Lpd {
            self.parallel_gain = self.is_noted(run, pool)? || self.is_seen(run, pool)?;
        }
        Ok(())
    }

    fn is_noted(&self, run: &Run, pool: &OpenerPool) -> Result<bool> {
        let fate = |source: &str| {
            let generation = source.strip_prefix(&self.name)?.strip_prefix("/REDU")?.strip_suffix("/FATE")?;
            generation.bytes().all(|byte| byte.is_ascii_digit()).then_some(())
        };
        for source in run.sources.keys().filter(|source| fate(source).is_some()) {
            match run.run_value(source, PARALLEL_GAIN_KEY, pool) {
                Ok(value) if value.number() == Some(1.0) => return Ok(true),
                Ok(_) | Err(Error::Request { .. } | Error::Input { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn is_seen(&self, run: &Run, pool: &OpenerPool) -> Result<bool> {
        let verdicts = pool.in_parallel(&self.modules, |module| verdicts(run, module, pool));
        let (mut thirds, mut all) = (0usize, 0usize);
        for of_module in verdicts {
            let of_module = of_module?;
            thirds += of_module.iter().filter(|&&is| is).count();
            all += of_module.len();
        }
        Ok(2 * thirds > all)
    }
}

/// For each train looked at, whether it is one of three thirds.
fn verdicts(run: &Run, module: &Module, pool: &OpenerPool) -> Result<Vec<bool>> {
    let mut all = Vec::new();
    for part in &module.parts {
        let Some(file) = run.files.get(part.file) else { continue };
        let Some(group) = file.sources.get(part.source).and_then(|source| source.groups.get(part.group)) else {
            continue;
        };
        let Some(ids) = group.datasets.iter().find(|d| d.key == "pulseId" && d.row_elements() == Some(1)) else {
            continue;
        };
        let inside = |&(first, count): &(u64, u64)| {
            (1..=MOST_ROWS).contains(&count) && first.checked_add(count).is_some_and(|end| end <= ids.rows())
        };
        let rows = group.first.iter().copied().zip(group.count.iter().copied());
        let trains: Vec<(u64, u64)> = rows.filter(inside).collect();
        let step = trains.len().div_ceil(TRAINS).max(1);
        let chosen: Vec<(u64, u64)> = trains.into_iter().step_by(step).collect();
        if chosen.is_empty() {
            continue;
        }
        let read = match pool.rows(&file.path, &ids.path, &chosen) {
            Ok(read) => read,
            Err(Error::Input { .. }) => continue,
            Err(error) => return Err(error),
        };
        let Some(values) = numbers_u64(read.element, &read.bytes) else { continue };
        let mut rest = values.as_slice();
        for (_, count) in chosen {
            let (train, after) = rest.split_at(usize::try_from(count).unwrap_or(usize::MAX).min(rest.len()));
            rest = after;
            all.push(is_of_thirds(train));
        }
    }
    Ok(all)
}

fn is_of_thirds(ids: &[u64]) -> bool {
    let rises = |ids: &[u64]| ids.windows(2).all(|pair| pair[0] < pair[1]);
    ids.len().is_multiple_of(3) && !rises(ids) && rises(ids.get(..ids.len() / 3).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::is_of_thirds;

    #[test]
    fn thirds_are_told_by_their_ids() {
        assert!(is_of_thirds(&[0, 2, 0, 0, 7, 1]));
        assert!(is_of_thirds(&[4, 4, 4]));
        assert!(!is_of_thirds(&[0, 1, 2, 3, 4, 5]), "rises to the end");
        assert!(!is_of_thirds(&[0, 1, 1, 0]), "no three thirds");
        assert!(!is_of_thirds(&[1, 0, 5, 6, 7, 8]), "the first third does not rise");
        assert!(!is_of_thirds(&[]));
    }
}
