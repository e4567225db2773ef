//! What an algorithm is: a name, a configuration, and a step of one of a few kinds.
//!
//! | kind | trait | sees | gives |
//! |---|---|---|---|
//! | metadata | [`MetadataStep`] | index, slow data of some trains | columns by frame, results by train |
//! | keep | [`KeepStep`] | columns of one frame | stays or goes, and why |
//! | frame | [`FrameStep`] | pixels of one frame | columns, results by frame, a partial for the run |
//! | stored | [`StoredStep`] | the stored chunks of one frame, not decoded | columns, results by frame |
//! | train | [`TrainStep`] | what it extracted from each frame of a train | results by train, a partial for the run |
//! | accumulate | [`Accumulate`] | pixels of one module of some frames | maps of statistics, for the run or by train |
//! | transform | [`Transform`] | pixels of one module, gain, mask | the pixels changed: values, type, shape |
//! | decide | [`Decide`] | columns of the whole run and finished folds, behind a barrier | columns and results by frame, results by train, modules to drop |
//! | write | [`FrameOutput`] | | the kept frames themselves |
//!
//! No step ever sees a batch or a thread, so nothing it computes can depend on either. Partials are folded in an order
//! fixed by the run: frames in blocks, blocks in trains, trains in sequences, sequences in the run.

mod accumulate;
mod column;
mod context;
mod decide;
mod effect;
mod erase;
mod frame;
mod frame_step;
mod keep_step;
pub mod mask_bits;
mod metadata_step;
mod named_files;
mod needs;
mod output;
mod register;
mod schema;
mod spread;
mod step;
mod stored_step;
pub mod testing;
mod train_step;
mod transform;
mod write;

pub use accumulate::{Accumulate, Grouping};
pub use column::{ColumnDecl, ColumnKind, Columns};
pub use context::{Context, Lack, Problem};
pub use decide::{Decide, Decided, DecidedRows, Decision, RunView};
pub use effect::{ByIds, Effect};
pub use erase::{ErasedAccumulate, ErasedFrameStep, ErasedStoredStep, ErasedTrainStep, Partial};
pub use frame::{Frame, FrameId};
pub use frame_step::{FrameOut, FrameStep};
pub use keep_step::{KeepStep, Verdict};
pub use metadata_step::{MetadataInput, MetadataStep};
pub use named_files::NamedFiles;
pub use needs::{Modules, Needs, Planes};
pub use output::{ListSink, OutputDecl, RowSink, RunValue, RunValues, TrainRows};
pub use register::{register, Algorithm, Registration, Registry};
pub use schema::{FrameSchema, PixelUnit, Plane};
pub use spread::{figures, Spread};
pub use step::{ListDecl, Rows, Step, StepKind};
pub use stored_step::{Stored, StoredStep};
pub use train_step::{TrainExtract, TrainStep};
pub use transform::{ErasedTransform, ModuleChange, ModuleFrame, Transform};
pub use write::FrameOutput;
