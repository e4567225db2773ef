//! What happens to a frame between its stored chunks and its results.

mod block;
mod decode;
mod fold;
mod image;
mod output;
mod quality;
mod way;
mod worker;

pub use block::{process, BlockResult, BlockTask, FrameResult};
pub use decode::{decode_chunk, decode_row};
pub use fold::Fold;
pub use output::{refused, Encoder, OutputPlan, RowOut, StreamOutput};
pub use quality::Measured;
pub use worker::{Worker, Workers};
