//! Quartiles of a window that slides over the run.

use super::ranks::Ranks;
use std::ops::Range;

/// Q25, Q50, Q75 of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quartiles(pub [f64; 3]);

/// Quartiles of the `valid` values in each window, `None` where there are none. Valid values must not be `NaN`.
///
/// # Panics
/// When a window lies outside `values`, or `valid` has another length.
pub fn quartiles(values: &[f64], valid: &[bool], windows: &[Range<usize>]) -> Vec<Option<Quartiles>> {
    assert_eq!(values.len(), valid.len(), "one flag a value");
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| valid[i]).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut rank = vec![None; values.len()];
    for (r, &i) in order.iter().enumerate() {
        rank[i] = Some(r);
    }
    let mut inside = Ranks::new(order.len());
    let mut now = 0..0;
    let mut slide = |window: &Range<usize>| {
        if window.is_empty() {
            return None;
        }
        // grow first, so that the ends never cross
        let grown = now.end.max(window.end);
        rank[now.end..grown].iter().flatten().for_each(|&r| inside.add(r));
        now.end = grown;
        let grown = now.start.min(window.start);
        rank[grown..now.start].iter().flatten().for_each(|&r| inside.add(r));
        now.start = grown;
        rank[now.start..window.start].iter().flatten().for_each(|&r| inside.remove(r));
        rank[window.end..now.end].iter().flatten().for_each(|&r| inside.remove(r));
        now = window.clone();
        let last = inside.len().checked_sub(1)?;
        let value = |k: usize| values[order[inside.select(k)]];
        Some(Quartiles([1, 2, 3].map(|quarter| {
            let (k, rest) = (last * quarter / 4, last * quarter % 4);
            if rest == 0 {
                value(k)
            } else {
                between(value(k), value(k + 1), rest as f64 / 4.0)
            }
        })))
    };
    windows.iter().map(&mut slide).collect()
}

/// Linear interpolation in the form that numpy uses, from the nearer end.
fn between(a: f64, b: f64, share: f64) -> f64 {
    let step = b - a;
    if share >= 0.5 {
        b - step * (1.0 - share)
    } else {
        a + step * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By sorting each window.
    fn sorted(values: &[f64], valid: &[bool], window: &Range<usize>) -> Option<Quartiles> {
        let mut v: Vec<f64> = window.clone().filter(|&i| valid[i]).map(|i| values[i]).collect();
        v.sort_by(f64::total_cmp);
        let last = v.len().checked_sub(1)? as f64;
        Some(Quartiles([0.25, 0.5, 0.75].map(|q| {
            let at = last * q;
            let (k, share) = (at.floor() as usize, at.fract());
            if share == 0.0 {
                v[k]
            } else {
                between(v[k], v[k + 1], share)
            }
        })))
    }

    #[test]
    fn agrees_with_numpy() {
        // numpy.quantile([3, 1, 4, 1, 5, 9], [0.25, 0.5, 0.75])
        let found = quartiles(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0], &[true; 6], std::slice::from_ref(&(0..6)));
        assert_eq!(found, [Some(Quartiles([1.5, 3.5, 4.75]))]);
    }

    #[test]
    fn an_empty_window_has_none() {
        let windows = [0..0, 1..2, 0..2];
        let found = quartiles(&[1.0, 2.0], &[true, false], &windows);
        assert_eq!(found, [None, None, Some(Quartiles([1.0; 3]))]);
    }

    proptest::proptest! {
        #[test]
        fn slides_as_if_each_window_were_sorted(
            values in proptest::collection::vec((0u8..50, proptest::bool::weighted(0.8)), 1..120),
            ends in proptest::collection::vec((0usize..120, 0usize..120), 1..30),
        ) {
            let valid: Vec<bool> = values.iter().map(|v| v.1).collect();
            let values: Vec<f64> = values.iter().map(|v| f64::from(v.0) / 3.0).collect();
            let cut = |x: usize| x.min(values.len());
            let windows: Vec<Range<usize>> =
                ends.iter().map(|&(a, b)| cut(a.min(b))..cut(a.max(b))).collect();
            let expected: Vec<_> = windows.iter().map(|w| sorted(&values, &valid, w)).collect();
            proptest::prop_assert_eq!(quartiles(&values, &valid, &windows), expected);
        }
    }
}
