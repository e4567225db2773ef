//! One handler per kind of request; they run in the child.

mod array;
mod chunks;
mod copy;
mod decode;
mod digests;
mod list;
mod map;
mod probe;
mod rows;
mod stamp;
mod strings;
mod time_orders;

use super::request::{Reply, Request};
use super::Limits;
use crate::error::Result;
use crate::write::copy_whole;

pub(super) fn handle(request: &Request, limits: Limits) -> Result<Reply> {
    match request {
        Request::List { folder } => list::data_files(folder).map(Reply::Names),
        Request::Stamp { path } => stamp::stamp(path).map(Reply::Stamp),
        Request::Map { path, purpose } => {
            probe::probe(path).and_then(|()| map::read(path, *purpose)).map(|map| Reply::Map(Box::new(map)))
        }
        Request::Chunks { path, datasets } => chunks::list(path, datasets).map(Reply::Chunks),
        Request::Rows { path, dataset, ranges } => rows::read(path, dataset, ranges, limits).map(Reply::Rows),
        Request::Strings { path, dataset, ranges } => strings::read(path, dataset, ranges, limits).map(Reply::Strings),
        Request::Array { path, names, longest } => array::first(path, names, *longest, limits).map(Reply::Array),
        Request::DecodeChunk { path, dataset, chunk } => decode::chunk(path, dataset, *chunk, limits).map(Reply::Chunk),
        Request::Digests { path, datasets } => digests::list(path, datasets).map(Reply::Digests),
        Request::TimeOrders { path, datasets } => time_orders::judge(path, datasets).map(Reply::TimeOrders),
        Request::CopyWhole { input, output } => copy_whole(input, output).map(Reply::CopiedWhole),
        Request::Copy(request) => copy::run(request).map(|receipt| Reply::Copied(Box::new(receipt))),
    }
}
