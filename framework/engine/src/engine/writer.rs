//! The writing thread: files of a sequence, verified, moved to the finished ones, then noted in the ledger.

use super::pipeline::{Lane, ToWriter};
use super::Meter;
use crate::plan::FateCodes;
use crate::publish::{sync_folder, write_durably, Entry, LedgerFile};
use crate::read::{check_file, check_unchanged, Fetcher, Prepared};
use crate::store::{write_results, DetectorFiles, Part, SlowUnit};
use crossbeam_channel::Receiver;
use std::sync::Arc;
use std::time::Instant;
use trainyard_format::durable::remove_file;
use trainyard_format::write::{FileReceipt, Seal};
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

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
        let mut names = Vec::new();
        if last {
            let mut earlier = Vec::new();
            for pass in 0..self.pass_number {
                match self.part(pass, sequence)? {
                    Some(part) => earlier.push(part),
                    None => return receipts.iter().try_for_each(|receipt| remove_file(&receipt.path)),
                }
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
        let path = self.work.part(self.pass_number, sequence);
        write_durably(&path, &bytes)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let seal = Seal { size: bytes.len() as u64, checksum: xxh3_64(&bytes), ..Seal::default() };
        let part = LedgerFile::new(name, &seal);
        let pass = self.pass_number;
        self.note(vec![Entry::Sequence { pass, sequence, frames, kept, part, files: names }])
    }

    /// Syncs the files, has them read back by another process and compared with what was meant, and moves them to the
    /// finished ones.
    fn finish_files(&self, receipts: &[FileReceipt]) -> Result<Vec<LedgerFile>> {
        let seals = self.job.pool.read_back(receipts)?;
        let folder = self.work.finished();
        let finish = |(receipt, seal): (&FileReceipt, &Seal)| {
            let name = receipt.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            LedgerFile::new(name, seal).with_notes(&receipt.notes).move_in(&receipt.path, &folder)
        };
        let files = receipts.iter().zip(&seals).map(finish).collect::<Result<Vec<_>>>()?;
        sync_folder(&folder)?;
        Ok(files)
    }

    /// Copies files of slow data: written together, synced together, and noted in one line each by one append.
    pub(super) fn copy_slow(&self, numbers: &[usize]) -> Result<()> {
        let unit = |number: &usize| {
            let unknown = || Error::bug("a ticket for slow data that is not there", Place::default());
            self.slow_units.get(*number).ok_or_else(unknown)
        };
        let units = numbers.iter().map(unit).collect::<Result<Vec<_>>>()?;
        let pool = &self.job.pool;
        let copy = |unit: &&SlowUnit| unit.copy(self.job, &self.writing.join(&unit.name));
        let receipts = pool.in_parallel(&units, copy).into_iter().collect::<Result<Vec<_>>>()?;
        pool.in_parallel(&units, |unit| check_file(self.job, unit.file)).into_iter().collect::<Result<()>>()?;
        self.lease.check()?;
        let files = self.finish_files(&receipts)?;
        Meter::add(&self.meter.bytes_written, files.iter().map(|file| file.size).sum());
        Meter::add(&self.meter.files_done, numbers.len() as u64);
        let entry = |(unit, file): (&usize, LedgerFile)| Entry::Slow { unit: *unit, files: vec![file] };
        self.note(numbers.iter().zip(files).map(entry).collect())
    }
}
