//! Which files have a train: looked up, so that work on a few trains does not ask every file of the run.

use super::view::{Run, TrainInfo};

/// Files by train; made when first asked for, in one pass over all files.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders {
    /// files of train `t` are `starts[t]..starts[t + 1]`
    starts: Vec<usize>,
    files: Vec<u32>,
}

impl Holders {
    fn of(trains: &[TrainInfo], positions: &[Vec<(u64, usize)>]) -> Self {
        let place = |id: u64| trains.binary_search_by_key(&id, |train| train.id).ok();
        let mut counts = vec![0usize; trains.len() + 1];
        for place in positions.iter().flatten().filter_map(|&(id, _)| place(id)) {
            counts[place + 1] += 1;
        }
        let starts: Vec<usize> = counts
            .iter()
            .scan(0, |sum, count| {
                *sum += count;
                Some(*sum)
            })
            .collect();
        let mut next = starts.clone();
        let mut files = vec![0; starts.last().copied().unwrap_or(0)];
        for (file, own) in (0u32..).zip(positions) {
            for place in own.iter().filter_map(|&(id, _)| place(id)) {
                files[next[place]] = file;
                next[place] += 1;
            }
        }
        Holders { starts, files }
    }
}

impl Run {
    /// Numbers of the files that have a train, in order.
    pub fn files_with(&self, train: u64) -> &[u32] {
        let Ok(place) = self.trains.binary_search_by_key(&train, |train| train.id) else { return &[] };
        let holders = self.holders.get_or_init(|| Holders::of(&self.trains, &self.positions));
        let end = |at: usize| holders.starts.get(at).copied().unwrap_or(0);
        holders.files.get(end(place)..end(place + 1)).unwrap_or_default()
    }

    /// Numbers of the files that have any of some trains, in order.
    pub fn files_of(&self, trains: &[u64]) -> Vec<usize> {
        let (mut files, mut before): (Vec<usize>, &[u32]) = (Vec::new(), &[]);
        for &train in trains {
            let with = self.files_with(train);
            // neighbours stand in the same files
            if with != before {
                files.extend(with.iter().map(|&file| file as usize));
                before = with;
            }
        }
        files.sort_unstable();
        files.dedup();
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_a_train_in_order() {
        let train = |id| TrainInfo { id, timestamp: 0, flag: 1, origin: None };
        let trains: Vec<TrainInfo> = [10, 11, 13].map(train).to_vec();
        let positions = vec![vec![(10, 0), (13, 1)], vec![(11, 0)], vec![(10, 1), (11, 0), (13, 2)]];
        let holders = Holders::of(&trains, &positions);
        assert_eq!(holders.starts, [0, 2, 4, 6]);
        assert_eq!(holders.files, [0, 2, 1, 2, 0, 2]);
    }
}
