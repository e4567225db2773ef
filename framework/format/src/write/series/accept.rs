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
        let refuse = |train: usize, what: String| self.refusal(&Disagreement { dataset, train, what });
        let feed = &self.feeds[dataset];
        let begin = feed.fed.saturating_add(passed);
        let bytes = new.into_bytes(&feed.declared).map_err(|what| refuse(begin, what))?;
        let given = (bytes.len() / feed.declared.row_bytes) as u64;
        let single = [given];
        let counts = counts.unwrap_or(&single);

        let end = begin.saturating_add(counts.len());
        if end > self.trains.len() {
            let (meant, left) = (end - feed.fed, self.trains.len() - feed.fed);
            return Err(refuse(end, format!("{meant} more trains are meant, {left} of those declared are left")));
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
        let told = std::iter::repeat_n(0, passed).chain(counts.iter().copied());
        group.agree(&self.feeds, dataset, told.clone()).map_err(|fault| self.refusal(&fault))?;

        let feed = &mut self.feeds[dataset];
        let group = &mut self.groups[feed.group];
        let known = group.counts.len() - feed.fed;
        group.counts.extend(told.skip(known));
        feed.waiting.extend(bytes.iter());
        feed.fed = end;
        Ok(())
    }

    /// An error that names dataset and train, both in its text and in its place.
    pub(super) fn refusal(&self, fault: &Disagreement) -> Error {
        let declared = &self.feeds[fault.dataset].declared;
        let place = Place::file(self.files.path()).source(declared.path());
        let (train, which) = match self.trains.get(fault.train) {
            Some(train) => (Some(train.id), format!("train {}", train.id)),
            None => match self.trains.last() {
                Some(last) => (Some(last.id), format!("after train {}", last.id)),
                None => (None, "no train declared".into()),
            },
        };
        Error::request(format!("dataset `{}`, {which}: {}", declared.name, fault.what), Place { train, ..place })
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
