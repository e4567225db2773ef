//! Slow data from one file to another.

use super::super::request::Purpose;
use super::{kept, map};
use crate::error::Result;
use crate::write::copy::copy;
use crate::write::{CopyRequest, FileReceipt};

pub(super) fn run(request: &CopyRequest) -> Result<FileReceipt> {
    // opened once for both
    let _open = kept::open(&request.input)?;
    copy(request, &map::read(&request.input, Purpose::Read)?)
}
