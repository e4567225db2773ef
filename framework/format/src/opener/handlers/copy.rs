//! Slow data from one file to another.

use super::super::request::Purpose;
use super::map;
use crate::error::Result;
use crate::write::copy::copy;
use crate::write::{CopyRequest, FileReceipt};

pub(super) fn run(request: &CopyRequest) -> Result<FileReceipt> {
    copy(request, &map::read(&request.input, Purpose::Read)?)
}
