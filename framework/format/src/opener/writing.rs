//! Questions of the writer and the validator: copy slow data, checksum what was written, judge timestamps.

use super::pool::OpenerPool;
use super::request::{Reply, Request};
use crate::error::{Error, Place, Result};
use crate::validate::TimeOrder;
use crate::write::verify::of_our_own;
use crate::write::{CopyRequest, Expected, FileReceipt, Seal, Stamp};
use std::path::Path;
use std::time::Duration;

/// The slowest storage that is still waited for, bytes a second: bounds the time of requests that move whole files.
const SLOWEST: u64 = 10 << 20;

/// Times the usual limit that a sync may take: it waits for whatever else the disk has to write.
const SYNC: u32 = 9;

/// Files that are asked about at once.
const MOST_IN_A_BATCH: usize = 64;

/// Files of so many bytes are asked about one by one.
const LARGE: u64 = 16 << 20;

impl OpenerPool {
    /// Copies chosen sources and trains of one file into a new one.
    ///
    /// # Errors
    /// [`Error::Request`] when a source is not in the file, [`Error::Input`] when the data cannot be read as the index
    /// says, [`Error::Resource`] when the disk fails.
    pub fn copy(&self, request: &CopyRequest) -> Result<FileReceipt> {
        let time = self.time_for(&request.input)?;
        match self.call_within(Request::Copy(Box::new(request.clone())), time)? {
            Reply::Copied(receipt) => Ok(*receipt),
            _ => Err(unexpected(&request.input)),
        }
    }

    /// Copies a file of about `size` bytes. As for [`copy`](Self::copy), [`read_back`](Self::read_back) makes it durable. None: nothing is
    /// copied, because values lie outside of the file.
    ///
    /// # Errors
    /// The output exists, a disk fails, or the file changes meanwhile.
    pub fn copy_whole(&self, input: &Path, output: &Path, size: u64) -> Result<Option<FileReceipt>> {
        let time = self.time_of(size);
        match self.call_within(Request::CopyWhole { input: input.into(), output: output.into() }, time)? {
            Reply::CopiedWhole(receipt) => Ok(receipt.map(|receipt| *receipt)),
            _ => Err(unexpected(input)),
        }
    }

    /// Syncs files, reads every byte of them and compares with what was written; in the order of `receipts`.
    ///
    /// # Errors
    /// [`Error::Resource`] naming file, dataset and chunk that differ.
    pub fn read_back(&self, receipts: &[FileReceipt]) -> Result<Vec<Seal>> {
        let batches = self.batches(receipts, |receipt| receipt.size);
        let ask = |batch: &&[FileReceipt]| -> Result<Vec<Seal>> {
            let bytes = batch.iter().map(|receipt| receipt.size).sum();
            let time = self.time_of(bytes).saturating_add(self.limits().time.saturating_mul(SYNC));
            match self.call_within(Request::ReadBack { receipts: batch.to_vec() }, time).map_err(of_our_own)? {
                Reply::ReadBack(seals) if seals.len() == batch.len() => Ok(seals),
                _ => Err(unexpected(batch.first().map_or(Path::new(""), |receipt| &receipt.path))),
            }
        };
        let seals = self.in_parallel(&batches, ask).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(seals.into_iter().flatten().collect())
    }

    /// Reads files whole: which of them hold what they should, and since when. None: it is not there, or differs.
    ///
    /// # Errors
    /// [`Error::Resource`] where that cannot be told.
    pub fn standing(&self, files: &[Expected]) -> Result<Vec<Option<Stamp>>> {
        let batches = self.batches(files, |file| file.size);
        let ask = |batch: &&[Expected]| -> Result<Vec<Option<Stamp>>> {
            let time = self.time_of(batch.iter().map(|file| file.size).sum());
            match self.call_within(Request::Standing { files: batch.to_vec() }, time).map_err(of_our_own)? {
                Reply::Standing(stamps) if stamps.len() == batch.len() => Ok(stamps),
                _ => Err(unexpected(batch.first().map_or(Path::new(""), |file| &file.path))),
            }
        };
        let stamps = self.in_parallel(&batches, ask).into_iter().collect::<Result<Vec<_>>>()?;
        Ok(stamps.into_iter().flatten().collect())
    }

    /// Neighbours in batches: large files each by itself, small ones spread over the children.
    pub(super) fn batches<'a, T>(&self, items: &'a [T], size: impl Fn(&T) -> u64) -> Vec<&'a [T]> {
        let most = items.len().div_ceil(self.workers()).clamp(1, MOST_IN_A_BATCH);
        let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0u64);
        for (number, item) in items.iter().enumerate() {
            bytes = bytes.saturating_add(size(item));
            if number + 1 - start >= most || bytes >= LARGE {
                batches.push(&items[start..=number]);
                (start, bytes) = (number + 1, 0);
            }
        }
        batches.extend((start < items.len()).then(|| &items[start..]));
        batches
    }

    /// xxh3-64 of the values of each dataset, as receipts state them.
    pub fn digests<S: AsRef<str>>(&self, path: &Path, datasets: &[S]) -> Result<Vec<u64>> {
        let datasets: Vec<String> = datasets.iter().map(|dataset| dataset.as_ref().to_owned()).collect();
        match self.call_within(Request::Digests { path: path.into(), datasets }, self.time_for(path)?)? {
            Reply::Digests(digests) => Ok(digests),
            _ => Err(unexpected(path)),
        }
    }

    /// Whether the timestamps of CONTROL keys run forward.
    pub fn time_orders<S: AsRef<str>>(&self, path: &Path, datasets: &[S]) -> Result<Vec<TimeOrder>> {
        let datasets: Vec<String> = datasets.iter().map(|dataset| dataset.as_ref().to_owned()).collect();
        match self.call_within(Request::TimeOrders { path: path.into(), datasets }, self.time_for(path)?)? {
            Reply::TimeOrders(orders) => Ok(orders),
            _ => Err(unexpected(path)),
        }
    }

    fn time_for(&self, path: &Path) -> Result<Duration> {
        Ok(self.time_of(self.stamp(path)?.size))
    }

    fn time_of(&self, bytes: u64) -> Duration {
        self.limits().time + Duration::from_secs(bytes / SLOWEST)
    }
}

fn unexpected(path: &Path) -> Error {
    Error::bug("the opener answered another question", Place::file(path))
}
