//! Values over trains, a group of neighbouring trains at a time: least, mean and greatest.

/// Most groups that a plot over trains has.
pub const MOST_GROUPS: usize = 240;

/// Which trains go together: neighbours, as few as make no more than `MOST_GROUPS` groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups {
    per: usize,
    count: usize,
    trains: Vec<u64>,
}

impl Groups {
    /// `trains` in order.
    pub fn of(trains: Vec<u64>, most: usize) -> Self {
        let per = trains.len().div_ceil(most.max(1)).max(1);
        Groups { per, count: trains.len().div_ceil(per), trains }
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn trains(&self) -> &[u64] {
        &self.trains
    }

    /// The group of a train.
    pub fn group(&self, train: u64) -> Option<usize> {
        self.trains.binary_search(&train).ok().map(|position| position / self.per)
    }

    /// First and last train of each group.
    pub fn ends(&self) -> Vec<(u64, u64)> {
        self.trains.chunks(self.per).filter_map(|group| Some((*group.first()?, *group.last()?))).collect()
    }

    /// A train in the middle of each group.
    pub fn middles(&self) -> Vec<f64> {
        self.trains.chunks(self.per).filter_map(|group| group.get(group.len() / 2)).map(|&train| train as f64).collect()
    }

    /// What one point of a plot stands for.
    pub fn holds(&self) -> String {
        match self.per {
            1 => "one train a point".into(),
            per => format!("{per} neighbouring trains a point"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Envelope {
    pub least: f64,
    pub greatest: f64,
    sum: f64,
    pub count: u64,
}

impl Default for Envelope {
    fn default() -> Self {
        Envelope { least: f64::INFINITY, greatest: f64::NEG_INFINITY, sum: 0.0, count: 0 }
    }
}

impl Envelope {
    pub fn add(&mut self, value: f64) {
        if value.is_finite() {
            self.least = self.least.min(value);
            self.greatest = self.greatest.max(value);
            self.sum += value;
            self.count += 1;
        }
    }

    /// No value: NaN.
    pub fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }

    pub fn of_all(all: &[Envelope]) -> Envelope {
        all.iter().fold(Envelope::default(), |a, b| Envelope {
            least: a.least.min(b.least),
            greatest: a.greatest.max(b.greatest),
            sum: a.sum + b.sum,
            count: a.count + b.count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_neighbours_and_few() {
        let groups = Groups::of((100..1100).collect(), 240);
        assert_eq!((groups.per, groups.len()), (5, 200));
        assert_eq!(
            (groups.group(100), groups.group(104), groups.group(105), groups.group(1099)),
            (Some(0), Some(0), Some(1), Some(199))
        );
        assert_eq!((groups.group(99), groups.ends()[1]), (None, (105, 109)));
        let few = Groups::of(vec![7, 9], 240);
        assert_eq!((few.per, few.middles(), few.holds().as_str()), (1, vec![7.0, 9.0], "one train a point"));
        assert_eq!(Groups::of(Vec::new(), 240).len(), 0);
    }

    #[test]
    fn an_envelope_leaves_out_what_is_no_number() {
        let mut envelope = Envelope::default();
        [1.0, f64::NAN, 4.0, f64::INFINITY, -2.0].into_iter().for_each(|value| envelope.add(value));
        assert_eq!((envelope.least, envelope.mean(), envelope.greatest, envelope.count), (-2.0, 1.0, 4.0, 3));
        assert!(Envelope::default().mean().is_nan());
    }
}
