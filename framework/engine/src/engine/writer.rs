//! The writing thread: files of a sequence, verified, moved to the finished ones, then noted in the ledger.

use super::pipeline::{start, Lane, ToWriter};
use super::Meter;
use crate::plan::FateCodes;
use crate::publish::{publish_file, write_durably, Entry, LedgerFile};
use crate::read::{check_file, check_unchanged, Fetcher, Prepared};
use crate::store::{write_results, DetectorFiles, Part};
use crossbeam_channel::Receiver;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::ScopedJoinHandle;
use std::time::Instant;
use trainyard_format::write::{verify, FileReceipt};
use trainyard_format::{Error, Place, Result};

impl Lane<'_> {
    pub(super) fn write(&self, messages: &Receiver<ToWriter>, fetcher: &Fetcher<'_>) -> Result<()> {
        let pass = &self.job.passes[self.pass_number];
        let mut current: Option<(Arc<Prepared>, Option<DetectorFiles<'_>>)> = None;
        for message in messages {
            let started = Instant::now();
            match message {
                ToWriter::Start(prepared) => {
                    let files = match pass.write {
                        Some(_) => {
                            Some(DetectorFiles::create(self.job, self.modules, self.outputs, &prepared, &self.writing)?)
                        }
                        None => None,
                    };
                    current = Some((prepared, files));
                }
                ToWriter::Chunks { kept, chunks, buffers } => {
                    if let Some((_, Some(files))) = &mut current {
                        for (module, train, row) in kept {
                            files.keep(module, train, row);
                        }
                        for (module, stream, chunk) in &chunks {
                            files.write(*module, *stream, chunk)?;
                        }
                    }
                    drop(chunks);
                    fetcher.recycle(buffers);
                }
                ToWriter::Finish(part) => {
                    let (prepared, files) = current
                        .take()
                        .ok_or_else(|| Error::bug("a sequence ends that never began", Place::default()))?;
                    self.finish_sequence(&prepared, files, *part)?;
                    Meter::add(&self.meter.sequences_done, 1);
                }
            }
            Meter::time(&self.meter.write_ns, started.elapsed());
        }
        Ok(())
    }

    fn finish_sequence(&self, prepared: &Prepared, files: Option<DetectorFiles<'_>>, mut part: Part) -> Result<()> {
        let sequence = prepared.sequence;
        let last = self.pass_number + 1 == self.job.passes.len();
        let mut receipts = match files {
            Some(files) => files.finish(self.job.sequence_trains(sequence), &part.achieved)?,
            None => Vec::new(),
        };
        check_unchanged(self.job, self.job.sequence_trains(sequence))?;
        // a rank that Slurm gave up for dead may still be here: what its successor does is not its business any more
        self.lease.check()?;
        let part_path = self.work.part(self.pass_number, sequence);
        let mut names = Vec::new();
        if last {
            let mut earlier = Vec::new();
            for pass in 0..self.pass_number {
                earlier.push(Part::load(&self.work.part(pass, sequence))?);
            }
            let parts: Vec<&Part> = earlier.iter().chain([&part]).collect();
            let path = self.writing.join(self.job.file_name(&self.job.aggregators[0], sequence));
            receipts.push(write_results(self.job, sequence, &parts, &path)?);
            part.bytes_out = receipts.iter().map(|r| r.size).sum();
            Meter::add(&self.meter.bytes_written, part.bytes_out);
            names = self.finish_files(&receipts)?;
        }
        let frames = part.fates.len() as u64;
        let kept = part.fates.iter().filter(|f| **f == FateCodes::KEPT).count() as u64;
        let bytes = part.store()?;
        write_durably(&part_path, &bytes)?;
        let name = part_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let entry = Entry::Sequence {
            pass: self.pass_number,
            sequence,
            frames,
            kept,
            part: LedgerFile::new(name, bytes.len() as u64),
            files: names,
        };
        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).append(entry)
    }

    /// Reads the files back, compares them with what was meant, and moves them to the finished ones.
    fn finish_files(&self, receipts: &[FileReceipt]) -> Result<Vec<LedgerFile>> {
        let next = AtomicUsize::new(0);
        let lane = || -> Vec<(usize, Result<()>)> {
            let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|i| *i < receipts.len());
            std::iter::from_fn(take).map(|i| (i, verify(&receipts[i], &self.job.pool))).collect()
        };
        let mut verified: Vec<(usize, Result<()>)> = std::thread::scope(|scope| {
            let lanes = self.job.pool.workers().min(receipts.len()).min(self.options.threads);
            let threads = (0..lanes).map(|_| start(scope, "read back", lane)).collect::<Result<Vec<_>>>()?;
            let of_thread = |t: ScopedJoinHandle<'_, _>| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p));
            Ok::<_, Error>(threads.into_iter().flat_map(of_thread).collect())
        })?;
        // the first fault in the order of the files, however many threads looked
        verified.sort_by_key(|(i, _)| *i);
        verified.into_iter().try_for_each(|(_, outcome)| outcome)?;
        let finish = |receipt: &FileReceipt| Ok(self.finish_file(&receipt.path)?.with_notes(&receipt.notes));
        receipts.iter().map(finish).collect()
    }

    pub(super) fn finish_file(&self, path: &Path) -> Result<LedgerFile> {
        let name = path.file_name().unwrap_or_default();
        let size = fs::metadata(path).map_err(|e| Error::io("look at", path, &e))?.len();
        publish_file(path, &self.work.finished().join(name))?;
        Ok(LedgerFile::new(name.to_string_lossy().into_owned(), size))
    }

    pub(super) fn copy_slow(&self, number: usize) -> Result<()> {
        let unit = &self.slow_units[number];
        let path = self.writing.join(&unit.name);
        let notes = unit.copy(self.job, &path)?;
        check_file(self.job, unit.file)?;
        let file = self.finish_file(&path)?.with_notes(&notes);
        Meter::add(&self.meter.bytes_written, file.size);
        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).append(Entry::Slow { unit: number, files: vec![file] })
    }
}
