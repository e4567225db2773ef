//! What a pass leaves of a sequence: fates, columns, results, partials. Kept until the run is published.

use crate::algorithm::{StepKind, TrainRows};
use crate::compute::Measured;
use crate::plan::Job;
use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trainyard_codec::lossy::Achieved;
use trainyard_format::durable::read_own;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Rows of one step for some frames: `bytes` holds the declared datasets of each frame one after the other.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameRows {
    /// positions in the sequence's frame table, ascending
    pub frames: Vec<u32>,
    pub bytes: Vec<u8>,
}

/// What one step leaves of a sequence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    pub step: usize,
    pub frames: FrameRows,
    pub trains: TrainRows,
    /// stored partial, and the frames of each train that went in
    pub partial: Option<Vec<u8>>,
    pub frames_in: Vec<u32>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// ids and fates of all frames of the sequence
    pub starts: Vec<usize>,
    pub pulse_id: Vec<u64>,
    pub cell_id: Vec<u16>,
    pub fates: Vec<u8>,
    /// `[column][frame]`, all columns made up to the end of this pass
    pub columns: Vec<Vec<f64>>,
    pub results: Vec<StepResult>,
    /// stored bytes of the chunks that were needed, by content
    pub bytes_in: u64,
    /// chunks copied as they were, and encoded anew
    pub chunks_copied: u64,
    pub chunks_encoded: u64,
    /// by module: the error of lossy frames
    pub achieved: Vec<Achieved>,
    /// stored bytes of lossy frames
    pub lossy_bytes: u64,
    /// (frame, metrics) of the sampled frames
    pub measured: Vec<(u32, Measured)>,
    /// frames in which the steps of this pass saw no good pixel
    pub blank: u64,
    /// smallest, middle and largest stored pixel of some of them
    pub blank_values: Vec<[f64; 3]>,
    /// damage that was skipped
    pub skipped: Vec<trainyard_format::Error>,
}

impl Part {
    /// Metadata steps run before anything is read, wherever they stand: of the frames that went in, counted are those that
    /// came as far as the step's place in the workflow.
    pub fn recount_metadata(&mut self, job: &Job) {
        for result in self.results.iter_mut().filter(|r| matches!(job.steps[r.step].step.kind, StepKind::Metadata(_))) {
            for (count, train) in result.frames_in.iter_mut().zip(self.starts.windows(2)) {
                let fates = self.fates.get(train[0]..train[1]).unwrap_or_default();
                *count = fates.iter().filter(|fate| job.came_to(result.step, **fate)).count() as u32;
            }
        }
    }

    /// # Errors
    /// A bug: a part always serialises.
    pub fn store(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|e| Error::bug(format!("failed to store a part: {e}"), Place::default()))
    }

    /// The part that was stored in `folder` under this record. None: it is gone, or something else stands there, which is
    /// told; the pass over the sequence is then to be done again.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn load(folder: &Path, record: &LedgerFile) -> Result<Option<Self>> {
        let path = folder.join(&record.name);
        let bytes = read_own(&path, record.size)?;
        let sound = |bytes: &Vec<u8>| bytes.len() as u64 == record.size && xxh3_64(bytes) == record.checksum;
        let part = bytes.filter(sound).and_then(|bytes| postcard::from_bytes(&bytes).ok());
        if part.is_none() {
            tracing::warn!("{}: gone or damaged: its pass is done again", path.display());
        }
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_never_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let part = Part { starts: vec![0, 2], pulse_id: vec![1, 2], fates: vec![0, 1], ..Part::default() };
        let bytes = part.store().unwrap();
        let (size, checksum) = (bytes.len() as u64, xxh3_64(&bytes));
        let record = LedgerFile { name: "0.part".into(), size, checksum, ..LedgerFile::default() };
        let load = || Part::load(folder.path(), &record).unwrap().map(|part| part.pulse_id);
        assert_eq!(load(), None);
        let path = folder.path().join("0.part");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(load(), Some(vec![1, 2]));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            std::fs::write(&path, &damaged).unwrap();
            assert_eq!(load(), None, "byte {at}");
        }
        std::fs::write(&path, &bytes[1..]).unwrap();
        assert_eq!(load(), None);
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(load(), None);
    }
}
