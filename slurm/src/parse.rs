//! From what the commands print to types: for callers who got the text by other means, and for tests.
//!
//! | function | command |
//! |---|---|
//! | [`sbatch`] | `sbatch --parsable` |
//! | [`squeue_text`] | `squeue -h -o` [`SQUEUE_FORMAT`] |
//! | [`squeue_json`] | `squeue --json` |
//! | [`sacct_text`] | `sacct -n -P --delimiter=` [`FIELD`] ` --format=` [`SACCT_FORMAT`] |
//! | [`sacct_json`] | `sacct --json` |
//! | [`scontrol_text`] | `scontrol show job -o` |
//! | [`sinfo_text`] | `sinfo -h -o` [`SINFO_FORMAT`] |
//! | [`sinfo_json`] | `sinfo --json` |
//!
//! Points in time are read as seconds since 1970, which is what Slurm prints under `SLURM_TIME_FORMAT=%s`; the default form
//! has no time zone and is passed over. Text is bounded by whoever read it; a parser's memory grows in proportion.

mod field;
mod json;
mod sacct_json;
mod sacct_text;
mod sbatch;
mod scontrol_text;
mod sinfo_json;
mod sinfo_text;
mod squeue_json;
mod squeue_text;

pub use sacct_json::sacct_json;
pub use sacct_text::{sacct_text, SACCT_FORMAT};
pub use sbatch::sbatch;
pub use scontrol_text::scontrol_text;
pub use sinfo_json::sinfo_json;
pub use sinfo_text::{sinfo_text, SINFO_FORMAT};
pub use squeue_json::squeue_json;
pub use squeue_text::{squeue_text, SQUEUE_FORMAT};

/// Separates the fields of a record (ASCII unit separator): no job name holds one, as Slurm's own `|` may.
pub const FIELD: char = '\u{1f}';

/// Begins a record (ASCII record separator), so that a line break within a field does no harm.
pub const RECORD: char = '\u{1e}';
