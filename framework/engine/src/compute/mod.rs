//! What happens to a frame between its stored chunks and its results.

mod block;
mod decode;
mod executor;
mod fold;
mod image;
mod load;
mod maps;
mod output;
mod quality;
mod steps;
mod stored;
mod way;
mod worker;
mod write;

pub use block::{process, BlockResult, BlockTask, FrameResult};
pub use decode::{decode_chunk, decode_row};
pub use executor::{Cores, Executor};
pub use fold::Fold;
pub use maps::{Maps, StoredTile};
pub use output::{refused, Encoder, OutputPlan, RowOut, StreamOutput};
pub use quality::Measured;
pub use steps::{takers, told_by};
pub use worker::{Worker, Workers};
