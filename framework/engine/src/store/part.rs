//! What a pass leaves of a sequence and is small: ids, fates, columns, counts. Kept until the run is published. Results wait
//! in [`super::SpooledRows`], partials in [`super::Folds`].

use crate::compute::Measured;
use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trainyard_codec::lossy::Achieved;
use trainyard_format::durable::read_own;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// ids and fates of all frames of the sequence
    pub starts: Vec<usize>,
    pub pulse_id: Vec<u64>,
    pub cell_id: Vec<u16>,
    pub fates: Vec<u8>,
    /// a bit for each writer that took the frame, once frames are written; empty where one takes all
    pub taken: Vec<u8>,
    /// `[column][frame]`, all columns made up to the end of this pass
    pub columns: Vec<Vec<f64>>,
    /// frames of each train that the steps of this pass took in, by step
    pub frames_in: Vec<(usize, Vec<u32>)>,
    /// stored bytes of the chunks that were needed, by content
    pub bytes_in: u64,
    /// chunks copied as they were, and encoded anew
    pub chunks_copied: u64,
    pub chunks_encoded: u64,
    /// by writer and module: the error of lossy frames
    pub achieved: Vec<Vec<Achieved>>,
    /// by writer: stored bytes of lossy frames
    pub lossy_bytes: Vec<u64>,
    /// (frame, metrics) of the sampled frames
    pub measured: Vec<(u32, Measured)>,
    /// frames in which the steps of this pass saw no good pixel
    pub blank: u64,
    /// smallest, middle and largest stored pixel of some of them
    pub blank_values: Vec<[f64; 3]>,
    /// what steps that change frames counted over the kept ones: (step, its number among those that the step counts, count)
    pub counted: Vec<(usize, usize, u64)>,
    /// damage that was skipped
    pub skipped: Vec<trainyard_format::Error>,
}

impl Part {
    pub fn count(&mut self, counts: &[(usize, usize, u64)]) {
        for &(step, number, count) in counts {
            match self.counted.iter_mut().find(|known| (known.0, known.1) == (step, number)) {
                Some(known) => known.2 += count,
                None => self.counted.push((step, number, count)),
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
        Ok(read_checked(folder, record)?.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
    }
}

/// The bytes of a file that was stored in `folder` under this record. None: it is gone, or something else stands there,
/// which is told.
///
/// # Errors
/// It cannot be told.
pub fn read_checked(folder: &Path, record: &LedgerFile) -> Result<Option<Vec<u8>>> {
    let path = folder.join(&record.name);
    let sound = |bytes: &Vec<u8>| bytes.len() as u64 == record.size && xxh3_64(bytes) == record.checksum;
    let bytes = read_own(&path, record.size)?.filter(sound);
    if bytes.is_none() {
        tracing::warn!("{}: gone or damaged: its pass is done again", path.display());
    }
    Ok(bytes)
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
