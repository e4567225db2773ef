//! Maps of one pass over one sequence at rest: statistics of every pixel, tile by tile, read one tile at a time when the run is
//! merged.
//!
//! ```text
//! tiles | list of tiles (postcard) | its length u64 | its xxh3-64 u64
//! ```

use crate::compute::StoredTile;
use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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

/// Tiles on their way to their file, each written as soon as no frame comes to it any more.
pub struct MapsSpool {
    path: PathBuf,
    /// opened with the first tile
    file: Option<File>,
    tiles: Vec<Tile>,
    size: u64,
    hash: Xxh3,
}

impl MapsSpool {
    pub fn new(path: PathBuf) -> Self {
        MapsSpool { path, file: None, tiles: Vec::new(), size: 0, hash: Xxh3::new() }
    }

    /// # Errors
    /// I/O errors.
    pub fn push(&mut self, (step, group, module, bytes): StoredTile) -> Result<()> {
        let tile =
            Tile { step, group, module, offset: self.size, length: bytes.len() as u64, checksum: xxh3_64(&bytes) };
        self.put(&bytes)?;
        self.tiles.push(tile);
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        let io = |e: &std::io::Error| Error::io("write", &self.path, e);
        if self.file.is_none() {
            make_way(&self.path)?;
            let file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(|e| io(&e))?;
            self.file = Some(file);
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes).map_err(|e| io(&e))?;
        }
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Adds the list of tiles and moves the file to `path`, durably.
    ///
    /// # Errors
    /// I/O errors.
    pub fn store(mut self, path: &Path) -> Result<Seal> {
        let list = postcard::to_stdvec(&self.tiles).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        self.put(&list)?;
        self.put(&(list.len() as u64).to_le_bytes())?;
        self.put(&xxh3_64(&list).to_le_bytes())?;
        let synced = self.file.as_ref().map_or(Ok(()), File::sync_all);
        synced.map_err(|e| Error::io("sync", &self.path, &e))?;
        replace(&self.path, path).map_err(|e| Error::io("rename", &self.path, &e))?;
        Ok(Seal { size: self.size, checksum: self.hash.digest(), ..Seal::default() })
    }
}

/// Tiles at rest.
#[derive(Debug)]
pub struct MapsFile {
    path: PathBuf,
    file: File,
    tiles: BTreeMap<(usize, u64, usize), Tile>,
}

impl MapsFile {
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
        let tiles = tiles.into_iter().map(|tile| ((tile.step, tile.group, tile.module), tile)).collect();
        Ok(Some(MapsFile { path, file, tiles }))
    }

    /// Groups of a step, ascending.
    pub fn groups(&self, step: usize) -> BTreeSet<u64> {
        self.tiles.range((step, 0, 0)..(step + 1, 0, 0)).map(|((_, group, _), _)| *group).collect()
    }

    /// The bytes of a tile; outer `None`: it is not as it was. Inner: there is none.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn tile(&self, step: usize, group: u64, module: usize) -> Result<Option<Option<Vec<u8>>>> {
        let Some(tile) = self.tiles.get(&(step, group, module)) else { return Ok(Some(None)) };
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
        let mut spool = MapsSpool::new(folder.path().join("spool"));
        tiles.iter().try_for_each(|tile| spool.push(tile.clone())).unwrap();
        let seal = spool.store(&path).unwrap();
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
