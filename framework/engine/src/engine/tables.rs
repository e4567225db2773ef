//! Decisions at a barrier: columns and folds of the whole run in, columns, results and dropped modules out. Rank 0 makes them,
//! once; the others read the share of each sequence that they work on.

use crate::algorithm::{Columns, Decision, RunValues, RunView, StepKind};
use crate::compute::told_by;
use crate::plan::{DroppedModule, FateCodes, Job, PlannedStep};
use crate::publish::LedgerFile;
use crate::read::TableShare;
use crate::store::Part;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::Path;
use trainyard_format::durable::{open_own, remove_file};
use trainyard_format::write::Seal;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

/// What the decisions behind one pass made, for the whole run.
pub struct RunTables {
    shares: Vec<TableShare>,
    /// run-level results by step
    pub values: Vec<(usize, RunValues)>,
    /// each once, with those that earlier decisions dropped
    pub dropped: Vec<DroppedModule>,
}

impl RunTables {
    /// Runs the decisions behind `pass` on its parts, on the finished folds that they read, and on what was dropped before.
    ///
    /// # Errors
    /// What the steps report.
    pub fn compute(
        job: &Job,
        parts: &[Part],
        pass: usize,
        folds: &[(usize, RunValues)],
        dropped: &[DroppedModule],
    ) -> Result<Self> {
        let mut offsets = vec![0];
        let mut starts = Vec::new();
        let (mut pulse_id, mut cell_id, mut alive) = (Vec::new(), Vec::new(), Vec::new());
        let mut columns = Columns { values: vec![Vec::new(); job.columns.len()] };
        for part in parts {
            let offset = pulse_id.len();
            starts.extend(part.starts[..part.starts.len().saturating_sub(1)].iter().map(|s| s + offset));
            pulse_id.extend_from_slice(&part.pulse_id);
            cell_id.extend_from_slice(&part.cell_id);
            alive.extend(part.fates.iter().map(|f| *f == FateCodes::KEPT));
            for (whole, column) in columns.values.iter_mut().zip(&part.columns) {
                whole.extend_from_slice(column);
            }
            offsets.push(pulse_id.len());
        }
        let frames = pulse_id.len();
        starts.push(frames);
        let shares = vec![TableShare::default(); parts.len()];
        let mut tables = RunTables { shares, values: Vec::new(), dropped: dropped.to_vec() };
        for &position in &job.passes[pass].tables {
            let planned = &job.steps[position];
            let StepKind::Decide(step) = &planned.step.kind else { continue };
            let mut decision = Decision::new(&planned.step, frames, job.trains.len());
            {
                let view = RunView {
                    trains: &job.trains,
                    starts: &starts,
                    pulse_id: &pulse_id,
                    cell_id: &cell_id,
                    alive: &alive,
                    columns: &columns,
                    folds,
                };
                step.decide(&view, &mut decision).map_err(|e| told_by(planned, None, e))?;
            }
            let decided = decision.end().map_err(|e| told_by(planned, None, e))?;
            let (made, rows) = (decided.columns, decided.rows);
            for (module, reason) in decided.modules {
                tables.drop_module(job, (position, planned), module, reason)?;
            }
            for (sequence, share) in tables.shares.iter_mut().enumerate() {
                let frames = offsets[sequence]..offsets[sequence + 1];
                let of = made.iter().enumerate();
                share.columns.extend(of.map(|(i, c)| (planned.first_column + i, c[frames.clone()].to_vec())));
                let axis =
                    if planned.step.rows.by_train().is_empty() { frames } else { job.sequences[sequence].clone() };
                share.rows.extend(rows.of(axis.clone()).map(|(of, row)| (position, of - axis.start, row.to_vec())));
            }
            for (i, column) in made.into_iter().enumerate() {
                columns.values[planned.first_column + i] = column;
            }
            tables.values.push((position, decided.values));
        }
        Ok(tables)
    }

    fn drop_module(
        &mut self,
        job: &Job,
        (step, planned): (usize, &PlannedStep),
        position: usize,
        reason: String,
    ) -> Result<()> {
        let told = |error| told_by(planned, None, error);
        if position >= job.detector.modules.len() || !planned.step.drops_modules {
            return Err(told(Error::bug(
                "a module is dropped that there is not, or by a step that drops none",
                Place::default(),
            )));
        }
        if self.dropped.iter().all(|dropped| dropped.position != position) {
            self.dropped.push(DroppedModule { position, step, reason });
        }
        if self.dropped.len() == job.detector.modules.len() {
            let what = format!(
                "every module is dropped, the last one for this reason: {}",
                self.dropped[self.dropped.len() - 1].reason
            );
            return Err(told(
                Error::input(what, Place::default().source(&job.detector.name))
                    .with_hint("nothing would be left: look at `mask` and at the parameters of the step"),
            ));
        }
        Ok(())
    }

    /// ```text
    /// shares (postcard) | (offset, length, xxh3-64) of each | xxh3-64 of that list
    /// ```
    ///
    /// # Errors
    /// I/O errors.
    pub fn store(&self, path: &Path) -> Result<LedgerFile> {
        remove_file(path)?;
        let io = |e: &std::io::Error| Error::io("write", path, e);
        let mut file = File::create_new(path).map_err(|e| io(&e))?;
        let (mut hash, mut size, mut list) = (Xxh3::new(), 0u64, Vec::new());
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            size += bytes.len() as u64;
            file.write_all(bytes).map_err(|e| io(&e)).map(|()| size - bytes.len() as u64)
        };
        for share in &self.shares {
            let bytes = postcard::to_stdvec(share).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
            for number in [put(&bytes)?, bytes.len() as u64, xxh3_64(&bytes)] {
                list.extend_from_slice(&number.to_le_bytes());
            }
        }
        put(&list)?;
        put(&xxh3_64(&list).to_le_bytes())?;
        let checksum = hash.digest();
        // read by other nodes
        file.sync_all().map_err(|e| io(&e))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(LedgerFile::new(name, &Seal { size, checksum, ..Seal::default() }))
    }

    /// The share of one sequence out of the file that rank 0 stored. None: it is not as it was.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn share(folder: &Path, record: &LedgerFile, sequences: usize, sequence: usize) -> Result<Option<TableShare>> {
        const ENTRY: usize = 24;
        let path = folder.join(&record.name);
        let Some(file) = open_own(&path)? else { return Ok(None) };
        let io = |e: &std::io::Error| Error::io("read", &path, e);
        let length = file.metadata().map_err(|e| io(&e))?.len();
        let list_at = length.checked_sub((sequences * ENTRY) as u64 + 8).filter(|_| length == record.size);
        let Some(list_at) = list_at else { return Ok(None) };
        let mut list = vec![0; sequences * ENTRY + 8];
        file.read_exact_at(&mut list, list_at).map_err(|e| io(&e))?;
        let (list, sum) = list.split_at(sequences * ENTRY);
        let number = |bytes: &[u8], at: usize| u64::from_le_bytes(std::array::from_fn(|i| bytes[at + i]));
        if xxh3_64(list) != number(sum, 0) {
            return Ok(None);
        }
        let entry = &list[sequence * ENTRY..(sequence + 1) * ENTRY];
        let (offset, length) = (number(entry, 0), number(entry, 8));
        if offset.checked_add(length).is_none_or(|end| end > list_at) {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
        file.read_exact_at(&mut bytes, offset).map_err(|e| io(&e))?;
        Ok((xxh3_64(&bytes) == number(entry, 16)).then(|| postcard::from_bytes(&bytes).ok()).flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_reads_its_share_or_sees_that_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let share =
            |n: usize| TableShare { columns: vec![(4, vec![n as f64; 3])], rows: vec![(7, n, vec![n as u8; 5])] };
        let tables = RunTables { shares: (0..3).map(share).collect(), values: Vec::new(), dropped: Vec::new() };
        let path = folder.path().join("0.tables");
        let record = tables.store(&path).unwrap();
        let read = |sequence| RunTables::share(folder.path(), &record, 3, sequence).unwrap();
        for n in 0..3 {
            assert_eq!(read(n).unwrap(), share(n));
        }
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let found: Vec<bool> = (0..3).map(|n| read(n).is_none_or(|found| found == share(n))).collect();
            assert_eq!(found, [true; 3], "byte {at}");
        }
        std::fs::remove_file(&path).unwrap();
        assert!(read(0).is_none());
    }
}
