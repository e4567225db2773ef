//! A sequence: a range of trains, and one file of each aggregator for it.

use crate::simulator::Simulator;
use std::ops::Range;
use std::path::{Path, PathBuf};
use trainyard_format::map::Metadata;
use trainyard_format::write::{FileSpec, FileWriter, TrainRow};
use trainyard_format::Result;

/// 2023-01-01T00:00:00Z, ns
const FIRST_TIMESTAMP: u64 = 1_672_531_200_000_000_000;
const DATE: &str = "20230101T000000Z";
/// ten trains a second
const TRAIN_PERIOD: u64 = 100_000_000;

/// Train indices of one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    pub number: u32,
    pub trains: Range<u32>,
}

/// When a train was, ns since the Unix epoch.
pub fn timestamp(train_index: u32) -> u64 {
    FIRST_TIMESTAMP + u64::from(train_index) * TRAIN_PERIOD
}

impl Sequence {
    /// All of a run.
    pub fn all(simulator: &Simulator) -> Vec<Sequence> {
        let spec = simulator.spec();
        let starts = (0..spec.trains).step_by(spec.trains_per_sequence as usize);
        let sequence = |(number, start): (usize, u32)| Sequence {
            number: number as u32,
            trains: start..start.saturating_add(spec.trains_per_sequence).min(spec.trains),
        };
        starts.enumerate().map(sequence).collect()
    }

    /// Begins the file of one aggregator: `CORR-R0001-AGIPD00-S00000.h5`.
    pub fn create(&self, simulator: &Simulator, folder: &Path, class: &str, aggregator: &str) -> Result<FileWriter> {
        let spec = simulator.spec();
        let path: PathBuf = folder.join(format!("{class}-R{:04}-{aggregator}-S{:05}.h5", spec.run, self.number));
        let trains = self.trains.clone().map(|index| TrainRow::new(spec.train_id(index), timestamp(index))).collect();
        FileWriter::create(FileSpec {
            version: spec.version,
            path,
            metadata: Metadata {
                creation_date: Some(DATE.into()),
                update_date: Some(DATE.into()),
                karabo_framework: Some("simulated".into()),
                run_type: Some(format!("simulated {}", spec.kind.name())),
                sample: Some("simulated".into()),
                proposal_number: Some(spec.proposal),
                run_number: Some(spec.run),
                sequence_number: Some(self.number),
                ..Metadata::default()
            },
            daq_library: concat!("trainyard-simulate ", env!("CARGO_PKG_VERSION")).into(),
            trains,
        })
    }
}
