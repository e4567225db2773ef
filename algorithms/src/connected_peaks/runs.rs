//! Runs: stretches of bright pixels in one row.

/// Bright pixels `start..end` of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) row: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// Pixels looked at together: the bits of a word.
const BLOCK: usize = 64;

/// Runs of the image with rows of `fast` pixels, in raster order. Positions must fit into 32 bits.
pub(super) fn runs(image: &[f32], fast: usize, threshold: f32, runs: &mut Vec<Run>) {
    runs.clear();
    let (blocks, rest) = image.as_chunks::<BLOCK>();
    for (number, block) in blocks.iter().enumerate() {
        if any(block, threshold) {
            stretches(bits(block, threshold), |from, to| push(runs, fast, number * BLOCK + from, number * BLOCK + to));
        }
    }
    let first = blocks.len() * BLOCK;
    stretches(bits(rest, threshold), |from, to| push(runs, fast, first + from, first + to));
}

/// Without branches, so that it is done for several pixels at once; this is all that dark blocks cost.
#[inline(always)]
fn any(block: &[f32; BLOCK], threshold: f32) -> bool {
    block.iter().fold(0u32, |found, &v| found | u32::from(v > threshold)) != 0
}

/// Bit j is set where pixel j is bright.
#[inline(always)]
fn bits(pixels: &[f32], threshold: f32) -> u64 {
    pixels.iter().enumerate().fold(0, |bits, (j, &v)| bits | u64::from(v > threshold) << j)
}

/// Stretches `from..to` of set bits, lowest first.
fn stretches(mut bits: u64, mut found: impl FnMut(usize, usize)) {
    let mut at = 0;
    while bits != 0 {
        let dark = bits.trailing_zeros();
        bits >>= dark;
        let bright = bits.trailing_ones();
        found((at + dark) as usize, (at + dark + bright) as usize);
        bits = bits.checked_shr(bright).unwrap_or(0);
        at += dark + bright;
    }
}

/// Adds the pixels `from..to` of the image, cut where rows end, joined to a run that ends at `from`.
fn push(runs: &mut Vec<Run>, fast: usize, mut from: usize, to: usize) {
    while from < to {
        let (row, start) = (from / fast, from % fast);
        let end = (start + to - from).min(fast);
        match runs.last_mut() {
            Some(last) if start > 0 && last.row as usize == row && last.end as usize == start => last.end = end as u32,
            _ => runs.push(Run { row: row as u32, start: start as u32, end: end as u32 }),
        }
        from += end - start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(image: &[f32], fast: usize) -> Vec<(u32, u32, u32)> {
        let mut list = vec![Run { row: 9, start: 9, end: 9 }];
        runs(image, fast, 1.0, &mut list);
        list.iter().map(|r| (r.row, r.start, r.end)).collect()
    }

    #[test]
    fn runs_cross_blocks_but_not_rows() {
        let mut image = vec![0.0; 200];
        image[60..70].fill(2.0);
        image[95..105].fill(2.0);
        image[199] = 2.0;
        assert_eq!(found(&image, 100), [(0, 60, 70), (0, 95, 100), (1, 0, 5), (1, 99, 100)]);
        assert_eq!(found(&[5.0; 200], 100), [(0, 0, 100), (1, 0, 100)]);
        assert_eq!(found(&[1.0, f32::NAN, 1.5, f32::INFINITY], 2), [(1, 0, 2)]);
    }
}
