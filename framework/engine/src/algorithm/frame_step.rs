//! Steps that see frames, one after the other or some at once.

use super::{Frame, ListSink, RowSink, RunValues};
use serde::de::DeserializeOwned;
use serde::Serialize;
use trainyard_format::Result;

/// What a step leaves of one frame.
pub struct FrameOut<'a> {
    /// those that the step declared, `NaN` = no value
    pub columns: &'a mut [f64],
    /// takes its outputs by frame in the order declared
    pub row: RowSink<'a>,
    /// takes the entries of its list, when it declared one
    pub list: ListSink<'a>,
}

/// Frame by frame: columns, results by frame, and a partial that is folded over the run.
///
/// `begin` is called once for each block of frames of a train, `merge` in a fixed tree over blocks, trains and sequences,
/// `finish` once a run.
pub trait FrameStep: Send + Sync + 'static {
    /// What a run-level result is made of; `()` when there is none.
    type Partial: Serialize + DeserializeOwned + Send + 'static;
    /// Scratch of one worker; its content never outlives a frame's result.
    type Working: Send + 'static;

    fn working(&self) -> Self::Working;
    fn begin(&self) -> Self::Partial;
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the frame's place.
    fn frame(
        &self,
        frame: &Frame<'_>,
        working: &mut Self::Working,
        out: &mut FrameOut<'_>,
        partial: &mut Self::Partial,
    ) -> Result<()>;
    /// Some frames of a train at once, in their order: for steps whose tables are better read once for all of them. Must be
    /// equal to the loop, bit for bit: how many frames come at once depends on memory.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    fn block(
        &self,
        frames: &[Frame<'_>],
        working: &mut Self::Working,
        out: &mut [FrameOut<'_>],
        partial: &mut Self::Partial,
    ) -> Result<()> {
        frames.iter().zip(out).try_for_each(|(frame, out)| self.frame(frame, working, out, partial))
    }
    /// `next` comes after `into` in the run. Must be associative.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn merge(&self, into: &mut Self::Partial, next: Self::Partial) -> Result<()>;
    /// The row of a train (when the outputs are by train) from the train's own partial.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn train(&self, _partial: &Self::Partial, _row: &mut RowSink<'_>) -> Result<()> {
        Ok(())
    }
    /// # Errors
    /// What the step cannot do, in its own words.
    fn finish(&self, _partial: Self::Partial, _values: &mut RunValues) -> Result<()> {
        Ok(())
    }
    /// How far the result of `decoded` is from that of `original`, relative to it: what a science gate on lossy frames
    /// measures. `None` for steps that have no such measure.
    ///
    /// # Errors
    /// As [`frame`](Self::frame).
    fn deviation(
        &self,
        _original: &Frame<'_>,
        _decoded: &Frame<'_>,
        _working: &mut Self::Working,
    ) -> Result<Option<f64>> {
        Ok(None)
    }
    /// Whether it has such a measure.
    fn measures_deviation(&self) -> bool {
        false
    }
    /// Bytes that one worker's scratch and one partial take.
    fn memory(&self) -> usize {
        0
    }
}
