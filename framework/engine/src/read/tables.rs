//! Chunk tables, asked for once per file and dataset, only where chunks will be read.

use super::{Access, ModuleStreams};
use crate::plan::Job;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::thread::ScopedJoinHandle;
use trainyard_format::map::ChunkTable;
use trainyard_format::{Error, Result};

/// Tables kept at a time, counted in chunks (24 bytes each).
const MOST_CHUNKS: usize = 20_000_000;

type Key = (usize, String);

#[derive(Default)]
pub struct Tables {
    known: Mutex<HashMap<Key, Arc<ChunkTable>>>,
}

impl Tables {
    /// Loads what the files in `used` need (`(module, part)` pairs), files in parallel.
    ///
    /// # Errors
    /// A file that cannot be opened or whose chunk index is damaged.
    pub fn load(&self, job: &Job, modules: &[ModuleStreams], used: &[(usize, usize)]) -> Result<()> {
        let mut wanted: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        {
            let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
            if known.values().map(|t| t.chunks.len()).sum::<usize>() > MOST_CHUNKS {
                known.clear();
            }
            for &(module, part) in used {
                for stream in &modules[module].streams {
                    let Some(part) = stream.parts.get(part).and_then(Option::as_ref) else { continue };
                    let missing = !known.contains_key(&(part.file, part.dataset.clone()));
                    if matches!(part.access, Access::Chunks(_)) && missing {
                        wanted.entry(part.file).or_default().push(part.dataset.clone());
                    }
                }
            }
        }
        let wanted: Vec<(usize, Vec<String>)> = wanted.into_iter().collect();
        let next = std::sync::atomic::AtomicUsize::new(0);
        let loaded = std::thread::scope(|scope| {
            let lanes = wanted.len().min(8);
            let (next, wanted) = (&next, &wanted);
            let threads: Vec<_> = (0..lanes)
                .map(|_| {
                    let builder = std::thread::Builder::new().name("chunk tables".into());
                    let spawned = builder.spawn_scoped(scope, move || -> Result<Vec<(Key, ChunkTable)>> {
                        let mut tables = Vec::new();
                        loop {
                            let i = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                            let Some((file, datasets)) = wanted.get(i) else { return Ok(tables) };
                            let found = job.pool.chunks(&job.run.files[*file].path, datasets)?;
                            tables.extend(datasets.iter().zip(found).map(|(d, t)| ((*file, d.clone()), t)));
                        }
                    });
                    spawned.map_err(|e| Error::threads("read chunk tables", &e))
                })
                .collect();
            let join = |t: ScopedJoinHandle<'_, _>| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
            threads.into_iter().map(|t| t.and_then(join)).collect::<Vec<_>>()
        });
        for tables in loaded {
            let mut known = self.known.lock().unwrap_or_else(|e| e.into_inner());
            known.extend(tables?.into_iter().map(|(k, t)| (k, Arc::new(t))));
        }
        Ok(())
    }

    pub fn get(&self, file: usize, dataset: &str) -> Option<Arc<ChunkTable>> {
        self.known.lock().unwrap_or_else(|e| e.into_inner()).get(&(file, dataset.to_string())).cloned()
    }
}
