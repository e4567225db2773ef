//! What happens to a frame between its stored chunks and its results.

mod block;
mod change;
mod decode;
mod executor;
mod fold;
mod image;
mod load;
mod made_rows;
mod maps;
mod output;
mod planes;
mod quality;
mod steps;
mod stored;
mod way;
mod worker;
mod write;

pub use block::{process, BlockResult, BlockTask, FrameResult};
pub use change::{transform, Changing};
pub use decode::{decode_chunk, decode_row};
pub use executor::{Cores, Executor};
pub use fold::Fold;
pub use load::look;
pub use made_rows::Cell;
pub use maps::{Maps, StoredTile};
pub use output::{refused, Encoder, OutputPlan, RowLayout, RowOut, StreamOutput};
pub use planes::{StoredRow, Taking};
pub use quality::Measured;
pub use steps::{takers, told_by};
pub use way::{look_first, looks_first};
pub use worker::{Loaded, Worker, Workers};
