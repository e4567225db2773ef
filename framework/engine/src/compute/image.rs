//! Stored numbers to the image that algorithms see: `f32`, `NaN` = bad.

use crate::plan::ImageOptions;
use trainyard_format::map::ElementType;

/// Converts `bytes` (little-endian `element`, as many as `image` holds) and marks pixels outside the limits as bad.
/// 32-bit integers beyond 2^24 and 64-bit floats are rounded to the nearest `f32`.
pub fn convert(element: ElementType, bytes: &[u8], image: &mut [f32], options: &ImageOptions) -> bool {
    convert_as::<true>(element, bytes, image, options)
}

/// The numbers as they are, infinities included.
pub fn numbers(element: ElementType, bytes: &[u8], pixels: &mut [f32]) -> bool {
    convert_as::<false>(element, bytes, pixels, &ImageOptions::default())
}

fn convert_as<const MASK: bool>(element: ElementType, bytes: &[u8], image: &mut [f32], options: &ImageOptions) -> bool {
    // an infinity is bad whatever the limits
    let below = options.below.unwrap_or(f32::MIN).max(f32::MIN);
    let above = options.above.unwrap_or(f32::MAX).min(f32::MAX);
    macro_rules! numbers {
        ($type:ty) => {{
            const N: usize = std::mem::size_of::<$type>();
            for (pixel, raw) in image.iter_mut().zip(bytes.chunks_exact(N)) {
                let mut number = [0u8; N];
                number.copy_from_slice(raw);
                let value = <$type>::from_le_bytes(number) as f32;
                // NaN fails both; `&` and not `&&`: without branches the loop becomes vector instructions
                let good = !MASK | ((value >= below) & (value <= above));
                *pixel = if good { value } else { f32::NAN };
            }
        }};
    }
    match element {
        ElementType::U8 => numbers!(u8),
        ElementType::U16 => numbers!(u16),
        ElementType::U32 => numbers!(u32),
        ElementType::U64 => numbers!(u64),
        ElementType::I8 => numbers!(i8),
        ElementType::I16 => numbers!(i16),
        ElementType::I32 => numbers!(i32),
        ElementType::I64 => numbers!(i64),
        ElementType::F32 => numbers!(f32),
        ElementType::F64 => numbers!(f64),
        _ => return false,
    }
    if MASK && !options.equal.is_empty() {
        let bad = |pixel: &f32| options.equal.contains(&pixel.round_ties_even());
        image.iter_mut().filter(|pixel| bad(pixel)).for_each(|pixel| *pixel = f32::NAN);
    }
    true
}

/// The way back over what stood there: a number that no `f32` holds exactly, and that no step changed, stays as it is.
pub fn restore_over(element: ElementType, pixels: &[f32], bytes: &mut [u8]) {
    let wide =
        matches!(element, ElementType::U32 | ElementType::U64 | ElementType::I32 | ElementType::I64 | ElementType::F64);
    if !wide {
        return restore(element, pixels, bytes);
    }
    let mut was = vec![0.0; pixels.len()];
    numbers(element, bytes, &mut was);
    let size = element.size();
    for ((pixel, was), raw) in pixels.iter().zip(&was).zip(bytes.chunks_exact_mut(size)) {
        if pixel.to_bits() != was.to_bits() {
            restore(element, std::slice::from_ref(pixel), raw);
        }
    }
}

/// The way back: pixels as numbers of type `element` at the front of `bytes`. Integers are rounded half to even and held
/// within their type; NaN becomes 0 there, which only pixels changed to NaN could show.
pub fn restore(element: ElementType, pixels: &[f32], bytes: &mut [u8]) {
    macro_rules! numbers {
        ($type:ty, $from:expr) => {{
            const N: usize = std::mem::size_of::<$type>();
            for (&pixel, raw) in pixels.iter().zip(bytes.chunks_exact_mut(N)) {
                let value: $type = $from(pixel);
                raw.copy_from_slice(&value.to_le_bytes());
            }
        }};
    }
    match element {
        ElementType::U8 => numbers!(u8, |p: f32| p.round_ties_even() as u8),
        ElementType::U16 => numbers!(u16, |p: f32| p.round_ties_even() as u16),
        ElementType::U32 => numbers!(u32, |p: f32| p.round_ties_even() as u32),
        ElementType::U64 => numbers!(u64, |p: f32| p.round_ties_even() as u64),
        ElementType::I8 => numbers!(i8, |p: f32| p.round_ties_even() as i8),
        ElementType::I16 => numbers!(i16, |p: f32| p.round_ties_even() as i16),
        ElementType::I32 => numbers!(i32, |p: f32| p.round_ties_even() as i32),
        ElementType::I64 => numbers!(i64, |p: f32| p.round_ties_even() as i64),
        ElementType::F32 => numbers!(f32, |p: f32| p),
        ElementType::F64 => numbers!(f64, f64::from),
        _ => {}
    }
}

/// Stored bits of a mask; of numbers that are no integers whether they are 0.
pub fn marks(element: ElementType, bytes: &[u8], mask: &mut [u32]) {
    let size = element.size().max(1);
    let number = |raw: &[u8]| match element {
        ElementType::U8
        | ElementType::U16
        | ElementType::U32
        | ElementType::I8
        | ElementType::I16
        | ElementType::I32 => {
            let mut bits = [0u8; 4];
            bits[..raw.len().min(4)].copy_from_slice(&raw[..raw.len().min(4)]);
            u32::from_le_bytes(bits)
        }
        // wider ones do not fit: what is not good stays that
        _ if raw.iter().any(|b| *b != 0) => {
            raw.iter().take(4).rev().fold(0, |bits, b| (bits << 8) | u32::from(*b)).max(1)
        }
        _ => 0,
    };
    for (mask, raw) in mask.iter_mut().zip(bytes.chunks_exact(size)) {
        *mask = number(raw);
    }
}

/// Marks pixels bad where the detector's own mask is not zero.
pub fn apply_mask(element: ElementType, bytes: &[u8], image: &mut [f32]) {
    let size = element.size();
    match size {
        4 => {
            for (pixel, raw) in image.iter_mut().zip(bytes.chunks_exact(4)) {
                if raw != [0; 4] {
                    *pixel = f32::NAN;
                }
            }
        }
        _ => {
            for (pixel, raw) in image.iter_mut().zip(bytes.chunks_exact(size.max(1))) {
                if raw.iter().any(|b| *b != 0) {
                    *pixel = f32::NAN;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_non_finite_values_are_bad() {
        let options = ImageOptions { below: Some(-1.0), above: Some(10.0), ..ImageOptions::default() };
        let values = [0.5f32, -1.0, -1.5, 10.0, 11.0, f32::NAN, f32::INFINITY];
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut image = [0f32; 7];
        assert!(convert(ElementType::F32, &bytes, &mut image, &options));
        let good: Vec<bool> = image.iter().map(|v| !v.is_nan()).collect();
        assert_eq!(good, [true, true, false, true, false, false, false]);
    }

    #[test]
    fn pixels_of_given_values_are_bad() {
        let options = ImageOptions { equal: vec![3.0, 65535.0], ..ImageOptions::default() };
        let bytes: Vec<u8> = [0u16, 3, 4, 65535].iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut image = [0f32; 4];
        assert!(convert(ElementType::U16, &bytes, &mut image, &options));
        assert_eq!(image.map(f32::is_nan), [false, true, false, true]);
        let bytes: Vec<u8> = [2.4f32, 2.6, 3.4].iter().flat_map(|v| v.to_le_bytes()).collect();
        let mut image = [0f32; 3];
        assert!(convert(ElementType::F32, &bytes, &mut image, &options));
        assert_eq!(image.map(f32::is_nan), [false, true, true]);
    }

    #[test]
    fn bits_of_a_mask_are_kept() {
        let mut mask = [7u32; 2];
        marks(ElementType::U32, &[1, 0, 0, 0x40, 0, 0, 0, 0], &mut mask);
        assert_eq!(mask, [0x4000_0001, 0]);
        marks(ElementType::U8, &[255, 0], &mut mask);
        assert_eq!(mask, [255, 0]);
        marks(ElementType::U64, &[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &mut mask);
        assert_eq!(mask, [1, 0]);
    }

    #[test]
    fn mask_bits_make_bad_pixels() {
        let mut image = [1f32; 3];
        apply_mask(ElementType::U32, &[0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], &mut image);
        assert!(!image[0].is_nan() && image[1].is_nan() && !image[2].is_nan());
    }
}
