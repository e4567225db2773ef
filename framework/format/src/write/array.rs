//! RUN values too large to be held in memory: arrays that come in pieces, several at once if need be.
//!
//! A piece is everything below one place of the first dimensions, and pieces come in row-major order. The array lies in the
//! file in one run of bytes, so a reader takes any part of it directly.

use super::digest::Digest;
use super::path::key_path;
use super::FileWriter;
use crate::hdf5::{Block, Dataset, DatasetSpec, Datatype, FillTime};
use crate::map::{Attribute, ElementType};
use crate::Result;

/// An array that [`FileWriter::run_array`] began.
pub struct RunArray {
    dataset: Dataset,
    path: String,
    /// pieces in each of the first dimensions
    places: Vec<u64>,
    /// shape of a piece
    piece: Vec<u64>,
    element: ElementType,
    next: u64,
    digest: Digest,
}

impl RunArray {
    fn pieces(&self) -> u64 {
        self.places.iter().product()
    }

    /// The box of the piece that comes next, in the dataset.
    fn block(&self) -> Block {
        let mut start = vec![0; self.places.len() + self.piece.len()];
        let mut rest = self.next;
        for (place, &length) in start.iter_mut().zip(&self.places).rev() {
            *place = rest % length.max(1);
            rest /= length.max(1);
        }
        let count = self.places.iter().map(|_| 1).chain(self.piece.iter().copied()).collect();
        Block { start, count }
    }
}

impl FileWriter {
    /// Begins `RUN/<source>/<key>/value` of shape `[1, places, piece]`.
    ///
    /// # Errors
    /// The key was written before.
    pub fn run_array(
        &mut self,
        source: &str,
        key: &str,
        element: ElementType,
        (places, piece): (&[u64], &[u64]),
        attributes: &[Attribute],
    ) -> Result<RunArray> {
        let base = format!("RUN/{source}/{}", key_path(key));
        let path = format!("{base}/value");
        let places: Vec<u64> = std::iter::once(1).chain(places.iter().copied()).collect();
        let shape: Vec<u64> = places.iter().chain(piece).copied().collect();
        let datatype = Datatype::of(element, false)?;
        let spec = DatasetSpec { fill_time: FillTime::Never, ..DatasetSpec::new(&datatype, &shape) };
        let dataset = self.container.create_dataset(&path, &spec)?;
        self.run_group(source, &base, attributes)?;
        Ok(RunArray { dataset, path, places, piece: piece.into(), element, next: 0, digest: Digest::default() })
    }

    /// Writes the next piece.
    ///
    /// # Errors
    /// It is no piece, or one too many; the disk fails.
    pub fn put_piece(&mut self, array: &mut RunArray, bytes: &[u8]) -> Result<()> {
        let size = array.piece.iter().try_fold(array.element.size() as u64, |size, &n| size.checked_mul(n));
        if size != Some(bytes.len() as u64) || array.next >= array.pieces() {
            let what = format!("{} bytes are not piece {} of {}", bytes.len(), array.next, array.pieces());
            return Err(self.misuse(what, &array.path));
        }
        array.dataset.write_block(&array.block(), bytes)?;
        array.digest.bytes(bytes);
        array.next += 1;
        self.container.early.wrote(bytes.len());
        Ok(())
    }

    /// # Errors
    /// Pieces are missing.
    pub fn end_array(&mut self, array: RunArray) -> Result<()> {
        if array.next != array.pieces() {
            return Err(self.misuse(format!("{} of {} pieces came", array.next, array.pieces()), &array.path));
        }
        self.container.receipt.small.insert(format!("/{}", array.path), array.digest.finish());
        Ok(())
    }
}
