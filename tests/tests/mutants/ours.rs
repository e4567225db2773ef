//! Values as the program reads them: slow ones through openers, chunks by position through our decoders.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use trainyard_codec::Scratch;
use trainyard_engine::compute::decode_chunk;
use trainyard_engine::read::{Access, ChunkState, Role, StoredChunk, Stream, StreamPart};
use trainyard_format::map::{Chunk, ChunkTable, DatasetMap, ElementType, FileMap};
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};

/// Largest dataset that is read, bytes.
const LARGEST: u64 = 128 << 20;

/// All values of a dataset, and the command that asks `h5py_peer.py` for the same.
#[derive(Debug)]
pub enum Values {
    /// type with shape, bytes
    Rows(String, Vec<u8>),
    Strings(Vec<String>),
}

/// Through an opener.
pub fn by_opener(pool: &OpenerPool, file: &FileMap, dataset: &DatasetMap) -> Result<Values> {
    let rows = dataset.shape.first().copied().unwrap_or(1);
    let all = [(0, rows)];
    if dataset.element.is_text() {
        return pool.strings(&file.path, &dataset.path, &all).map(Values::Strings);
    }
    let read = pool.rows(&file.path, &dataset.path, &all)?;
    Ok(Values::Rows(described(read.element, rows, &read.row_shape), read.bytes))
}

/// By position; `None` where the program leaves the dataset to HDF5.
pub fn by_chunks(pool: &OpenerPool, file: &FileMap, dataset: &DatasetMap) -> Option<Result<Values>> {
    let row_bytes = usize::try_from(dataset.row_bytes()?).ok()?;
    if dataset.shape.is_empty() || !dataset.element.is_number() {
        return None;
    }
    let part = StreamPart::of(0, dataset, row_bytes);
    matches!(part.access, Access::Chunks(_)).then(|| rows(pool, file, dataset, &part, row_bytes))
}

fn rows(
    pool: &OpenerPool,
    file: &FileMap,
    dataset: &DatasetMap,
    part: &StreamPart,
    row_bytes: usize,
) -> Result<Values> {
    let damaged = |what: String| Error::input(what, Place::file(&file.path).source(&dataset.path));
    let table: ChunkTable = pool.chunks(&file.path, &[&dataset.path])?.pop().expect("one table for one dataset");
    assert_eq!((table.rows, table.rows_per_chunk), (dataset.rows(), part.rows_per_chunk), "{}", dataset.path);
    let raw = row_bytes as u64 * part.rows_per_chunk;
    if raw > LARGEST || (row_bytes as u64).saturating_mul(table.rows) > LARGEST {
        return Err(damaged("too large for this test".into()));
    }
    let handle = File::open(&file.path).map_err(|e| Error::io("open", &file.path, &e))?;
    let stream = Stream {
        key: dataset.key.clone(),
        role: Role::Image,
        element: dataset.element,
        row_shape: dataset.shape[1..].to_vec(),
        row_bytes,
        decoded: true,
        written: false,
        parts: Vec::new(),
    };
    let (mut values, mut whole, mut scratch) = (Vec::new(), vec![0; raw as usize], Scratch::default());
    for chunk in &table.chunks {
        let stored = match chunk {
            None => StoredChunk::new(ChunkState::Absent { fill: table.fill.clone() }, None, 0..0),
            Some(chunk) => fetched(&handle, file, chunk, raw).ok_or_else(|| damaged("a chunk out of bounds".into()))?,
        };
        decode_chunk(&stream, part, &stored, &mut whole, &mut scratch)?;
        let left = dataset.rows() as usize * row_bytes - values.len();
        values.extend_from_slice(&whole[..whole.len().min(left)]);
    }
    Ok(Values::Rows(described(dataset.element, dataset.rows(), &dataset.shape[1..]), values))
}

/// `None`: refused as the program refuses it.
fn fetched(handle: &File, file: &FileMap, chunk: &Chunk, raw: u64) -> Option<StoredChunk> {
    let size = u64::from(chunk.size);
    if size > 2 * raw + 4096 || chunk.offset.saturating_add(size) > file.stamp.size {
        return None;
    }
    let mut bytes = vec![0; chunk.size as usize];
    handle.read_exact_at(&mut bytes, chunk.offset).expect("bytes inside the file");
    let range = 0..bytes.len();
    Some(StoredChunk::new(ChunkState::Stored { filter_mask: chunk.filter_mask }, Some(Arc::new(bytes)), range))
}

/// As `h5py_peer.py` says it.
fn described(element: ElementType, rows: u64, row_shape: &[u64]) -> String {
    let code = match element {
        ElementType::U8 => "u1".into(),
        ElementType::U16 => "u2".into(),
        ElementType::U32 => "u4".into(),
        ElementType::U64 => "u8".into(),
        ElementType::I8 => "i1".into(),
        ElementType::I16 => "i2".into(),
        ElementType::I32 => "i4".into(),
        ElementType::I64 => "i8".into(),
        ElementType::F32 => "f4".into(),
        ElementType::F64 => "f8".into(),
        ElementType::Bool => "bool".into(),
        ElementType::FixedString(n) | ElementType::Other(n) => format!("raw{n}"),
        ElementType::VarString => "text".into(),
    };
    let shape: Vec<String> = std::iter::once(rows).chain(row_shape.iter().copied()).map(|n| n.to_string()).collect();
    format!("{code}[{}]", shape.join(","))
}
