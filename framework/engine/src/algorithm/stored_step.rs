//! Steps that see frames as they are stored: chunks are read and not decoded, and no image is made.

use super::{FrameId, FrameOut};
use trainyard_codec::Filter;
use trainyard_format::map::ElementType;
use trainyard_format::Result;

/// The pixels of one module in one frame, as the input holds them, whatever other steps do to pixels.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// the chunk with the frame's row, as it lies in the file; empty where it was never written
    pub bytes: &'a [u8],
    /// what encoded it, in that order; none where the row could only be had from HDF5, which decodes
    pub filters: &'a [Filter],
    /// bit n: filter n was left out
    pub filter_mask: u32,
    pub element: ElementType,
    /// of a row once it is decoded
    pub row_bytes: usize,
    /// rows in the chunk, and which of them is the frame's
    pub rows: u64,
    pub row: u64,
    /// cells in a row, and which of them is the frame's
    pub cells: usize,
    pub cell: usize,
}

/// Frame by frame, module by module: columns and results by frame.
pub trait StoredStep: Send + Sync + 'static {
    /// Scratch of one worker; what it holds of a frame is for `frame`, which leaves it as it was.
    type Working: Send + 'static;

    fn working(&self) -> Self::Working;
    /// One module of a frame, in the order of their positions; those that miss the frame are left out.
    ///
    /// # Errors
    /// What the step cannot do, in its own words: it ends the run, with the frame's place.
    fn module(&self, id: &FrameId, module: usize, stored: &Stored<'_>, working: &mut Self::Working) -> Result<()>;
    /// Behind the last module of the frame.
    ///
    /// # Errors
    /// As [`module`](Self::module).
    fn frame(&self, id: &FrameId, working: &mut Self::Working, out: &mut FrameOut<'_>) -> Result<()>;
    /// Bytes that one worker's scratch takes.
    fn memory(&self) -> usize {
        0
    }
}
