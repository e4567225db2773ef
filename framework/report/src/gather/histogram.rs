//! Counts of values between edges that the values choose themselves, in one pass over them.
//!
//! All edges are multiples of a power of two, and bins grow by joining neighbours: the width that is left in the end is the
//! smallest that holds all values in so few bins, whatever the order in which they came.

/// Most bins.
const MOST: usize = 96;
/// Bins no finer than this share of the greatest magnitude, in powers of two.
const FINEST: i32 = 20;

#[derive(Clone, Debug)]
pub struct Histogram {
    /// width is `2^power`
    power: i32,
    first: i64,
    counts: Vec<u64>,
    whole: bool,
    pub values: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { power: -1000, first: 0, counts: Vec::new(), whole: true, values: 0 }
    }
}

impl Histogram {
    /// What is no number, or beyond all magnitudes that are measured, is not counted.
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() || value.abs() > 1e300 {
            return;
        }
        self.whole &= value.fract() == 0.0;
        self.values += 1;
        if value != 0.0 {
            let magnitude = libm::ilogb(value).max(-900);
            self.coarsen(magnitude - FINEST);
        }
        let mut at = self.bin(value);
        while !self.holds(at) {
            self.coarsen(self.power + 1);
            at = self.bin(value);
        }
        if self.counts.is_empty() {
            self.first = at;
        }
        if at < self.first {
            let more = usize::try_from(self.first - at).unwrap_or(0);
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = at;
        }
        let place = usize::try_from(at - self.first).unwrap_or(0);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] += 1;
    }

    fn bin(&self, value: f64) -> i64 {
        libm::floor(libm::ldexp(value, -self.power)) as i64
    }

    fn holds(&self, at: i64) -> bool {
        let last = self.first + self.counts.len() as i64 - 1;
        self.counts.is_empty() || (at.max(last) as i128 - at.min(self.first) as i128) < MOST as i128
    }

    fn coarsen(&mut self, power: i32) {
        if power <= self.power {
            return;
        }
        let shift = (power - self.power).min(63) as u32;
        self.power = power;
        let first = self.first >> shift;
        let mut joined: Vec<u64> = Vec::new();
        for (at, count) in (self.first..).zip(&self.counts) {
            let place = usize::try_from((at >> shift) - first).unwrap_or(0);
            joined.resize(joined.len().max(place + 1), 0);
            joined[place] += count;
        }
        (self.first, self.counts) = (first, joined);
    }

    /// The same edges for several: edges, then the counts of each.
    pub fn side_by_side(mut all: Vec<Histogram>) -> (Vec<f64>, Vec<Vec<u64>>) {
        let filled = |all: &[Histogram]| -> Option<(i64, i64)> {
            let filled = all.iter().filter(|h| !h.counts.is_empty());
            let ends = filled.map(|h| (h.first, h.first + h.counts.len() as i64));
            ends.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        };
        let whole = all.iter().all(|h| h.whole);
        let mut power = all.iter().filter(|h| !h.counts.is_empty()).map(|h| h.power).max().unwrap_or(0);
        // a count is a whole number: bins between two of them would be empty
        power = if whole { power.max(0) } else { power };
        let (first, end) = loop {
            all.iter_mut().filter(|h| !h.counts.is_empty()).for_each(|h| h.coarsen(power));
            match filled(&all) {
                None => return (Vec::new(), vec![Vec::new(); all.len()]),
                Some((first, end)) if end - first <= MOST as i64 => break (first, end),
                Some(_) => power += 1,
            }
        };
        let edges = (first..=end).map(|at| libm::ldexp(at as f64, power)).collect();
        let counts = all.iter().map(|h| {
            let mut counts = vec![0; usize::try_from(end - first).unwrap_or(0)];
            for (at, count) in (h.first..).zip(&h.counts) {
                if let Some(place) = usize::try_from(at - first).ok().and_then(|place| counts.get_mut(place)) {
                    *place += count;
                }
            }
            counts
        });
        (edges, counts.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: impl IntoIterator<Item = f64>) -> (Vec<f64>, Vec<u64>) {
        let mut histogram = Histogram::default();
        values.into_iter().for_each(|value| histogram.add(value));
        let (edges, mut counts) = Histogram::side_by_side(vec![histogram]);
        (edges, counts.remove(0))
    }

    #[test]
    fn every_value_is_counted_once_between_its_edges() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i * i % 997) * 0.37 - 40.0).collect();
        let (edges, counts) = of(values.clone());
        assert!(counts.len() <= MOST && counts.len() >= MOST / 2, "{}", counts.len());
        for (pair, count) in edges.windows(2).zip(&counts) {
            let inside = values.iter().filter(|v| (pair[0]..pair[1]).contains(v)).count() as u64;
            assert_eq!(inside, *count, "{pair:?}");
        }
        assert_eq!(counts.iter().sum::<u64>(), 1000);
    }

    #[test]
    fn the_order_of_the_values_does_not_matter() {
        let values: Vec<f64> = (0..500).map(|i| f64::from((i * 7919) % 1009) * 1e-3 + f64::from(i % 3) * 1e4).collect();
        let whole = of(values.clone());
        assert_eq!(of(values.iter().rev().copied()), whole);
        let mut sorted = values;
        sorted.sort_by(f64::total_cmp);
        assert_eq!(of(sorted), whole);
    }

    #[test]
    fn whole_numbers_have_a_bin_each_where_there_are_few() {
        assert_eq!(of([3.0, 5.0, 3.0]), (vec![3.0, 4.0, 5.0, 6.0], vec![2, 0, 1]));
        assert_eq!(of([0.0, 0.0]), (vec![0.0, 1.0], vec![2]));
        assert_eq!(of([]), (vec![], vec![]));
    }

    #[test]
    fn wild_values_neither_hang_nor_overflow() {
        let wild = [f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE, -1e299, 1e299, 1e-310, 0.0, -0.0];
        let (edges, counts) = of(wild);
        assert_eq!(counts.iter().sum::<u64>(), 6, "{edges:?}");
        assert!(counts.len() <= MOST);
    }
}
