//! How a finished sequence is written: detector files, results by frame and train, the part that later passes need.

mod auxiliary;
mod chunks;
mod detector_files;
mod folds;
mod known;
mod lost_rows;
mod manifest;
mod maps;
mod part;
mod results;
mod rows;
mod run_maps;
mod run_results;
mod seal;
mod slow;
mod source_rows;
mod warnings;

pub use chunks::{complete, ChunkAssembler, ChunkJob, FinishedChunk};
pub use detector_files::{bound_of, DetectorFiles, LOSSY_CODEC};
pub use folds::Folds;
pub use known::{Cause, KnownFinding, KnownFindings};
pub use lost_rows::LostRows;
pub use manifest::{manifest, written_pixels, Gate, Manifest};
pub use maps::{MapsFile, MapsSpool};
pub use part::{read_checked, Part};
pub use results::{write_fates, write_results};
pub use rows::{Kept, RowSpool, SpooledRows};
pub use run_maps::{Lost, RunMaps};
pub use run_results::{finished, write_run_fates, write_run_results, RunFold};
pub use seal::{is_sealed, seal};
pub use slow::{slow_units, SlowUnit};
pub use warnings::warnings;
