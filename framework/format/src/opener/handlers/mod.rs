//! One handler per kind of request; they run in the child.

mod array;
mod chunks;
mod contents;
mod copy;
mod decode;
mod digests;
mod kept;
mod list;
mod map;
mod objects;
mod outside;
mod probe;
mod rows;
mod stamp;
mod strings;
mod time_orders;

use super::request::{Reply, Request};
use super::Limits;
use crate::bounded::{is_absence, is_there, patiently, wait, ATTEMPTS};
use crate::error::{Error, Result};
use crate::write::{copy_whole, verify};
use std::path::Path;
use std::time::Duration;

/// The wait before a file is looked at again that seemed damaged.
const SECOND_LOOK: Duration = Duration::from_millis(5);

/// Answers a request. Storage that fails as it fails for a moment is asked again, with waits, and what seems to be damage is
/// looked at a second time: libhdf5 does not always say that it was storage.
pub(super) fn handle(request: &Request, limits: Limits) -> Result<Reply> {
    let mut attempt = 1;
    loop {
        if !about_one(request) {
            kept::forget();
        }
        let outcome = carry_out(request, limits);
        if outcome.is_err() {
            kept::forget();
        }
        let again = match &outcome {
            Err(error) if error.may_pass() && attempt < ATTEMPTS => Some(wait(attempt)),
            Err(Error::Input { .. }) if attempt == 1 => Some(SECOND_LOOK),
            _ => None,
        };
        let Some(wait) = again else { return outcome };
        if let Some(output) = request.output() {
            discard(output)?;
        }
        std::thread::sleep(wait);
        attempt += 1;
    }
}

/// Whether the request asks for something in one file, which others are asked about likewise.
fn about_one(request: &Request) -> bool {
    matches!(
        request,
        Request::Stamps { .. }
            | Request::Map { .. }
            | Request::Lists { .. }
            | Request::Chunks { .. }
            | Request::Rows { .. }
            | Request::RowsOf { .. }
            | Request::Strings { .. }
            | Request::DecodeChunk { .. }
            | Request::Digests { .. }
            | Request::TimeOrders { .. }
            | Request::Copy(_)
    )
}

/// Removes what an attempt left.
pub(super) fn discard(output: &Path) -> Result<()> {
    match patiently(|| std::fs::remove_file(output)) {
        Err(error) if !is_absence(&error) => Err(Error::io("remove", output, &error)),
        _ => Ok(()),
    }
}

fn carry_out(request: &Request, limits: Limits) -> Result<Reply> {
    match request {
        Request::List { folder } => list::data_files(folder).map(Reply::Names),
        Request::Contents { path, longest } => contents::read(path, *longest, limits).map(Reply::Contents),
        Request::IsThere { path } => is_there(path).map(Reply::IsThere),
        Request::Stamps { paths } => {
            paths.iter().map(|path| stamp::stamp(path)).collect::<Result<_>>().map(Reply::Stamps)
        }
        Request::Map { path, purpose } => {
            probe::probe(path).and_then(|()| map::read(path, *purpose)).map(|map| Reply::Map(Box::new(map)))
        }
        Request::Lists { path } => map::lists(path).map(Reply::Oddities),
        Request::Outside { path } => outside::list(path).map(Reply::Outside),
        Request::Objects { path } => objects::list(path).map(Reply::Objects),
        Request::Chunks { path, datasets } => chunks::list(path, datasets).map(Reply::Chunks),
        Request::Rows { path, dataset, ranges } => rows::read(path, dataset, ranges, limits).map(Reply::Rows),
        Request::RowsOf { path, datasets } => rows::read_all(path, datasets, limits).map(Reply::RowsOf),
        Request::Strings { path, dataset, ranges } => strings::read(path, dataset, ranges, limits).map(Reply::Strings),
        Request::Array { path, names, longest } => array::first(path, names, *longest, limits).map(Reply::Array),
        Request::DecodeChunk { path, dataset, chunk } => decode::chunk(path, dataset, *chunk, limits).map(Reply::Chunk),
        Request::Digests { path, datasets } => digests::list(path, datasets).map(Reply::Digests),
        Request::TimeOrders { path, datasets } => time_orders::judge(path, datasets).map(Reply::TimeOrders),
        Request::CopyWhole { input, output } => {
            copy_whole(input, output).map(|receipt| Reply::CopiedWhole(receipt.map(Box::new)))
        }
        Request::Copy(request) => copy::run(request).map(|receipt| Reply::Copied(Box::new(receipt))),
        Request::ReadBack { receipts } => verify::read_back(receipts).map(Reply::ReadBack),
        Request::Standing { files } => verify::standing(files).map(Reply::Standing),
    }
}
