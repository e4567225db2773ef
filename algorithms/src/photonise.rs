//! `photonise`: pixels to counts of photons, by rounding.
//!
//! `n = floor(v / photon + 1/2)`, in f64, below 0 counted as 0: half goes up, as the field counts (numpy's `round` takes the even
//! one). `v` is a pixel as the steps before left it, `[module, slow, fast]` in the unit of `photon`; what is written are `u8` or `u16`
//! `[slow, fast]` a module, and `image.mask` u32 of the same shape. A bad pixel becomes 0 with a bit in the mask: absent, not "no photon".
//! Photons of a charge cloud that lies over several pixels are lost where none of its shares reaches 1/2: at 0.15 pixels of width and
//! 0.01 to 0.2 photons a pixel about 7 %.

use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;
use trainyard_engine::algorithm::{
    mask_bits, Algorithm, Context, Effect, FrameSchema, ModuleChange, ModuleFrame, PixelUnit, Plane, Problem, Step,
    Transform,
};
use trainyard_format::map::ElementType;

pub struct Photonise;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CountType {
    /// up to 255
    U8,
    /// up to 65535
    #[default]
    U16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// the run ends, with the place of the pixel
    #[default]
    Refuse,
    /// it becomes the largest count of the type, and is counted
    Saturate,
}

/// Parameters of `photonise`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// what one photon makes, in the unit of the pixels: 9.3 where pixels are in keV and photons have 9.3 keV
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub photon: f64,
    /// of the counts
    #[serde(default)]
    pub r#type: CountType,
    /// what becomes of a count that does not fit into the type
    #[serde(default)]
    pub overflow: Overflow,
}

impl CountType {
    fn element(self) -> ElementType {
        match self {
            CountType::U8 => ElementType::U8,
            CountType::U16 => ElementType::U16,
        }
    }

    fn most(self) -> f64 {
        match self {
            CountType::U8 => f64::from(u8::MAX),
            CountType::U16 => f64::from(u16::MAX),
        }
    }
}

struct Counting {
    config: Config,
    before: Arc<FrameSchema>,
}

impl Transform for Counting {
    type Working = ();

    fn working(&self) {}

    fn schema(&self, before: &FrameSchema) -> Result<FrameSchema, Problem> {
        Ok(FrameSchema {
            element: self.config.r#type.element(),
            unit: Some(PixelUnit { name: "photon count".into(), symbol: "photons".into() }),
            mask: Plane::Made,
            ..before.made_anew()
        })
    }

    fn apply(
        &self,
        before: &ModuleFrame<'_>,
        after: &mut ModuleChange<'_>,
        (): &mut (),
    ) -> trainyard_engine::Result<()> {
        let most = self.config.r#type.most();
        for (position, (count, mask)) in after.pixels.iter_mut().zip(after.mask.iter_mut()).enumerate() {
            let value = before.image[position];
            if value.is_nan() {
                let bits = before.bad_bits(position);
                (*count, *mask) = (0.0, if bits == 0 { mask_bits::OF_WORKFLOW } else { bits });
                continue;
            }
            let photons = (f64::from(value) / self.config.photon + 0.5).floor().max(0.0);
            *mask = 0;
            *count = if photons <= most {
                photons as f32
            } else if self.config.overflow == Overflow::Saturate {
                after.counts[0] += 1;
                most as f32
            } else {
                let what = format!("{photons} photons do not fit into {:?}", self.config.r#type).to_lowercase();
                let refused = before.refuse(&self.before, position, &what);
                let wider = if self.config.r#type == CountType::U8 { "take `type: u16`, or " } else { "" };
                return Err(
                    refused.with_hint(format!("{wider}allow it with `overflow: saturate`: such pixels are counted"))
                );
            };
        }
        Ok(())
    }

    fn counts(&self) -> &'static [&'static str] {
        match self.config.overflow {
            Overflow::Refuse => &[],
            Overflow::Saturate => &["saturated-pixels"],
        }
    }
}

impl Algorithm for Photonise {
    const NAME: &'static str = "photonise";
    const SUMMARY: &'static str = "turns pixels into counts of photons, u8 or u16, by rounding";
    const DETAILS: &'static str = "\
A pixel `v` becomes `floor(v / photon + 1/2)` photons, half up, and below zero none. Later steps see the counts, and `write-frames`
writes them as `type`, in the unit photons. A bad pixel is written as 0 with a bit in `image.mask` (u32, made where the input has none):
those of the input's mask, bit 11 where it was no number, bit 30 where the workflow's own mask, limits or geometry say so. A mask that
`mask: {detector: false}` turns off is not carried along. A count that does not fit ends the run with exit code 4; with
`overflow: saturate` it becomes the largest one, and `saturated-pixels` of the step in the manifest counts them.

Rounding loses photons whose charge lies in several pixels: 6 to 8 % for a cloud of 0.15 pixels, more for wider ones. Their variance is
that of counts: take `error-model: photons` behind it.";
    const EXAMPLE: &'static str = "\
- photonise: {photon: 9.3, type: u8, overflow: saturate}
- write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        Ok(vec![Step::transform(Counting { config, before: context.schema.clone() })])
    }

    fn effect(_config: Config) -> Effect {
        Effect::ChangesPixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::testing::{Stage, StagedFrame};

    fn step(stage: &Stage, r#type: CountType, overflow: Overflow) -> Step {
        let context = stage.context("photonise", &[], None);
        Photonise::configure(Config { photon: 2.0, r#type, overflow }, &context).unwrap().remove(0)
    }

    fn frame(stage: &Stage, pixels: &[f32], mask: &[u32]) -> StagedFrame {
        let frame = stage.frames(&[10_000], 1).remove(0);
        StagedFrame { pixels: pixels.into(), mask: mask.into(), ..frame }
    }

    #[test]
    fn half_goes_up_and_bad_pixels_are_marked() {
        let mut stage = Stage::camera(2, 4);
        stage.detector.mask_key = Some("image.mask".into());
        let came = frame(&stage, &[0.999_999_9, 1.0, 3.0, -7.0, f32::NAN, 6.0, 511.0, 5.0], &[0, 0, 0, 0, 0, 32, 0, 0]);
        let step = step(&stage, CountType::U16, Overflow::Refuse);
        let made = stage.change(&step, &came).unwrap();
        assert_eq!(made.pixels, [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 256.0, 3.0]);
        assert_eq!(made.mask, [0, 0, 0, 0, 1 << 11, 32, 0, 0]);
        let bad: Vec<bool> = made.image.iter().map(|pixel| pixel.is_nan()).collect();
        assert_eq!(bad, [false, false, false, false, true, true, false, false]);
        let schema = stage.schema_behind(&step).unwrap();
        assert_eq!(schema.to_string(), "1 x 2 x 4 u16 in photon count, mask made");
    }

    #[test]
    fn what_does_not_fit_is_refused_or_counted() {
        let stage = Stage::camera(1, 4);
        let came = frame(&stage, &[509.0, 510.9, 511.0, 4e9], &[]);
        let told = stage.change(&step(&stage, CountType::U8, Overflow::Refuse), &came).unwrap_err();
        assert_eq!(told.to_string(), "module 0, pixel [0, 2]: 256 photons do not fit into u8");
        assert!(told.hint().is_some_and(|hint| hint.starts_with("take `type: u16`, or allow it")));
        let made = stage.change(&step(&stage, CountType::U8, Overflow::Saturate), &came).unwrap();
        assert_eq!((made.pixels, made.counts), (vec![255.0; 4], vec![2]));
        let made = stage.change(&step(&stage, CountType::U16, Overflow::Saturate), &came).unwrap();
        assert_eq!((made.pixels, made.counts), (vec![255.0, 255.0, 256.0, 65535.0], vec![1]));
    }
}
