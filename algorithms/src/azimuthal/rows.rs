//! The azimuthal axis: which ranges of the azimuth a result has a row for.
//!
//! Azimuths are atan2(y, x), counted from x towards y (up). A range begins anywhere and is at most a turn long, so none is cut at
//! +-180 degrees: what counts is (chi - low) modulo a turn. Both kinds hold their lower limit and not their upper.

use std::f64::consts::{PI, TAU};

use super::error::AzimuthalError;
use super::options::Azimuth;

/// More rows than this to a result is a slip of the workflow.
pub const MAX_ROWS: usize = 1 << 14;

/// A turn in degrees, and what rounding may add to it.
const WHOLE: f64 = 360.0 * (1.0 + 1e-12);

/// The rows of a result.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rows {
    /// One, of all azimuths.
    All,
    /// Ranges [low, width] in rad.
    Ranges(Vec<[f64; 2]>),
    /// Equal bins from `low` on.
    Equal { low: f64, width: f64, bins: usize },
}

impl Rows {
    pub(super) fn new(azimuth: &Azimuth) -> Result<Self, AzimuthalError> {
        let range = |&[low, high]: &[f64; 2]| {
            let sound = low.is_finite() && high.is_finite() && low.abs() <= 720.0 && low < high && high - low <= WHOLE;
            // 33.3 to 393.3 is a turn, whatever the difference is rounded to
            let width = if high - low >= 720.0 - WHOLE { TAU } else { (high - low) * PI / 180.0 };
            let in_rad = [low * PI / 180.0, width];
            sound.then_some(in_rad).ok_or(AzimuthalError::Azimuth { low, high })
        };
        Ok(match azimuth {
            Azimuth::All => Rows::All,
            Azimuth::Sectors(sectors) if sectors.is_empty() || sectors.len() > MAX_ROWS => {
                return Err(AzimuthalError::Rows { rows: sectors.len(), max: MAX_ROWS })
            }
            Azimuth::Sectors(sectors) => Rows::Ranges(sectors.iter().map(range).collect::<Result<_, _>>()?),
            Azimuth::Bins { bins, .. } if *bins == 0 || *bins > MAX_ROWS => {
                return Err(AzimuthalError::Rows { rows: *bins, max: MAX_ROWS })
            }
            Azimuth::Bins { bins, range: limits } => {
                let [low, width] = range(limits)?;
                Rows::Equal { low, width, bins: *bins }
            }
        })
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Rows::All => 1,
            Rows::Ranges(ranges) => ranges.len(),
            Rows::Equal { bins, .. } => *bins,
        }
    }

    /// Calls `each` with every row that holds `chi`.
    pub(super) fn holding(&self, chi: f64, mut each: impl FnMut(usize)) {
        match self {
            Rows::All => each(0),
            Rows::Ranges(ranges) => {
                for (row, [low, width]) in ranges.iter().enumerate() {
                    if onward(chi, *low) < *width {
                        each(row);
                    }
                }
            }
            Rows::Equal { low, width, bins } => {
                let at = onward(chi, *low) / width * *bins as f64;
                if at < *bins as f64 {
                    each(at as usize);
                }
            }
        }
    }

    /// Calls `each` with every row, and its limits, that an interval of azimuths reaches. A row that is reached from both its
    /// ends comes twice, with other limits.
    pub(super) fn reached(&self, [from, to]: [f64; 2], mut each: impl FnMut(usize, [f64; 2])) {
        let turns = |low: f64, width: f64| {
            let first = libm::ceil((from - low - width) / TAU) as i64;
            let last = libm::floor((to - low) / TAU) as i64;
            (first..=last).map(move |turn| low + TAU * turn as f64)
        };
        match self {
            Rows::All => each(0, [f64::NEG_INFINITY, f64::INFINITY]),
            Rows::Ranges(ranges) => {
                for (row, &[low, width]) in ranges.iter().enumerate() {
                    turns(low, width).for_each(|low| each(row, [low, low + width]));
                }
            }
            Rows::Equal { low, width, bins } => {
                for low in turns(*low, *width) {
                    let limit = |row: usize| low + width * (row as f64 / *bins as f64);
                    let at = |chi: f64| libm::floor((chi - low) / width * *bins as f64).clamp(0.0, (bins - 1) as f64);
                    for row in at(from) as usize..=at(to) as usize {
                        each(row, [limit(row), limit(row + 1)]);
                    }
                }
            }
        }
    }

    /// Limits of the rows in degrees.
    pub(super) fn limits(&self) -> Vec<[f64; 2]> {
        let degrees = |rad: f64| rad * 180.0 / PI;
        match self {
            Rows::All => vec![[-180.0, 180.0]],
            Rows::Ranges(ranges) => ranges.iter().map(|[low, width]| [degrees(*low), degrees(low + width)]).collect(),
            Rows::Equal { low, width, bins } => {
                let limit = |row: usize| degrees(low + width * (row as f64 / *bins as f64));
                (0..*bins).map(|row| [limit(row), limit(row + 1)]).collect()
            }
        }
    }
}

/// `chi` counted on from `low`: at least 0, less than a turn.
fn onward(chi: f64, low: f64) -> f64 {
    let on = (chi - low).rem_euclid(TAU);
    // a little before `low` is rounded to a whole turn
    if on < TAU {
        on
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holding(rows: &Rows, degrees: f64) -> Vec<usize> {
        let mut found = Vec::new();
        rows.holding(degrees * PI / 180.0, |row| found.push(row));
        found
    }

    #[test]
    fn ranges_go_across_the_jump_of_the_angle() {
        let rows = Rows::new(&Azimuth::Sectors(vec![[170.0, 190.0], [350.0, 370.0], [-180.0, 180.0]])).unwrap();
        assert_eq!(holding(&rows, 175.0), [0, 2]);
        assert_eq!(holding(&rows, -175.0), [0, 2]);
        assert_eq!(holding(&rows, 5.0), [1, 2]);
        assert_eq!(holding(&rows, -5.0), [1, 2]);
        assert_eq!(holding(&rows, 20.0), [2]);
        assert_eq!(holding(&rows, 180.0), [0, 2]);
    }

    #[test]
    fn every_azimuth_is_in_one_bin() {
        for low in [-180.0, 0.0, 33.3, 359.0, 325.413_087_497_722_64] {
            let rows = Rows::new(&Azimuth::Bins { bins: 7, range: [low, low + 360.0] }).unwrap();
            for step in -1800..=1800 {
                assert_eq!(holding(&rows, f64::from(step) / 10.0).len(), 1, "{low} {step}");
            }
            assert_eq!(holding(&rows, low - 1e-15).len(), 1);
        }
    }

    #[test]
    fn an_interval_reaches_each_bin_with_its_limits() {
        let rows = Rows::new(&Azimuth::Bins { bins: 4, range: [-180.0, 180.0] }).unwrap();
        let mut shares = [0.0; 4];
        // 170 to 200 degrees
        let (from, to) = (170.0 * PI / 180.0, 200.0 * PI / 180.0);
        rows.reached([from, to], |row, [low, high]| shares[row] += (to.min(high) - from.max(low)) / (to - from));
        for (share, expected) in shares.into_iter().zip([2.0 / 3.0, 0.0, 0.0, 1.0 / 3.0]) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for range in [[10.0, 10.0], [20.0, 10.0], [0.0, 361.0], [f64::NAN, 1.0], [0.0, f64::INFINITY]] {
            assert!(Rows::new(&Azimuth::Sectors(vec![range])).is_err(), "{range:?}");
        }
        assert!(Rows::new(&Azimuth::Bins { bins: 0, range: [0.0, 360.0] }).is_err());
        assert!(Rows::new(&Azimuth::Sectors(Vec::new())).is_err());
    }
}
