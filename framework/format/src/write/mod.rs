//! How do we write a file nobody can fault? One writer a file, a receipt of what was written, a check against it.
//!
//! | question | file |
//! |---|---|
//! | what must be known before the first dataset? | `spec.rs` |
//! | what may a caller write, and how? | `writer.rs`, `control.rs`, `array.rs`, `instrument.rs`, `pixels.rs`, `legacy.rs`, `values.rs` |
//! | what does the writer add by itself? | `metadata.rs`, `index.rs` |
//! | is everything there? | `complete.rs` |
//! | is what the disk holds what was written? | `receipt.rs`, `digest.rs`, `seal.rs`, `verify.rs` |
//! | how are slow data carried over? | `copy/` |
//! | how does an algorithm write files of its own, train by train? | `series/` |

mod array;
mod complete;
mod container;
mod control;
pub(crate) mod copy;
mod date;
pub(crate) mod digest;
mod early;
mod index;
mod instrument;
mod legacy;
mod metadata;
mod path;
mod pixels;
mod receipt;
mod seal;
pub mod series;
mod spec;
mod values;
pub(crate) mod verify;
mod writer;

pub use array::RunArray;
pub use control::control_times;
pub use copy::{copy_whole, read_full, verify_whole, CopyRequest};
pub use pixels::{PixelDataset, PixelSpec};
pub use receipt::{ChunkReceipt, ChunkedReceipt, FileReceipt};
pub use seal::{Expected, Seal, Stamp};
pub use spec::{FileSpec, TrainRow, WrittenVersion};
pub use values::{unit, Element, Storage, Values};
pub use verify::verify;
pub use writer::FileWriter;
