//! The bound that a lossy dataset states, pixel by pixel.
//!
//! With `a` the input, `b` the output and range = largest less smallest `a` of the chunk (one row), in f64:
//!
//! | kind | holds when |
//! |---|---|
//! | absolute | max abs(a - b) <= bound |
//! | relative | max abs(a - b) <= bound * range |
//! | psnr | mean (a - b)^2 <= (range * 10^(-bound / 20))^2 |
//!
//! A pixel that is NaN or infinite is either replaced, by the number that the manifest states, or still the same. Written
//! apart from the encoder's own proof: one mistake must not be made twice.

use trainyard_format::map::{Attribute, AttributeValue, ElementType};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Absolute,
    Relative,
    Psnr,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    pub kind: Kind,
    pub bound: f64,
    /// of non-finite pixels
    pub replaced_with: Option<f64>,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Absolute => "absolute",
            Kind::Relative => "relative",
            Kind::Psnr => "psnr",
        }
    }
}

impl Bound {
    /// What the attributes of a dataset state; `None`: no bound that we know.
    pub fn stated(attributes: &[Attribute], replaced_with: Option<f64>) -> Option<Bound> {
        let value = |name: &str| attributes.iter().find(|attribute| attribute.name == name).map(|a| &a.value);
        let AttributeValue::Text(kind) = value("lossyBoundKind")? else { return None };
        let AttributeValue::Float { values, .. } = value("lossyBound")? else { return None };
        let kind = [Kind::Absolute, Kind::Relative, Kind::Psnr].into_iter().find(|known| known.name() == kind)?;
        let bound = values.first().copied().filter(|bound| *bound > 0.0 && bound.is_finite())?;
        Some(Bound { kind, bound, replaced_with })
    }

    /// # Errors
    /// By how much the bound is exceeded.
    pub fn judge(&self, element: ElementType, input: &[u8], output: &[u8]) -> Result<(), String> {
        macro_rules! pixels {
            ($type:ty, $distance:expr) => {{
                let read = |bytes: &[u8]| bytes.try_into().map(<$type>::from_le_bytes).unwrap_or_default();
                let size = std::mem::size_of::<$type>();
                let all = input.chunks_exact(size).zip(output.chunks_exact(size));
                // the replacement as this type holds it
                let replaced = self.replaced_with.map(|value| value as $type);
                let distance: fn($type, $type) -> f64 = $distance;
                self.judge_pixels(all.map(|(a, b)| {
                    let (a, b) = (read(a), read(b));
                    match replaced {
                        Some(value) if !(a as f64).is_finite() => (value as f64, b as f64, distance(value, b)),
                        _ => (a as f64, b as f64, distance(a, b)),
                    }
                }))
            }};
        }
        if input.len() != output.len() {
            return Err("rows are of another length".into());
        }
        match element {
            ElementType::F32 => pixels!(f32, |a, b| (f64::from(a) - f64::from(b)).abs()),
            ElementType::F64 => pixels!(f64, |a, b| (a - b).abs()),
            ElementType::U8 => pixels!(u8, |a, b| a.abs_diff(b) as f64),
            ElementType::I8 => pixels!(i8, |a, b| a.abs_diff(b) as f64),
            ElementType::U16 => pixels!(u16, |a, b| a.abs_diff(b) as f64),
            ElementType::I16 => pixels!(i16, |a, b| a.abs_diff(b) as f64),
            ElementType::U32 => pixels!(u32, |a, b| a.abs_diff(b) as f64),
            ElementType::I32 => pixels!(i32, |a, b| a.abs_diff(b) as f64),
            ElementType::U64 => pixels!(u64, |a, b| a.abs_diff(b) as f64),
            ElementType::I64 => pixels!(i64, |a, b| a.abs_diff(b) as f64),
            other => Err(format!("{other:?} cannot be within a bound")),
        }
    }

    /// Of (input, output, distance).
    fn judge_pixels(&self, pixels: impl Iterator<Item = (f64, f64, f64)>) -> Result<(), String> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut worst, mut worst_at, mut squares, mut count) = (0.0f64, 0usize, 0.0f64, 0usize);
        for (position, (a, b, distance)) in pixels.enumerate() {
            count += 1;
            if !a.is_finite() {
                if a == b || (a.is_nan() && b.is_nan()) {
                    continue;
                }
                return Err(format!("{a} became {b} at value {position}"));
            }
            (low, high) = (low.min(a), high.max(a));
            let distance = if distance.is_nan() { f64::INFINITY } else { distance };
            squares += distance * distance;
            if distance > worst {
                (worst, worst_at) = (distance, position);
            }
        }
        let range = (high - low).max(0.0);
        match self.kind {
            Kind::Absolute | Kind::Relative => {
                let most = if self.kind == Kind::Absolute { self.bound } else { self.bound * range };
                if worst <= most {
                    return Ok(());
                }
                let stated = format!("the {} bound of {}", self.kind.name(), self.bound);
                Err(format!("value {worst_at} is off by {worst}, {stated} allows {most}"))
            }
            Kind::Psnr => {
                let root_mean_square = range * libm::pow(10.0, -self.bound / 20.0);
                if squares <= root_mean_square * root_mean_square * count as f64 {
                    return Ok(());
                }
                let found = 10.0 * libm::log10(range * range * count as f64 / squares);
                Err(format!("a psnr of {found:.3} dB, at least {} was stated", self.bound))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: Kind, bound: f64, replaced_with: Option<f64>, a: &[f32], b: &[f32]) -> Result<(), String> {
        let bytes = |pixels: &[f32]| pixels.iter().flat_map(|p| p.to_le_bytes()).collect::<Vec<u8>>();
        Bound { kind, bound, replaced_with }.judge(ElementType::F32, &bytes(a), &bytes(b))
    }

    #[test]
    fn a_bound_holds_up_to_its_edge() {
        let a = [0.0f32, 4.0, 10.0, 20.0];
        assert!(judged(Kind::Absolute, 1.0, None, &a, &[1.0, 3.0, 10.5, 20.0]).is_ok());
        let told = judged(Kind::Absolute, 1.0, None, &a, &[1.0, 2.0, 10.5, 20.0]).unwrap_err();
        assert!(told.contains("value 1 is off by 2"), "{told}");
        assert!(judged(Kind::Relative, 0.125, None, &a, &[2.5, 4.0, 10.0, 20.0]).is_ok());
        assert!(judged(Kind::Relative, 0.124, None, &a, &[2.5, 4.0, 10.0, 20.0]).is_err());
        // one pixel of four off by 2: mean square 1, so 20 log10(20) dB
        assert!(judged(Kind::Psnr, 26.02, None, &a, &[2.0, 4.0, 10.0, 20.0]).is_ok());
        assert!(judged(Kind::Psnr, 26.03, None, &a, &[2.0, 4.0, 10.0, 20.0]).is_err());
    }

    #[test]
    fn what_is_not_finite_stays_or_is_replaced_as_stated() {
        let (a, nan) = ([1.0f32, f32::NAN, f32::INFINITY], f32::NAN);
        assert!(judged(Kind::Absolute, 0.5, None, &a, &[1.5, nan, f32::INFINITY]).is_ok());
        assert!(judged(Kind::Absolute, 0.5, None, &a, &[1.5, 0.0, f32::INFINITY]).is_err());
        assert!(judged(Kind::Absolute, 0.5, None, &[1.0, 2.0, 3.0], &[1.0, nan, 3.0]).is_err());
        assert!(judged(Kind::Absolute, 0.5, Some(-1.0), &a, &[1.0, -1.0, -1.25]).is_ok());
        assert!(judged(Kind::Absolute, 0.5, Some(-1.0), &a, &[1.0, nan, -1.0]).is_err());
        // the replacement widens the range
        assert!(judged(Kind::Relative, 0.25, Some(9.0), &a, &[3.0, 9.0, 9.0]).is_ok());
    }

    #[test]
    fn wide_integers_do_not_wrap() {
        let bound = Bound { kind: Kind::Absolute, bound: 1.0, replaced_with: None };
        assert!(bound.judge(ElementType::I64, &i64::MIN.to_le_bytes(), &i64::MAX.to_le_bytes()).is_err());
        assert!(bound.judge(ElementType::U8, &[255, 0], &[254, 1]).is_ok());
    }
}
