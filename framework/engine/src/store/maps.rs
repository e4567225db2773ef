//! Maps of one pass over one sequence at rest: statistics of every pixel, tile by tile, read one tile at a time when the run is
//! merged.
//!
//! ```text
//! tiles | list of tiles (postcard) | its length u64 | its xxh3-64 u64
//! ```

use crate::compute::StoredTile;
use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use trainyard_format::durable::{make_way, open_own, replace};
use trainyard_format::write::Seal;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

/// Longest list of tiles that is read back.
const LONGEST_LIST: u64 = 1 << 30;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Tile {
    step: usize,
    group: u64,
    module: usize,
    offset: u64,
    length: u64,
    checksum: u64,
}

#[derive(Debug)]
pub struct MapsFile {
    path: PathBuf,
    file: File,
    tiles: Vec<Tile>,
}

impl MapsFile {
    /// Writes tiles as they come, durably.
    ///
    /// # Errors
    /// I/O errors; a tile that is an error.
    pub fn store(path: &Path, tiles: impl Iterator<Item = Result<StoredTile>>) -> Result<Seal> {
        let new = path.with_extension("maps.new");
        make_way(&new)?;
        let io = |e: &std::io::Error| Error::io("write", &new, e);
        let mut file = OpenOptions::new().write(true).create_new(true).open(&new).map_err(|e| io(&e))?;
        let (mut hash, mut size, mut list) = (Xxh3::new(), 0u64, Vec::new());
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            size += bytes.len() as u64;
            file.write_all(bytes).map_err(|e| io(&e)).map(|()| size - bytes.len() as u64)
        };
        for tile in tiles {
            let (step, group, module, bytes) = tile?;
            let offset = put(&bytes)?;
            list.push(Tile { step, group, module, offset, length: bytes.len() as u64, checksum: xxh3_64(&bytes) });
        }
        let list = postcard::to_stdvec(&list).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        put(&list)?;
        put(&(list.len() as u64).to_le_bytes())?;
        put(&xxh3_64(&list).to_le_bytes())?;
        let checksum = hash.digest();
        file.sync_all().map_err(|e| io(&e))?;
        replace(&new, path).map_err(|e| Error::io("rename", &new, &e))?;
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
        let tiles = (xxh3_64(&list) == checksum).then(|| postcard::from_bytes::<Vec<Tile>>(&list).ok()).flatten();
        let inside = |t: &Tile| t.offset.checked_add(t.length).is_some_and(|e| e <= end);
        let Some(tiles) = tiles.filter(|tiles| tiles.iter().all(inside)) else { return Ok(None) };
        Ok(Some(MapsFile { path, file, tiles }))
    }

    /// Groups of a step, ascending.
    pub fn groups(&self, step: usize) -> BTreeSet<u64> {
        self.tiles.iter().filter(|t| t.step == step).map(|t| t.group).collect()
    }

    /// The bytes of a tile; outer `None`: it is not as it was. Inner: there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn tile(&self, step: usize, group: u64, module: usize) -> Result<Option<Option<Vec<u8>>>> {
        let found = self.tiles.iter().find(|t| (t.step, t.group, t.module) == (step, group, module));
        let Some(tile) = found else { return Ok(Some(None)) };
        let mut bytes = vec![0; usize::try_from(tile.length).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, tile.offset).map_err(|e| Error::io("read", &self.path, &e))?;
        Ok((xxh3_64(&bytes) == tile.checksum).then_some(Some(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_come_back_or_are_known_to_be_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.maps");
        let tile = |step, group, module| (step, group, module, vec![(step + module) as u8; 50]);
        let tiles = [tile(2, 0, 0), tile(2, 0, 1), tile(3, 7, 0)];
        let seal = MapsFile::store(&path, tiles.clone().into_iter().map(Ok)).unwrap();
        let record = LedgerFile::new("0.maps".into(), &seal);
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((seal.size, seal.checksum), (bytes.len() as u64, xxh3_64(&bytes)));
        let load = || MapsFile::load(folder.path(), &record).unwrap();
        let maps = load().unwrap();
        assert_eq!((maps.groups(2), maps.groups(3)), (BTreeSet::from([0]), BTreeSet::from([7])));
        for (step, group, module, bytes) in &tiles {
            assert_eq!(maps.tile(*step, *group, *module).unwrap(), Some(Some(bytes.clone())));
        }
        assert_eq!(maps.tile(2, 7, 0).unwrap(), Some(None));
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 8;
            std::fs::write(&path, &damaged).unwrap();
            let whole =
                load().is_some_and(|maps| tiles.iter().all(|(s, g, m, _)| maps.tile(*s, *g, *m).unwrap().is_some()));
            assert!(!whole, "byte {at}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(load().is_none());
    }
}
