//! Results by frame and by train on their way to their file: never collected, so that no rank's memory grows with them.
//!
//! A spool holds the rows of one pass over one sequence, as they come, in blocks of one step each; a list of the blocks stands
//! behind them. Up to some megabytes it stays in memory. What a later pass is to write is stored beside the part.
//!
//! ```text
//! blocks | list of blocks (postcard) | its length u64 | its xxh3-64 u64
//! ```

use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use trainyard_format::durable::{open_own, remove_file};
use trainyard_format::write::Seal;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

/// SpooledRows of one step are gathered up to this before they become a block.
const BLOCK: usize = 1 << 20;
/// A spool of more bytes goes to its file.
const IN_MEMORY: usize = 8 << 20;
/// Longest list of blocks that is read back.
const LONGEST_LIST: u64 = 1 << 30;

/// Whose rows: the rows of a step by frame or train, or the entries of its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    Rows(usize),
    List(usize),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Block {
    whose: Kept,
    /// of each row the frame's or the train's position in the sequence
    of: Vec<u32>,
    offset: u64,
    length: u64,
    checksum: u64,
}

#[derive(Debug)]
enum Bytes {
    Memory(Vec<u8>),
    File(File),
}

/// SpooledRows of some steps, each step's in the order in which they came.
#[derive(Debug)]
pub struct SpooledRows {
    path: PathBuf,
    bytes: Bytes,
    blocks: Vec<Block>,
    /// a file that nobody needs once this is gone
    temporary: bool,
}

impl SpooledRows {
    /// Of each row of a step the position of what it belongs to.
    pub fn of(&self, whose: Kept) -> impl Iterator<Item = u32> + '_ {
        self.blocks.iter().filter(move |b| b.whose == whose).flat_map(|b| b.of.iter().copied())
    }

    /// The rows of a step, one behind the other, in pieces of whole rows.
    pub fn pieces(&self, whose: Kept) -> impl Iterator<Item = Result<Vec<u8>>> + '_ {
        self.blocks.iter().filter(move |b| b.whose == whose).map(|block| self.read(block))
    }

    fn read(&self, block: &Block) -> Result<Vec<u8>> {
        let length = usize::try_from(block.length).unwrap_or(usize::MAX);
        let bytes = match &self.bytes {
            Bytes::Memory(bytes) => {
                let start = usize::try_from(block.offset).unwrap_or(usize::MAX);
                bytes.get(start..start.saturating_add(length)).map(<[u8]>::to_vec)
            }
            Bytes::File(file) => {
                let mut bytes = vec![0; length];
                file.read_exact_at(&mut bytes, block.offset).map_err(|e| Error::io("read", &self.path, &e))?;
                Some(bytes)
            }
        };
        bytes.filter(|bytes| xxh3_64(bytes) == block.checksum).ok_or_else(|| {
            Error::resource("rows are not as they were written", Place::file(&self.path))
                .with_hint("the storage is at fault; run again")
        })
    }

    /// Writes them to a file of their own, durably.
    ///
    /// # Errors
    /// I/O errors.
    pub fn store(&self, path: &Path) -> Result<Seal> {
        let new = path.with_extension("rows.new");
        remove_file(&new)?;
        let io = |e: &std::io::Error| Error::io("write", &new, e);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new).map_err(|e| io(&e))?;
        let (mut hash, mut size, mut blocks) = (Xxh3::new(), 0u64, Vec::new());
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            size += bytes.len() as u64;
            file.write_all(bytes).map_err(|e| io(&e)).map(|()| size - bytes.len() as u64)
        };
        for block in &self.blocks {
            let offset = put(&self.read(block)?)?;
            blocks.push(Block { offset, ..block.clone() });
        }
        let list = postcard::to_stdvec(&blocks).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        put(&list)?;
        put(&(list.len() as u64).to_le_bytes())?;
        put(&xxh3_64(&list).to_le_bytes())?;
        let checksum = hash.digest();
        file.sync_all().map_err(|e| io(&e))?;
        std::fs::rename(&new, path).map_err(|e| Error::io("rename", &new, &e))?;
        Ok(Seal { size, checksum, ..Seal::default() })
    }

    /// Those that were stored in `folder` under this record. None: they are gone, or not as they were.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn load(folder: &Path, record: &LedgerFile) -> Result<Option<Self>> {
        let path = folder.join(&record.name);
        let Some(file) = open_own(&path)? else { return Ok(None) };
        let io = |e: &std::io::Error| Error::io("read", &path, e);
        let size = file.metadata().map_err(|e| io(&e))?.len();
        let Some(end) = size.checked_sub(16).filter(|_| size == record.size) else { return Ok(None) };
        let mut tail = [0u8; 16];
        file.read_exact_at(&mut tail, end).map_err(|e| io(&e))?;
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| tail[at + i]));
        let (length, checksum) = (number(0), number(8));
        if length > end.min(LONGEST_LIST) {
            return Ok(None);
        }
        let mut list = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut list, end - length).map_err(|e| io(&e))?;
        let blocks = (xxh3_64(&list) == checksum).then(|| postcard::from_bytes::<Vec<Block>>(&list).ok()).flatten();
        let inside = |b: &Block| b.offset.checked_add(b.length).is_some_and(|e| e <= end);
        let Some(blocks) = blocks.filter(|blocks| blocks.iter().all(inside)) else { return Ok(None) };
        Ok(Some(SpooledRows { path, bytes: Bytes::File(file), blocks, temporary: false }))
    }

    /// Whether every block is as it was written.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn sound(&self) -> Result<bool> {
        for block in &self.blocks {
            match self.read(block) {
                Ok(_) => {}
                Err(error) if error.may_pass() => return Err(error),
                Err(_) => return Ok(false),
            }
        }
        Ok(true)
    }
}

impl Drop for SpooledRows {
    fn drop(&mut self) {
        if self.temporary {
            // what stays is removed with the folder
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Takes rows as they come.
pub struct RowSpool {
    rows: SpooledRows,
    /// (whose, positions, bytes)
    pending: Vec<(Kept, Vec<u32>, Vec<u8>)>,
    written: u64,
}

impl RowSpool {
    /// `path` is used when the rows become too many for memory.
    pub fn new(path: PathBuf) -> Self {
        let rows = SpooledRows { path, bytes: Bytes::Memory(Vec::new()), blocks: Vec::new(), temporary: false };
        RowSpool { rows, pending: Vec::new(), written: 0 }
    }

    /// Bytes that a spool of so many kinds of rows holds.
    pub fn most_bytes(kinds: usize) -> u64 {
        (IN_MEMORY + 2 * BLOCK * kinds) as u64
    }

    /// The next row of a step, of the frame or train at position `of`.
    ///
    /// # Errors
    /// I/O errors.
    pub fn push(&mut self, whose: Kept, of: usize, row: &[u8]) -> Result<()> {
        let at = match self.pending.iter().position(|(w, ..)| *w == whose) {
            Some(at) => at,
            None => {
                self.pending.push((whose, Vec::new(), Vec::new()));
                self.pending.len() - 1
            }
        };
        let (_, positions, bytes) = &mut self.pending[at];
        positions.push(of as u32);
        bytes.extend_from_slice(row);
        if bytes.len() >= BLOCK {
            self.end_block(at)?;
        }
        Ok(())
    }

    fn end_block(&mut self, at: usize) -> Result<()> {
        let (whose, of, bytes) = &mut self.pending[at];
        if of.is_empty() {
            return Ok(());
        }
        let block = Block {
            whose: *whose,
            of: std::mem::take(of),
            offset: self.written,
            length: bytes.len() as u64,
            checksum: xxh3_64(bytes),
        };
        let path = &self.rows.path;
        let io = |e: &std::io::Error| Error::io("write", path, e);
        if let Bytes::Memory(held) = &self.rows.bytes {
            if held.len() + bytes.len() > IN_MEMORY {
                remove_file(path)?;
                let mut options = OpenOptions::new();
                options.read(true).write(true).create_new(true).custom_flags(libc::O_NOFOLLOW);
                let file = options.open(path).map_err(|e| io(&e))?;
                file.write_all_at(held, 0).map_err(|e| io(&e))?;
                self.rows.bytes = Bytes::File(file);
                self.rows.temporary = true;
            }
        }
        match &mut self.rows.bytes {
            Bytes::Memory(held) => held.extend_from_slice(bytes),
            Bytes::File(file) => file.write_all_at(bytes, self.written).map_err(|e| io(&e))?,
        }
        self.written += block.length;
        bytes.clear();
        self.rows.blocks.push(block);
        Ok(())
    }

    /// # Errors
    /// I/O errors.
    pub fn finish(mut self) -> Result<SpooledRows> {
        for at in 0..self.pending.len() {
            self.end_block(at)?;
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SpooledRows of two steps, `n` of the first.
    fn spooled(folder: &Path, n: usize) -> SpooledRows {
        let mut spool = RowSpool::new(folder.join("spool"));
        for i in 0..n {
            spool.push(Kept::Rows(3), i, &[i as u8; 1000]).unwrap();
            if i % 3 == 0 {
                spool.push(Kept::List(5), i, &(i as u32).to_le_bytes()).unwrap();
            }
        }
        spool.finish().unwrap()
    }

    fn check(rows: &SpooledRows, n: usize) {
        assert!(rows.of(Kept::Rows(3)).eq(0..n as u32));
        assert!(rows.of(Kept::List(5)).eq((0..n as u32).step_by(3)));
        let whole: Vec<u8> = rows.pieces(Kept::Rows(3)).flat_map(Result::unwrap).collect();
        assert!(whole.len() == 1000 * n && whole.chunks(1000).enumerate().all(|(i, row)| row == [i as u8; 1000]));
        assert_eq!(rows.pieces(Kept::List(5)).flat_map(Result::unwrap).count(), 4 * n.div_ceil(3));
        assert!(rows.of(Kept::List(3)).next().is_none() && rows.pieces(Kept::List(3)).next().is_none());
    }

    #[test]
    fn few_stay_in_memory_and_many_go_to_a_file_that_ends_with_them() {
        let folder = tempfile::tempdir().unwrap();
        let standing = || std::fs::read_dir(folder.path()).unwrap().count();
        check(&spooled(folder.path(), 50), 50);
        assert_eq!(standing(), 0);
        let many = spooled(folder.path(), 20_000);
        assert_eq!(standing(), 1);
        check(&many, 20_000);
        drop(many);
        assert_eq!(standing(), 0);
    }

    #[test]
    fn what_was_stored_comes_back_or_is_known_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.rows");
        let seal = spooled(folder.path(), 40).store(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((seal.size, seal.checksum), (bytes.len() as u64, xxh3_64(&bytes)));
        let record = LedgerFile::new("0.rows".into(), &seal);
        let load = || SpooledRows::load(folder.path(), &record).unwrap();
        check(&load().unwrap(), 40);
        for at in (0..bytes.len()).step_by(97).chain(bytes.len() - 40..bytes.len()) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x20;
            std::fs::write(&path, &damaged).unwrap();
            assert!(load().is_none_or(|rows| !rows.sound().unwrap()), "byte {at}");
        }
        std::fs::write(&path, &bytes[1..]).unwrap();
        assert!(load().is_none());
        std::fs::remove_file(&path).unwrap();
        assert!(load().is_none());
    }
}
