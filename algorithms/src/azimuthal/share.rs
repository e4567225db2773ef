//! How a pixel is shared between bins: the parts of an interval of the radial axis.
//!
//! c_b = overlap(interval, bin b) / length of the interval. What lies outside the range is lost, so a pixel on the border
//! counts with the part inside; pyFAI gives the overhang to the outermost bin, which makes these two bins depend on pixels
//! out of range. Next to the beam an interval may reach below 0, where nothing is: that part goes to the bin of 0, as in pyFAI.

use super::binning::Binning;

/// More bins than this to a pixel is a slip of the workflow, and a table of gigabytes.
pub(super) const MAX_REACH: f64 = 64.0;

/// The bins spanned by a pixel that spans too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct TooWide(pub(super) f64);

/// Fills `parts` with the parts of [low, high] and returns the first bin; none out of range.
pub(super) fn share(binning: &Binning, interval: [f64; 2], parts: &mut Vec<f32>) -> Result<Option<usize>, TooWide> {
    let [low, high] = interval.map(|x| binning.position(x));
    let zero = binning.position(0.0);
    let bins = binning.bins() as f64;
    parts.clear();
    if !(high >= 0.0 && low < bins) {
        return Ok(None);
    }
    if high - low > MAX_REACH {
        return Err(TooWide(high - low));
    }
    let first = low.max(0.0).floor();
    if high.floor() == low.floor() {
        parts.push(1.0);
        return Ok(Some(first as usize));
    }
    let mut bin = first;
    while bin < bins && bin < high {
        // `zero` is at most 0: only a range that begins at 0 has its bin.
        let from = if bin <= zero { low } else { low.max(bin) };
        parts.push(((high.min(bin + 1.0) - from) / (high - low)) as f32);
        bin += 1.0;
    }
    Ok((!parts.is_empty()).then_some(first as usize))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_overlaps() {
        let binning = Binning::new(0.0, 10.0 / (1.0 + f64::from(f32::EPSILON)), 10).unwrap();
        let mut parts = Vec::new();
        let mut check = |interval, first: Option<usize>, expected: &[f32]| {
            assert_eq!(share(&binning, interval, &mut parts), Ok(first));
            assert_eq!(parts, expected);
        };
        check([2.25, 2.75], Some(2), &[1.0]);
        check([2.5, 3.5], Some(2), &[0.5, 0.5]);
        check([1.5, 3.5], Some(1), &[0.25, 0.5, 0.25]);
        check([-0.5, 1.5], Some(0), &[0.75, 0.25]);
        check([9.5, 10.5], Some(9), &[0.5]);
        check([10.5, 11.5], None, &[]);
        check([f64::NAN, f64::NAN], None, &[]);
        assert_eq!(
            share(&Binning::new(0.0, 1.0, 1000).unwrap(), [0.0, 0.5], &mut parts).map_err(|wide| wide.0 > 400.0),
            Err(true)
        );
    }

    proptest! {
        /// A pixel inside the range is shared without loss, one on its border counts with the part inside.
        #[test]
        fn mass_is_conserved(low in 0.0f64..8.0, centre in 0.0f64..12.0, half in 1e-3f64..2.0, bins in 1usize..40) {
            let high = 10.0;
            // wider pixels are refused
            let half = half.min(30.0 * (high - low) / bins as f64);
            let binning = Binning::new(low, high, bins).unwrap();
            let mut parts = Vec::new();
            let interval = [centre - half, centre + half];
            let first = share(&binning, interval, &mut parts).unwrap();
            let sum: f64 = parts.iter().map(|&part| f64::from(part)).sum();
            let high = high * (1.0 + f64::from(f32::EPSILON));
            let below = if low == 0.0 { interval[0] } else { interval[0].max(low) };
            let inside = ((interval[1].min(high) - below) / (2.0 * half)).max(0.0);
            let alone = first.is_some() && parts == [1.0];
            prop_assert!(alone || (sum - inside).abs() < 1e-6, "{sum} {inside}");
            prop_assert!(first.unwrap_or(0) + parts.len() <= bins);
            prop_assert!(parts.iter().all(|&part| part >= 0.0));
        }
    }
}
