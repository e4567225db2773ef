//! Minimum, median and maximum of what decided: so that a result of nothing can be understood.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    pub minimum: f64,
    /// of an even number of values the lower of the two in the middle
    pub median: f64,
    pub maximum: f64,
}

impl Spread {
    /// Of the values that are numbers; `None` without any.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|v| !v.is_nan()).collect();
        let middle = values.len().checked_sub(1)? / 2;
        let (below, median, above) = values.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        let minimum = below.iter().copied().fold(median, f64::min);
        Some(Spread { minimum, median, maximum: above.iter().copied().fold(median, f64::max) })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spread { minimum, median, maximum } = self;
        write!(f, "minimum {}, median {}, maximum {}", figures(*minimum), figures(*median), figures(*maximum))
    }
}

/// Six significant figures, without zeros at the end.
pub fn figures(value: f64) -> String {
    format!("{value:.5e}").parse::<f64>().unwrap_or(value).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_few_numbers() {
        let spread = Spread::of([3.0, f64::NAN, -1.0, 8.0, 2.5]).unwrap();
        assert_eq!(spread.to_string(), "minimum -1, median 2.5, maximum 8");
        assert_eq!(Spread::of([4.0]).unwrap(), Spread { minimum: 4.0, median: 4.0, maximum: 4.0 });
        assert_eq!(Spread::of([f64::NAN]), None);
        assert_eq!(
            (figures(1.0 / 3.0), figures(1234567.0), figures(1e-7)),
            ("0.333333".into(), "1234570".into(), "0.0000001".into())
        );
    }
}
