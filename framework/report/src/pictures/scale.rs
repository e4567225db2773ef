//! From values to colours: a scale that shows weak signal and still tells strong from stronger.
//!
//! ```text
//! t = ln(1 + (v - low) / knee) / ln(1 + (high - low) / knee)
//! ```
//!
//! `low` and `high` are percentiles, so that a hot pixel sets nothing; `knee` is how far the middle of the values lies above
//! `low`: below it the scale is linear, above it logarithmic.

use serde::{Deserialize, Serialize};

/// Percentiles that get the first and the last colour.
const LOW: f64 = 0.01;
const HIGH: f64 = 0.999;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    pub knee: f64,
}

impl Scale {
    /// Of what pictures show; those that are shown beside each other get one scale. None, where no pixel is good.
    pub fn of<'a>(pictures: impl IntoIterator<Item = &'a [f32]>) -> Option<Scale> {
        let mut values: Vec<f32> = pictures.into_iter().flatten().copied().filter(|value| value.is_finite()).collect();
        if values.is_empty() {
            return None;
        }
        let last = values.len() - 1;
        let mut at = |share: f64| -> f64 {
            let place = ((last as f64 * share).round() as usize).min(last);
            f64::from(*values.select_nth_unstable_by(place, f32::total_cmp).1)
        };
        let (low, middle, high) = (at(LOW), at(0.5), at(HIGH));
        let most = at(1.0);
        // pictures of a few bright pixels on nothing
        let high = if high > low { high } else { most };
        let high = if high > low { high } else { low + 1.0 };
        let knee = (middle - low).clamp((high - low) / 1000.0, high - low);
        Some(Scale { low, high, knee })
    }

    /// As `of` makes them.
    pub fn is_sound(&self) -> bool {
        let sizes = [self.low, self.high, self.high - self.low, self.knee];
        sizes.iter().all(|value| value.is_finite()) && self.high > self.low && self.knee > 0.0
    }

    /// 0 to 1.
    pub fn place(&self, value: f64) -> f64 {
        let above = (value - self.low).max(0.0) / self.knee;
        (libm::log1p(above) / libm::log1p((self.high - self.low) / self.knee)).clamp(0.0, 1.0)
    }

    /// Values for the ticks of the bar.
    pub fn ticks(&self) -> Vec<f64> {
        let value =
            |place: f64| self.low + self.knee * libm::expm1(place * libm::log1p((self.high - self.low) / self.knee));
        let mut ticks: Vec<f64> = [0.0, 0.25, 0.5, 0.75, 1.0].map(value).map(two_figures).to_vec();
        ticks.dedup();
        ticks
    }
}

fn two_figures(value: f64) -> f64 {
    format!("{value:.1e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_signal_is_seen_and_a_hot_pixel_sets_nothing() {
        let mut picture: Vec<f32> = (0..10_000).map(|i| (i % 10) as f32).collect();
        picture[5] = 1e6;
        picture[6] = f32::NAN;
        picture[7] = f32::NEG_INFINITY;
        let scale = Scale::of([picture.as_slice()]).unwrap();
        assert_eq!((scale.low, scale.high), (0.0, 9.0));
        assert!(scale.place(1.0) > 0.1 && scale.place(-5.0) == 0.0 && scale.place(1e6) == 1.0);
        let places: Vec<f64> = (0..10).map(|v| scale.place(f64::from(v))).collect();
        assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn pictures_without_contrast_have_a_scale_too() {
        for picture in [vec![0.0f32; 100], vec![-3.5; 2], vec![1e-30; 9], vec![f32::MAX, f32::MIN]] {
            let scale = Scale::of([picture.as_slice()]).unwrap();
            assert!(scale.high > scale.low && scale.knee > 0.0, "{scale:?}");
            assert!(scale.place(f64::from(picture[0])).is_finite());
        }
        let mut few = vec![0.0f32; 100_000];
        few[3] = 4.0;
        assert_eq!(Scale::of([few.as_slice()]).unwrap().high, 4.0);
        assert!(Scale::of([[f32::NAN, f32::NEG_INFINITY].as_slice()]).is_none());
    }

    #[test]
    fn ticks_go_from_end_to_end() {
        let ticks = Scale { low: 0.0, high: 1000.0, knee: 1.0 }.ticks();
        assert_eq!((ticks.first(), ticks.last(), ticks.len()), (Some(&0.0), Some(&1000.0), 5));
    }
}
