//! The products of all pairs of frames as half a matrix product: tiles of 8 x 8 pairs, in blocks of pixels that stay in cache.
//!
//! A block of 256 pixels of 8 frames is turned to f64 once, [pixel][frame], and each two of these panels make a tile. A tile begins
//! at 0 in each block and is added to the result at its end: that is the order of all sums, on every processor.

use trainyard_codec::Processor;

/// Frames of a panel.
const WIDE: usize = 8;
/// Pixels of a block.
const BLOCK: usize = 256;

type Panel = [[f64; WIDE]];
type Tile = [[f64; WIDE]; WIDE];

/// Lower triangle of the sums over pixels of products of two rows, each as long as the first.
pub fn product(rows: &[&[f32]], processor: Processor) -> Vec<f64> {
    let pixels = rows.first().map_or(0, |row| row.len());
    let mut result = vec![0.0; rows.len() * (rows.len() + 1) / 2];
    let panels = rows.len().div_ceil(WIDE);
    let mut block = vec![[0.0; WIDE]; panels * BLOCK];
    for start in (0..pixels).step_by(BLOCK) {
        let length = BLOCK.min(pixels - start);
        for (frame, row) in rows.iter().enumerate() {
            let panel = &mut block[(frame / WIDE) * BLOCK..][..length];
            for (values, &value) in panel.iter_mut().zip(&row[start..start + length]) {
                values[frame % WIDE] = f64::from(value);
            }
        }
        for high in 0..panels {
            let a = &block[high * BLOCK..][..length];
            for low in 0..=high {
                let mut tile = [[0.0; WIDE]; WIDE];
                multiply(processor, a, &block[low * BLOCK..][..length], &mut tile);
                for (i, values) in tile.iter().enumerate() {
                    let row = high * WIDE + i;
                    for (j, value) in values.iter().enumerate().take_while(|(j, _)| low * WIDE + j <= row) {
                        if let Some(sum) = result.get_mut(super::at(row, low * WIDE + j)).filter(|_| row < rows.len()) {
                            *sum += value;
                        }
                    }
                }
            }
        }
    }
    result
}

/// The sum of a row, in the same blocks.
pub(super) fn sum(row: &[f32]) -> f64 {
    row.chunks(BLOCK).map(|block| block.iter().map(|&value| f64::from(value)).sum::<f64>()).sum()
}

fn multiply(processor: Processor, a: &Panel, b: &Panel, tile: &mut Tile) {
    #[cfg(target_arch = "x86_64")]
    if processor.has_avx512() {
        // SAFETY: the processor has AVX-512 F, and with it AVX2; the function needs nothing else.
        return unsafe { multiply_avx512(a, b, tile) };
    }
    #[cfg(target_arch = "x86_64")]
    if processor.has_avx2() {
        // SAFETY: the processor has AVX2; the function needs nothing else.
        return unsafe { multiply_avx2(a, b, tile) };
    }
    let _ = processor;
    rows::<4>(a, b, tile, |x, y, sum| sum + x * y);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn multiply_avx512(a: &Panel, b: &Panel, tile: &mut Tile) {
    rows::<8>(a, b, tile, |x, y, sum| sum + x * y);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn multiply_avx2(a: &Panel, b: &Panel, tile: &mut Tile) {
    rows::<4>(a, b, tile, |x, y, sum| sum + x * y);
}

/// Some rows of the tile at a time: as many as there are registers for.
#[inline(always)]
fn rows<const ROWS: usize>(a: &Panel, b: &Panel, tile: &mut Tile, add: impl Fn(f64, f64, f64) -> f64 + Copy) {
    let (parts, _) = tile.as_chunks_mut::<ROWS>();
    for (part, sums) in parts.iter_mut().enumerate() {
        let mut own = *sums;
        for (a, b) in a.iter().zip(b) {
            for (i, own) in own.iter_mut().enumerate() {
                let x = a[part * ROWS + i];
                for (sum, &y) in own.iter_mut().zip(b) {
                    *sum = add(x, y, *sum);
                }
            }
        }
        *sums = own;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_processor_has_the_same_sums() {
        for (frames, pixels) in [(1, 1), (7, 300), (8, 256), (19, 1000)] {
            let value = |at: usize| ((at * 2_654_435_761) % 1009) as f32 / 7.0;
            let data: Vec<Vec<f32>> =
                (0..frames).map(|f| (0..pixels).map(|p| value(f * pixels + p)).collect()).collect();
            let rows: Vec<&[f32]> = data.iter().map(Vec::as_slice).collect();
            let all: Vec<Vec<f64>> = Processor::available().map(|processor| product(&rows, processor)).collect();
            assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
            for t in 0..frames {
                for other in 0..=t {
                    let exact: f64 = (0..pixels).map(|p| f64::from(data[t][p]) * f64::from(data[other][p])).sum();
                    let found = all[0][super::super::at(t, other)];
                    assert!((found - exact).abs() <= 1e-12 * exact, "{t} {other}: {found} {exact}");
                }
            }
        }
    }
}
