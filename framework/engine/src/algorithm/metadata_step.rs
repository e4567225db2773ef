//! Steps that need no pixels.

use super::{RunValues, TrainRows};
use trainyard_format::detector::FrameTable;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::Result;

/// The trains of one sequence, for steps that need no pixels.
pub struct MetadataInput<'a> {
    pub run: &'a Run,
    pub pool: &'a OpenerPool,
    pub frames: &'a FrameTable,
}

/// Columns from the index and slow data: what it lets `keep` drop is never read.
pub trait MetadataStep: Send + Sync {
    /// Fills `columns[i][frame]` for each of its columns, and one row a train if it declared outputs.
    ///
    /// # Errors
    /// Input that is damaged or missing, with its place.
    fn compute(&self, input: &MetadataInput<'_>, columns: &mut [Vec<f64>], trains: &mut TrainRows) -> Result<()>;

    /// Run-level results known beforehand (parameters).
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn run_values(&self, _values: &mut RunValues) -> Result<()> {
        Ok(())
    }
}
