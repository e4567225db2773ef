//! Questions of the writer and the validator: copy slow data, checksum what was written, judge timestamps.

use super::pool::OpenerPool;
use super::request::{Reply, Request};
use crate::error::{Error, Place, Result};
use crate::validate::TimeOrder;
use crate::write::{CopyRequest, FileReceipt};
use std::path::Path;
use std::time::Duration;

/// The slowest storage that is still waited for, bytes a second: bounds the time of requests that move whole files.
const SLOWEST: u64 = 10 << 20;

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

    /// Copies a file byte by byte and makes it durable; its size. None: nothing is copied, because values lie outside of the
    /// file.
    ///
    /// # Errors
    /// The output exists, a disk fails, or the file changes meanwhile.
    pub fn copy_whole(&self, input: &Path, output: &Path) -> Result<Option<u64>> {
        let time = self.time_for(input)?;
        match self.call_within(Request::CopyWhole { input: input.into(), output: output.into() }, time)? {
            Reply::CopiedWhole(size) => Ok(size),
            _ => Err(unexpected(input)),
        }
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
        Ok(self.limits().time + Duration::from_secs(self.stamp(path)?.size / SLOWEST))
    }
}

fn unexpected(path: &Path) -> Error {
    Error::bug("the opener answered another question", Place::file(path))
}
