//! Steps that change frames before later steps see them and before they are written: values, type, shape, planes.

use super::mask_bits;
use super::{FrameId, FrameSchema, Partial, Problem};
use trainyard_format::{Place, Result};

/// One module of a frame as it comes to a step; all planes are `[slow, fast]` of the schema before the step.
#[derive(Clone, Copy)]
pub struct ModuleFrame<'a> {
    pub id: FrameId,
    /// position in `Detector::modules`
    pub module: usize,
    /// LPD in parallel gain: 0, 1, 2 for the high, medium and low gain third of the train; else 0
    pub stage: u8,
    /// as stored, or as the step before wrote them: no mask applied, `NaN` where the input has it
    pub pixels: &'a [f32],
    /// the same as other steps see them: a bad pixel is `NaN` whatever marked it
    pub image: &'a [f32],
    /// for steps that need it: the gain stage of each pixel, or raw AGIPD's second plane; empty where there is none
    pub gain: &'a [f32],
    /// for steps that need it: the mask of each pixel as stored or made so far; empty where there is none
    pub mask: &'a [u32],
}

/// What becomes of it; all planes are `[slow, fast]` of the schema behind the step. Where the shape stays they hold at first
/// what came, else `NaN` and 0.
///
/// A pixel is bad behind the step where it was bad before (when the shape stays), where it is `NaN`, and where a mask that the
/// step makes is not 0.
pub struct ModuleChange<'a> {
    /// what is written
    pub pixels: &'a mut [f32],
    /// written as `u8`; empty unless the step makes it
    pub gain: &'a mut [f32],
    /// empty unless the step makes it
    pub mask: &'a mut [u32],
    /// one for each name in [`Transform::counts`]
    pub counts: &'a mut [u64],
}

impl ModuleFrame<'_> {
    /// Bits that say why a pixel is bad: those of its mask, and that it is no number. 0: it is good, or only the workflow
    /// marked it.
    pub fn bad_bits(&self, pixel: usize) -> u32 {
        if !self.image[pixel].is_nan() {
            return 0;
        }
        let nan = if self.pixels[pixel].is_nan() { mask_bits::VALUE_IS_NAN } else { 0 };
        self.mask.get(pixel).copied().unwrap_or(0) | nan
    }
}

pub trait Transform: Send + Sync + 'static {
    /// Scratch of one worker; its content never outlives a module of a frame.
    type Working: Send + 'static;

    /// What frames are behind the step. Without it they are what they were.
    ///
    /// # Errors
    /// The step cannot take such frames: a problem of the workflow, in its own words.
    fn schema(&self, before: &FrameSchema) -> std::result::Result<FrameSchema, Problem> {
        Ok(before.clone())
    }
    fn working(&self) -> Self::Working;
    /// Changes one module of a frame. What comes out depends on what comes in and on nothing else: it is done again to prove it.
    ///
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the frame's place.
    fn apply(&self, before: &ModuleFrame<'_>, after: &mut ModuleChange<'_>, working: &mut Self::Working) -> Result<()>;
    /// Names of what it counts over the pixels that are written, for the manifest: `saturated-pixels`.
    fn counts(&self) -> &'static [&'static str] {
        &[]
    }
    /// Bytes of one worker's scratch.
    fn memory(&self) -> usize {
        0
    }
}

impl ModuleFrame<'_> {
    /// An error of the input about the pixel at `position` of this module: the engine adds file, train and pulse.
    pub fn refuse(&self, before: &FrameSchema, position: usize, what: &str) -> trainyard_format::Error {
        let number = before.modules.get(self.module).copied().unwrap_or_default();
        let (slow, fast) = (position / before.fast.max(1), position % before.fast.max(1));
        trainyard_format::Error::input(format!("module {number}, pixel [{slow}, {fast}]: {what}"), Place::default())
    }
}

/// See [`Transform`] for the meaning.
pub trait ErasedTransform: Send + Sync {
    fn schema(&self, before: &FrameSchema) -> std::result::Result<FrameSchema, Problem>;
    fn working(&self) -> Partial;
    fn apply(&self, before: &ModuleFrame<'_>, after: &mut ModuleChange<'_>, working: &mut Partial) -> Result<()>;
    fn counts(&self) -> &'static [&'static str];
    fn memory(&self) -> usize;
}

impl<T: Transform> ErasedTransform for T {
    fn schema(&self, before: &FrameSchema) -> std::result::Result<FrameSchema, Problem> {
        let after = T::schema(self, before)?;
        after.check_behind(before)?;
        Ok(after)
    }

    fn working(&self) -> Partial {
        Box::new(T::working(self))
    }

    fn apply(&self, before: &ModuleFrame<'_>, after: &mut ModuleChange<'_>, working: &mut Partial) -> Result<()> {
        T::apply(self, before, after, working.downcast_mut().expect("a step gets its own scratch back"))
    }

    fn counts(&self) -> &'static [&'static str] {
        T::counts(self)
    }

    fn memory(&self) -> usize {
        T::memory(self)
    }
}
