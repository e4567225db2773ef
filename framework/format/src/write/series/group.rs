//! Datasets that share their rows: those of one index group, or the keys of one CONTROL source.

use super::feed::Feed;
use crate::map::Section;

pub(super) struct Group {
    pub section: Section,
    pub source: String,
    /// empty for CONTROL
    pub name: String,
    /// rows of each train, as far as the dataset that is furthest on has told
    pub counts: Vec<u64>,
    /// positions of its datasets
    pub members: Vec<usize>,
}

/// A dataset, a train by position, and what is wrong with them.
pub(super) struct Disagreement {
    pub dataset: usize,
    pub train: usize,
    pub what: String,
}

impl Group {
    /// Whether `counts`, for the next trains of a dataset, are those its siblings have told.
    pub fn agree(&self, feeds: &[Feed], dataset: usize, counts: impl Iterator<Item = u64>) -> Result<(), Disagreement> {
        let begin = feeds[dataset].fed;
        let known = self.counts.get(begin..).unwrap_or_default();
        match known.iter().zip(counts).enumerate().find(|(_, (known, count))| *known != count) {
            None => Ok(()),
            Some((at, (known, count))) => {
                let (train, sibling) = (begin + at, self.told(feeds, begin + at));
                Err(Disagreement {
                    dataset,
                    train,
                    what: format!("{} were given, `{sibling}` has {known}", rows(count)),
                })
            }
        }
    }

    /// The first dataset that lacks rows its siblings have.
    pub fn incomplete(&self, feeds: &[Feed]) -> Option<Disagreement> {
        self.members.iter().find_map(|&dataset| {
            let train = (feeds[dataset].fed..self.counts.len()).find(|&train| self.counts[train] > 0)?;
            let sibling = self.told(feeds, train);
            let what = format!("no data were given, `{sibling}` has {}", rows(self.counts[train]));
            Some(Disagreement { dataset, train, what })
        })
    }

    /// The name of a dataset that was fed this train.
    fn told<'a>(&self, feeds: &'a [Feed], train: usize) -> &'a str {
        let teller = self.members.iter().find(|&&member| feeds[member].fed > train);
        teller.map_or("", |&member| feeds[member].declared.name.as_str())
    }
}

pub(super) fn rows(count: u64) -> String {
    format!("{count} row{}", if count == 1 { "" } else { "s" })
}
