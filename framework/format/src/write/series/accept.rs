//! What a call has to fulfil before anything changes: type, shape, number of rows, trains declared, and the counts of the
//! datasets beside it.

use super::group::{rows, Disagreement};
use super::{Rows, SeriesWriter};
use crate::map::Section;
use crate::{Error, Place, Result};

impl SeriesWriter {
    /// Takes rows for the next trains of a dataset: none for the first `passed`, then as `counts` says (for one train:
    /// all rows, when `counts` is `None`). A call that is refused changes nothing.
    pub(super) fn accept(
        &mut self,
        dataset: usize,
        passed: usize,
        counts: Option<&[u64]>,
        new: Rows<'_>,
    ) -> Result<()> {
        let begin = self.feeds[dataset].fed + passed;
        let refuse = |train: usize, what: String| self.refusal(&Disagreement { dataset, train, what });
        let feed = &self.feeds[dataset];
        let bytes = new.into_bytes(&feed.declared).map_err(|what| refuse(begin, what))?;
        let given = (bytes.len() / feed.declared.row_bytes) as u64;
        let single = [given];
        let counts = counts.unwrap_or(&single);

        let left = self.trains.len().saturating_sub(begin);
        if counts.len() > left {
            let what = format!("data of {} trains were given, {left} of those declared are left", counts.len());
            return Err(refuse(self.trains.len().saturating_sub(1), what));
        }
        if let Some(at) = disagreement(counts, given) {
            let sum = counts.iter().fold(0u64, |sum, &n| sum.saturating_add(n));
            return Err(refuse(begin + at, format!("{} were given, the counts add up to {sum}", rows(given))));
        }
        let group = &self.groups[feed.group];
        if let Some(at) = counts.iter().position(|&n| n > 1).filter(|_| group.section == Section::Control) {
            let what = format!("{} were given, a CONTROL key has at most one", rows(counts[at]));
            return Err(refuse(begin + at, what));
        }
        let agreed = if passed == 0 {
            group.agree(&self.feeds, dataset, begin, counts)
        } else {
            let all: Vec<u64> = std::iter::repeat_n(0, passed).chain(counts.iter().copied()).collect();
            group.agree(&self.feeds, dataset, feed.fed, &all)
        };
        agreed.map_err(|fault| self.refusal(&fault))?;

        let end = begin + counts.len();
        let feed = &mut self.feeds[dataset];
        feed.fed = end;
        feed.waiting.extend(bytes.iter());
        let group = &mut self.groups[feed.group];
        if group.counts.len() < begin {
            group.counts.resize(begin, 0);
        }
        let told = group.counts.len() - begin;
        group.counts.extend(counts.iter().skip(told));
        Ok(())
    }

    /// An error that names dataset and train, both in its text and in its place.
    pub(super) fn refusal(&self, fault: &Disagreement) -> Error {
        let declared = &self.feeds[fault.dataset].declared;
        let place = Place::file(self.files.path()).source(declared.path());
        match self.trains.get(fault.train) {
            Some(train) => Error::request(
                format!("dataset `{}`, train {}: {}", declared.name, train.id, fault.what),
                place.train(train.id),
            ),
            None => Error::request(format!("dataset `{}`, no train declared: {}", declared.name, fault.what), place),
        }
    }
}

/// The first train whose rows are not among `given`; the last one when there are too many.
fn disagreement(counts: &[u64], given: u64) -> Option<usize> {
    let mut end = 0u64;
    let short = counts.iter().position(|&n| match end.checked_add(n) {
        Some(sum) => {
            end = sum;
            sum > given
        }
        None => true,
    });
    short.or((end < given).then(|| counts.len().saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use super::disagreement;

    #[test]
    fn the_train_without_rows_is_found() {
        assert_eq!(disagreement(&[1, 2, 0], 3), None);
        assert_eq!(disagreement(&[1, 2, 3], 3), Some(2));
        assert_eq!(disagreement(&[1, 2, 0], 4), Some(2));
        assert_eq!(disagreement(&[1, u64::MAX], 1), Some(1));
        assert_eq!(disagreement(&[], 1), Some(0));
        assert_eq!(disagreement(&[], 0), None);
    }
}
