//! What a lossy encoder must know of pixels: their range, and how far two chunks are apart.
//!
//! Sums run in eight lanes that are added at the end, always in the same order: the result does
//! not depend on the processor. One pass each over bytes as they stand in a chunk.

use super::Element;

const LANES: usize = 8;

/// The values of a chunk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    /// Of the finite ones; above `max` where there is none.
    pub min: f64,
    pub max: f64,
    pub non_finite: u64,
}

/// How far a chunk is from another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Deviation {
    /// Infinite where one is NaN.
    pub max: f64,
    pub sum_of_squares: f64,
}

/// A number of a chunk.
trait Pixel: Copy + PartialOrd {
    const SIZE: usize;
    const LOWEST: Self;
    const HIGHEST: Self;
    fn read(bytes: &[u8]) -> Self;
    fn is_finite(self) -> bool;
    fn value(self) -> f64;
    /// The distance, not less than the true one where f64 cannot hold an integer.
    fn distance(self, other: Self) -> f64;
}

macro_rules! float {
    ($t:ty) => {
        impl Pixel for $t {
            const SIZE: usize = size_of::<$t>();
            const LOWEST: Self = <$t>::NEG_INFINITY;
            const HIGHEST: Self = <$t>::INFINITY;
            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0.0, Self::from_le_bytes)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                self.abs() < Self::INFINITY
            }
            #[inline(always)]
            fn value(self) -> f64 {
                self.into()
            }
            #[inline(always)]
            fn distance(self, other: Self) -> f64 {
                let distance = (f64::from(self) - f64::from(other)).abs();
                if distance.is_nan() {
                    f64::INFINITY
                } else {
                    distance
                }
            }
        }
    };
}

macro_rules! integer {
    ($t:ty, $distance:expr) => {
        impl Pixel for $t {
            const SIZE: usize = size_of::<$t>();
            const LOWEST: Self = <$t>::MIN;
            const HIGHEST: Self = <$t>::MAX;
            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                bytes.try_into().map_or(0, Self::from_le_bytes)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                true
            }
            #[inline(always)]
            fn value(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn distance(self, other: Self) -> f64 {
                $distance(self, other)
            }
        }
    };
}

float!(f32);
float!(f64);
integer!(u8, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(i8, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(u16, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(i16, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(u32, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(i32, |a, b| (f64::from(a) - f64::from(b)).abs());
integer!(u64, |a: u64, b| not_below(a.abs_diff(b)));
integer!(i64, |a: i64, b| not_below(a.abs_diff(b)));

fn not_below(n: u64) -> f64 {
    let near = n as f64;
    if (near as u128) < u128::from(n) {
        near.next_up()
    } else {
        near
    }
}

/// Calls a generic function with the type of an element.
macro_rules! with_pixel {
    ($element:expr, $function:ident($($argument:expr),*)) => {
        match $element {
            Element::F32 => $function::<f32>($($argument),*),
            Element::F64 => $function::<f64>($($argument),*),
            Element::U8 => $function::<u8>($($argument),*),
            Element::I8 => $function::<i8>($($argument),*),
            Element::U16 => $function::<u16>($($argument),*),
            Element::I16 => $function::<i16>($($argument),*),
            Element::U32 => $function::<u32>($($argument),*),
            Element::I32 => $function::<i32>($($argument),*),
            Element::U64 => $function::<u64>($($argument),*),
            Element::I64 => $function::<i64>($($argument),*),
        }
    };
}

/// The range of `chunk`.
pub(crate) fn range(element: Element, chunk: &[u8]) -> Range {
    with_pixel!(element, range_of(chunk))
}

/// How far `decoded` is from `original`, which is as long.
pub(crate) fn deviation(element: Element, original: &[u8], decoded: &[u8]) -> Deviation {
    with_pixel!(element, deviation_of(original, decoded))
}

fn range_of<T: Pixel>(chunk: &[u8]) -> Range {
    let (mut low, mut high, mut non_finite) = ([T::HIGHEST; LANES], [T::LOWEST; LANES], 0);
    // Counted by block, in a type as wide as the smallest pixels.
    for block in chunk.chunks(T::SIZE * LANES * 16) {
        let mut counts = [0u8; LANES];
        for group in block.chunks(T::SIZE * LANES) {
            for (lane, bytes) in group.chunks_exact(T::SIZE).enumerate() {
                let pixel = T::read(bytes);
                let finite = pixel.is_finite();
                low[lane] = if finite && pixel < low[lane] { pixel } else { low[lane] };
                high[lane] = if finite && pixel > high[lane] { pixel } else { high[lane] };
                counts[lane] += u8::from(!finite);
            }
        }
        non_finite += counts.iter().map(|&count| u64::from(count)).sum::<u64>();
    }
    let min = low.iter().map(|pixel| pixel.value()).fold(f64::INFINITY, f64::min);
    let max = high.iter().map(|pixel| pixel.value()).fold(f64::NEG_INFINITY, f64::max);
    Range { min, max, non_finite }
}

fn deviation_of<T: Pixel>(original: &[u8], decoded: &[u8]) -> Deviation {
    let (mut max, mut squares) = ([0f64; LANES], [0f64; LANES]);
    let groups = |bytes| <[u8]>::chunks(bytes, T::SIZE * LANES);
    for (original, decoded) in groups(original).zip(groups(decoded)) {
        let pixels = |bytes| <[u8]>::chunks_exact(bytes, T::SIZE).map(T::read);
        for (lane, (a, b)) in pixels(original).zip(pixels(decoded)).enumerate() {
            let distance = a.distance(b);
            max[lane] = if distance > max[lane] { distance } else { max[lane] };
            squares[lane] += distance * distance;
        }
    }
    let sum_of_squares = squares.iter().sum();
    let max = max.into_iter().fold(if original.len() == decoded.len() { 0.0 } else { f64::INFINITY }, f64::max);
    Deviation { max, sum_of_squares }
}

/// Copies `chunk` to `out` with `value` for every NaN and infinity. Only for floats.
pub(crate) fn replace_non_finite(element: Element, chunk: &[u8], value: f64, out: &mut Vec<u8>) {
    out.clear();
    out.extend_from_slice(chunk);
    match element {
        Element::F32 => replace::<f32>(out, &(value as f32).to_le_bytes()),
        Element::F64 => replace::<f64>(out, &value.to_le_bytes()),
        _ => {}
    }
}

fn replace<T: Pixel>(chunk: &mut [u8], value: &[u8]) {
    for bytes in chunk.chunks_exact_mut(T::SIZE) {
        if !T::read(bytes).is_finite() {
            bytes.copy_from_slice(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(pixels: &[f32]) -> Vec<u8> {
        pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
    }

    #[test]
    fn ranges_leave_out_what_is_not_finite() {
        let mut pixels = [3.5f32; 300];
        pixels[17] = -2.0;
        pixels[299] = 9.0;
        assert_eq!(range(Element::F32, &bytes(&pixels)), Range { min: -2.0, max: 9.0, non_finite: 0 });
        (pixels[1], pixels[2], pixels[299]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
        assert_eq!(range(Element::F32, &bytes(&pixels)), Range { min: -2.0, max: 3.5, non_finite: 3 });
        let nothing = range(Element::F32, &bytes(&[f32::NAN; 300]));
        assert_eq!(nothing, Range { min: f64::INFINITY, max: f64::NEG_INFINITY, non_finite: 300 });
        assert_eq!(range(Element::I8, &[128, 127, 0]), Range { min: -128.0, max: 127.0, non_finite: 0 });
    }

    #[test]
    fn every_pixel_counts_in_every_lane() {
        for at in 0..37 {
            let original = bytes(&[1.0; 37]);
            let mut pixels = [1.0f32; 37];
            pixels[at] = -2.0;
            let found = deviation(Element::F32, &original, &bytes(&pixels));
            assert_eq!(found, Deviation { max: 3.0, sum_of_squares: 9.0 });
            pixels[at] = f32::NAN;
            assert_eq!(deviation(Element::F32, &original, &bytes(&pixels)).max, f64::INFINITY);
        }
        assert_eq!(deviation(Element::U8, &[1, 2], &[1]).max, f64::INFINITY);
    }

    #[test]
    fn distances_of_wide_integers_are_not_rounded_down() {
        let far = (1u64 << 53) + 1;
        let found = deviation(Element::U64, &far.to_le_bytes(), &0u64.to_le_bytes());
        assert!(found.max > (1u64 << 53) as f64);
        let found = deviation(Element::I64, &i64::MIN.to_le_bytes(), &i64::MAX.to_le_bytes());
        assert_eq!(found.max, 2f64.powi(64));
        let found = deviation(Element::I8, &(-128i8).to_le_bytes(), &127i8.to_le_bytes());
        assert_eq!(found, Deviation { max: 255.0, sum_of_squares: 65025.0 });
    }

    #[test]
    fn replaced_pixels_are_finite() {
        let mut out = vec![1];
        replace_non_finite(Element::F32, &bytes(&[1.0, f32::NAN, f32::INFINITY, -3.0]), -1.0, &mut out);
        assert_eq!(out, bytes(&[1.0, -1.0, -1.0, -3.0]));
    }
}
