//! The products of all pairs of frames from what is not zero: each two events of one pixel are a pair.

/// Below this share of pixels that are not 0, pairs of events are fewer than what a matrix product takes.
pub const SPARSE: f64 = 0.01;

/// Larger counts are no photons, and their products might not be exact.
const LARGEST: f32 = 65536.0;

/// The share of values that are not 0, where all are whole numbers of at least 0; none elsewhere.
pub fn counts(rows: &[&[f32]]) -> Option<f64> {
    let (mut filled, mut all) = (0usize, 0usize);
    for row in rows {
        for &value in *row {
            if !(0.0..=LARGEST).contains(&value) || value.fract() != 0.0 {
                return None;
            }
            filled += usize::from(value != 0.0);
        }
        all += row.len();
    }
    (all > 0).then(|| filled as f64 / all as f64)
}

/// As [`super::product`]: whole numbers have exact sums in any order.
pub fn events(rows: &[&[f32]]) -> Vec<f64> {
    let pixels = rows.first().map_or(0, |row| row.len());
    let mut result = vec![0.0; rows.len() * (rows.len() + 1) / 2];
    // events sorted by pixel, those of a pixel by frame
    let mut next = vec![0usize; pixels + 1];
    for row in rows {
        for (pixel, _) in row.iter().enumerate().filter(|(_, &value)| value != 0.0) {
            next[pixel + 1] += 1;
        }
    }
    for pixel in 0..pixels {
        next[pixel + 1] += next[pixel];
    }
    let starts = next.clone();
    let mut sorted = vec![(0u32, 0f32); starts.last().copied().unwrap_or(0)];
    for (time, row) in rows.iter().enumerate() {
        for (pixel, &value) in row.iter().enumerate().filter(|(_, &value)| value != 0.0) {
            sorted[next[pixel]] = (time as u32, value);
            next[pixel] += 1;
        }
    }
    for ends in starts.windows(2) {
        let of_pixel = &sorted[ends[0]..ends[1]];
        for (late, &(t, a)) in of_pixel.iter().enumerate() {
            for &(other, b) in &of_pixel[..=late] {
                result[super::at(t as usize, other as usize)] += f64::from(a) * f64::from(b);
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_codec::Processor;

    #[test]
    fn events_are_the_product() {
        let value = |at: usize| if (at * 2_654_435_761) % 97 == 3 { (1 + at % 4) as f32 } else { 0.0 };
        let data: Vec<Vec<f32>> = (0..13).map(|f| (0..700).map(|p| value(f * 700 + p)).collect()).collect();
        let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
        assert_eq!(events(&rows), super::super::product(&rows, Processor::best()));
        let share = counts(&rows).unwrap();
        assert!(share > 0.0 && share < 0.03);
        assert_eq!(counts(&[&[0.0, 1.5]]), None);
        assert_eq!(counts(&[&[0.0, -1.0]]), None);
        assert_eq!(counts(&[&[0.0, f32::NAN]]), None);
        assert_eq!(counts(&[]), None);
        assert_eq!(counts(&[&[0.0, 2.0]]), Some(0.5));
    }
}
