//! A run of 64 sequences of 18 files, one train each: what is done once for every file shows.

use super::catalogue::Bench;
use crate::cli::Failure;
use std::path::PathBuf;
use trainyard_simulate::{simulate, Detector, Kind, SimulationSpec};

const SEQUENCES: u32 = 64;
/// Modules, bunch pattern and pulse energies, settings.
pub const MANY_FILES: f64 = SEQUENCES as f64 * 18.0;

impl Bench<'_> {
    /// # Errors
    /// When the disk fails.
    pub fn many_files(&self) -> Result<PathBuf, Failure> {
        self.folder("many-files-run", |folder| {
            let spec = SimulationSpec {
                trains: SEQUENCES,
                pulses: 1,
                trains_per_sequence: 1,
                counting: Some(false),
                codec: trainyard_codec::Codec::BitshuffleLz4,
                ..SimulationSpec::new(Kind::Powder, Detector::Agipd)
            };
            simulate(&spec, folder)?;
            Ok(())
        })
    }
}
