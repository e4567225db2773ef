//! Steps that change pixels before later steps see them and before they are written.

use super::FrameId;
use trainyard_format::Result;

pub trait Transform: Send + Sync {
    /// `pixels` are those of one module of one frame, `[slow, fast]`, as stored (no mask applied, NaN where the input has
    /// NaN). A bad pixel stays bad whatever becomes of its value.
    ///
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the frame's place.
    fn apply(&self, frame: &FrameId, module: usize, pixels: &mut [f32]) -> Result<()>;
}
