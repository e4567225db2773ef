//! `bin-pixels`: neighbouring pixels put together.
//!
//! A bin of `slow x fast` pixels `v`, of which `g` are good, becomes `(slow fast / g) sum v`, summed in f64 row by row: as if its bad
//! pixels had the mean of the good ones. Fewer than half good: the bin is bad. `[module, slow, fast]` becomes `[module, slow / a,
//! fast / b]` in f32, in the unit of the pixels; `image.mask` is made, and gains, which have no sum, are left behind. The geometry goes along: a
//! bin lies in the middle of its pixels. A panel or module whose side does not divide is refused: a bin of fewer pixels is another measurement.

use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use trainyard_engine::algorithm::{
    mask_bits, Algorithm, Context, Effect, FrameSchema, ModuleChange, ModuleFrame, Plane, Problem, Step, Transform,
};
use trainyard_format::map::ElementType;

pub struct BinPixels;

/// Pixels of a bin.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Size {
    /// along both axes
    Both(#[schemars(range(min = 1, max = 1024))] usize),
    /// `[slow, fast]`
    Each(#[schemars(inner(range(min = 1, max = 1024)))] [usize; 2]),
}

/// Parameters of `bin-pixels`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// pixels of a bin: `2`, or `[slow, fast]`
    pub by: Size,
}

struct Binning {
    by: [usize; 2],
    /// fast pixels of a module as they come
    fast: usize,
}

impl Binning {
    /// A bin is good where half of its pixels are.
    fn is_good(&self, good: usize) -> bool {
        2 * good >= self.by[0] * self.by[1]
    }

    /// Bins with their pixels' positions, in the order of the bins.
    fn bins(&self, pixels: usize) -> impl Iterator<Item = impl Iterator<Item = usize> + Clone> {
        let ([rows, columns], fast) = (self.by, self.fast);
        let (slow, wide) = (pixels / fast / rows, fast / columns);
        (0..slow * wide).map(move |bin| {
            let corner = (bin / wide) * rows * fast + (bin % wide) * columns;
            (0..rows).flat_map(move |row| (0..columns).map(move |column| corner + row * fast + column))
        })
    }
}

impl Transform for Binning {
    type Working = ();

    fn working(&self) {}

    fn schema(&self, before: &FrameSchema) -> Result<FrameSchema, Problem> {
        let [slow, fast] = self.by;
        let wrong = |what: String, hint: &str| Err(Problem { hint: Some(hint.into()), ..Problem::new(&["by"], what) });
        if !before.slow.is_multiple_of(slow) || !before.fast.is_multiple_of(fast) {
            let what = format!("modules of {} x {} pixels do not divide by {slow} x {fast}", before.slow, before.fast);
            return wrong(what, "take divisors of both");
        }
        let map = match before.map.as_ref().map(|map| map.binned(slow, fast)).transpose() {
            Ok(map) => map.map(Arc::new),
            Err(error) => {
                return wrong(error.to_string(), error.hint().unwrap_or("take a divisor of the panels' sides"))
            }
        };
        let bad = |module: &[bool]| -> Vec<bool> {
            self.bins(module.len()).map(|bin| !self.is_good(bin.filter(|&at| !module[at]).count())).collect()
        };
        let modules = before.bad.chunks_exact(before.module_pixels().max(1));
        Ok(FrameSchema {
            slow: before.slow / slow,
            fast: before.fast / fast,
            element: ElementType::F32,
            gain: Plane::Absent,
            mask: Plane::Made,
            map,
            bad: Arc::new(modules.flat_map(bad).collect()),
            ..before.made_anew()
        })
    }

    fn apply(
        &self,
        before: &ModuleFrame<'_>,
        after: &mut ModuleChange<'_>,
        (): &mut (),
    ) -> trainyard_engine::Result<()> {
        let all = (self.by[0] * self.by[1]) as f64;
        let made = after.pixels.iter_mut().zip(after.mask.iter_mut());
        for (bin, (pixel, mask)) in self.bins(before.image.len()).zip(made) {
            let (mut sum, mut good) = (0.0f64, 0usize);
            for value in bin.clone().map(|at| before.image[at]).filter(|value| !value.is_nan()) {
                sum += f64::from(value);
                good += 1;
            }
            if self.is_good(good) {
                // without a bad pixel the sum is what it is
                (*pixel, *mask) = ((if good as f64 == all { sum } else { sum * (all / good as f64) }) as f32, 0);
                continue;
            }
            let bits = bin.fold(0, |bits, at| bits | before.bad_bits(at));
            (*pixel, *mask) = (f32::NAN, if bits == 0 { mask_bits::OF_WORKFLOW } else { bits });
        }
        Ok(())
    }
}

impl Algorithm for BinPixels {
    const NAME: &'static str = "bin-pixels";
    const SUMMARY: &'static str = "puts neighbouring pixels together: sums, scaled by how many of them are good";
    const DETAILS: &'static str = "\
The good pixels of a bin are added up, and the sum is scaled to all of its pixels. Where fewer than half are good the bin is bad: NaN, with
the bits of its pixels in `image.mask` (u32, made where the input has none), bit 30 where only the workflow marked them. Later steps see
the bins, with the geometry of bins, and `write-frames` writes them as f32. Gain stages have no sum and are not written. Both sides
of a module, and of each panel of the geometry, must divide.";
    const EXAMPLE: &'static str = "\
- bin-pixels: {by: 2}
- integrate-azimuthally: {unit: q_nm^-1, bins: 200, solid-angle: true}
- write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let by = match config.by {
            Size::Both(pixels) => [pixels; 2],
            Size::Each(pixels) => pixels,
        };
        if by.contains(&0) {
            return Err(vec![Problem::new(&["by"], "a bin without pixels")]);
        }
        let binning = Binning { by, fast: context.detector.fast };
        // told where the parameter stands
        binning.schema(&context.schema).map_err(|problem| vec![problem])?;
        Ok(vec![Step::transform(binning)])
    }

    fn effect(_config: Config) -> Effect {
        Effect::ChangesPixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::testing::{Stage, StagedFrame};

    #[test]
    fn sums_are_scaled_and_bins_of_few_good_pixels_are_bad() {
        let mut stage = Stage::camera(2, 6);
        stage.detector.mask_key = Some("image.mask".into());
        let step = BinPixels::configure(Config { by: Size::Both(2) }, &stage.context("bin-pixels", &[], None));
        let step = step.unwrap().remove(0);
        let nan = f32::NAN;
        let pixels = vec![1.0, 2.0, 10.0, nan, nan, 5.0, 4.0, 8.0, 20.0, 30.0, nan, 7.0];
        let mask = vec![0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0];
        let frame = StagedFrame { pixels, mask, ..stage.frames(&[10_000], 1).remove(0) };
        let made = stage.change(&step, &frame).unwrap();
        // 3 of 4 good: 60 * 4 / 3
        assert_eq!(made.pixels[..2], [15.0, 80.0]);
        assert!(made.pixels[2].is_nan() && made.image[2].is_nan());
        assert_eq!(made.mask, [0, 0, 64 | 1 << 11]);
        assert_eq!(stage.schema_behind(&step).unwrap().to_string(), "1 x 1 x 3 f32, mask made");
    }

    #[test]
    fn half_of_the_pixels_is_enough() {
        let stage = Stage::camera(1, 2);
        let context = stage.context("bin-pixels", &[], None);
        let step = BinPixels::configure(Config { by: Size::Each([1, 2]) }, &context).unwrap().remove(0);
        let frame = StagedFrame { pixels: vec![3.5, f32::NAN], ..stage.frames(&[10_000], 1).remove(0) };
        assert_eq!(stage.change(&step, &frame).unwrap().pixels, [7.0]);
    }

    #[test]
    fn what_does_not_divide_is_refused() {
        let stage = Stage::agipd(1);
        let refused = BinPixels::configure(Config { by: Size::Each([3, 2]) }, &stage.context("bin-pixels", &[], None));
        let problem = refused.err().unwrap().remove(0);
        assert_eq!(problem.what, "modules of 512 x 128 pixels do not divide by 3 x 2");
    }
}
