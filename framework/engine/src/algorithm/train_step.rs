//! Steps that see whole trains.

use super::{Frame, RowSink, RunValues};
use serde::de::DeserializeOwned;
use serde::Serialize;
use trainyard_format::Result;

/// What a [`TrainStep`] extracted from the kept frames of one train, in order: `data` is `[frame, len]`.
pub struct TrainExtract<'a> {
    pub train_id: u64,
    pub pulse_ids: &'a [u64],
    pub len: usize,
    pub data: &'a [f32],
}

/// Whole trains: extracts a few values from each frame, then works on the train. The values of the frames of a train are in
/// memory together.
pub trait TrainStep: Send + Sync + 'static {
    type Partial: Serialize + DeserializeOwned + Send + 'static;

    /// Values taken from each frame.
    fn extract_len(&self) -> usize;
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the frame's place.
    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) -> Result<()>;
    fn begin(&self) -> Self::Partial;
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the train's place.
    fn train(&self, train: &TrainExtract<'_>, row: &mut RowSink<'_>) -> Result<Self::Partial>;
    /// # Errors
    /// What the step cannot do, in its own words.
    fn merge(&self, into: &mut Self::Partial, next: Self::Partial) -> Result<()>;
    /// # Errors
    /// What the step cannot do, in its own words.
    fn finish(&self, partial: Self::Partial, values: &mut RunValues) -> Result<()>;
    /// Bytes of scratch for one train, beside the values extracted from it, and of one partial.
    fn memory(&self) -> usize {
        0
    }
}
