//! The writing thread: files of a sequence, verified, moved to the finished ones, then noted in the ledger.

use super::pipeline::{Lane, Leaving, ToWriter};
use super::Meter;
use crate::plan::FateCodes;
use crate::publish::{write_durably, Entry, LedgerFile, Stored};
use crate::read::{check_files, check_unchanged, Fetcher, Prepared};
use crate::store::{write_fates, write_results, DetectorFiles, SlowUnit};
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
        let mut current: Option<(Arc<Prepared>, Vec<DetectorFiles<'_>>)> = None;
        for message in messages {
            let started = Instant::now();
            match message {
                ToWriter::Start(prepared) => {
                    let files = |(writer, outputs)| {
                        DetectorFiles::create((self.job, writer), self.modules, outputs, &prepared, &self.writing)
                    };
                    let writers = self.outputs.iter().enumerate().take(pass.writes.len());
                    let files = writers.map(files).collect::<Result<_>>()?;
                    current = Some((prepared, files));
                }
                ToWriter::Chunks { kept, chunks, buffers } => {
                    if let Some((_, files)) = &mut current {
                        for (writer, module, train, row) in kept {
                            files[writer].keep(module, train, row);
                        }
                        for ([writer, module, stream], chunk) in &chunks {
                            files[*writer].write(*module, *stream, chunk)?;
                        }
                    }
                    drop(chunks);
                    fetcher.recycle(buffers);
                }
                ToWriter::Finish(leaving) => {
                    let (prepared, files) = current
                        .take()
                        .ok_or_else(|| Error::bug("a sequence ends that never began", Place::default()))?;
                    self.finish_sequence(&prepared, files, *leaving)?;
                    Meter::add(&self.meter.sequences_done, 1);
                }
            }
            Meter::time(&self.meter.write_ns, started.elapsed());
        }
        Ok(())
    }

    fn finish_sequence(&self, prepared: &Prepared, files: Vec<DetectorFiles<'_>>, leaving: Leaving) -> Result<()> {
        let Leaving { part, rows, folds, maps } = leaving;
        let (pass, sequence) = (self.pass_number, prepared.sequence);
        let mut receipts = Vec::new();
        for (files, achieved) in files.into_iter().zip(&part.achieved) {
            receipts.extend(files.finish(self.job.sequence_trains(sequence), achieved)?);
        }
        check_unchanged(self.job, self.job.sequence_trains(sequence))?;
        // a rank that Slurm gave up for dead may still be here: what its successor does is not its business any more
        self.lease.check()?;
        self.work.check()?;
        let mut stored = Stored::default();
        if self.job.stores_rows(pass) {
            let name = self.work.rows_name(pass, sequence);
            let seal = rows.store(&self.work.parts().join(&name))?;
            stored.rows = Some(LedgerFile::new(name, &seal));
        } else {
            let mut all = Vec::new();
            for earlier in 0..pass {
                match self.rows(earlier, sequence)? {
                    Some(rows) => all.push(rows),
                    None => return receipts.iter().try_for_each(|receipt| remove_file(&receipt.path)),
                }
            }
            all.push(rows);
            let path = self.writing.join(self.job.file_name(&self.job.aggregators[0], sequence));
            receipts.push(write_results(self.job, sequence, &part, &all, &path)?);
            for (number, writer) in self.job.inner_writers() {
                let name = writer.path(&self.job.file_name(&self.job.aggregators[0], sequence));
                receipts.push(write_fates(self.job, (sequence, number), &part, &self.writing.join(name))?);
            }
        }
        Meter::add(&self.meter.bytes_written, receipts.iter().map(|r| r.size).sum());
        let files = if receipts.is_empty() { Vec::new() } else { self.finish_files(&receipts)? };
        if self.job.folds(pass) {
            stored.folds = Some(self.store(self.work.folds_name(pass, sequence), &folds.store()?)?);
        }
        if self.job.maps(pass) {
            let name = self.work.maps_name(pass, sequence);
            let seal = maps.store(&self.work.parts().join(&name))?;
            stored.maps = Some(LedgerFile::new(name, &seal));
        }
        stored.part = self.store(self.work.part_name(pass, sequence), &part.store()?)?;
        let frames = part.fates.len() as u64;
        let kept = part.fates.iter().filter(|f| **f == FateCodes::KEPT).count() as u64;
        self.note(vec![Entry::Sequence { pass, sequence, frames, kept, stored: Box::new(stored), files }])
    }

    /// Something small for later passes and the end of the run.
    fn store(&self, name: String, bytes: &[u8]) -> Result<LedgerFile> {
        write_durably(&self.work.parts().join(&name), bytes)?;
        let seal = Seal { size: bytes.len() as u64, checksum: xxh3_64(bytes), ..Seal::default() };
        Ok(LedgerFile::new(name, &seal))
    }

    /// Syncs the files, has them read back by another process and compared with what was meant, and moves them to the
    /// finished ones.
    fn finish_files(&self, receipts: &[FileReceipt]) -> Result<Vec<LedgerFile>> {
        let seals = self.job.pool.read_back(receipts)?;
        let folder = self.work.finished();
        self.work.check()?;
        let finish = |(receipt, seal): (&FileReceipt, &Seal)| {
            // with the run folder inside the output
            let name = receipt.path.strip_prefix(&self.writing).unwrap_or(&receipt.path).to_string_lossy().into_owned();
            LedgerFile::new(name, seal).with_words_of(receipt).move_in(&receipt.path, &folder)
        };
        let files = receipts.iter().zip(&seals).map(finish).collect::<Result<Vec<_>>>()?;
        self.work.sync(&folder)?;
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
        check_files(self.job, &units.iter().map(|unit| unit.file).collect::<Vec<_>>())?;
        self.lease.check()?;
        let files = self.finish_files(&receipts)?;
        Meter::add(&self.meter.bytes_written, files.iter().map(|file| file.size).sum());
        Meter::add(&self.meter.files_done, numbers.len() as u64);
        let entry = |(unit, file): (&usize, LedgerFile)| Entry::Slow { unit: *unit, files: vec![file] };
        self.note(numbers.iter().zip(files).map(entry).collect())
    }
}
