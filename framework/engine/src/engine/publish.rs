//! The end of a run: parts merged, gates passed, files published.

use super::explain::explain;
use super::gates;
use super::lost::LostModules;
use crate::algorithm::RunValues;
use crate::plan::{BadInput, FateCodes, Job};
use crate::publish::{publish, write_durably, Entry, Lease, Ledger, LedgerFile, WorkFolder};
use crate::store::{manifest, warnings, write_run_results, Manifest, Part, SlowUnit};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trainyard_format::write::verify;
use trainyard_format::{Error, Place, Result};

pub fn publish_run(
    job: &Job,
    work: &WorkFolder,
    lease: &Lease,
    ledger: &mut Ledger,
    writing: &Path,
    slow: &[SlowUnit],
    table_values: &[(usize, RunValues)],
) -> Result<Manifest> {
    let mut parts = Vec::with_capacity(job.passes.len());
    for pass in 0..job.passes.len() {
        let sequences = 0..job.sequences.len();
        parts.push(sequences.map(|s| Part::load(&work.part(pass, s))).collect::<Result<Vec<_>>>()?);
    }
    check_error_budget(job, &parts)?;
    if let Some(last) = parts.last_mut() {
        gates::measure_one(job, last)?;
        gates::check(job, last)?;
    }
    let path = writing.join(job.file_name(&job.aggregators[1], 0));
    let mut told = Vec::new();
    let receipt = write_run_results(job, &parts, table_values, &path, &mut told)?;
    verify(&receipt, &job.pool)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    crate::publish::publish_file(&path, &work.finished().join(&name))?;
    let mut files = finished_files(work, slow)?;
    files.insert(name.clone(), LedgerFile::new(name, receipt.size).with_notes(&receipt.notes));
    let manifest = manifest(job, &parts, &files, explain(job, work)?, warnings(job, &parts, &told));
    manifest.notes.iter().for_each(|note| tracing::warn!("{note}"));
    let text = serde_json::to_string_pretty(&manifest).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
    write_durably(&work.finished().join("reduction.json"), format!("{text}\n").as_bytes())?;
    lease.check()?;
    let names: Vec<String> = files.keys().cloned().collect();
    publish(work, ledger, &job.identity.to_string(), &names)?;
    work.remove_scratch();
    Ok(manifest)
}

/// Files of the last pass and of slow data, as the ledger has them.
fn finished_files(work: &WorkFolder, slow: &[SlowUnit]) -> Result<BTreeMap<String, LedgerFile>> {
    let mut names = BTreeMap::new();
    let mut add = |files: Vec<LedgerFile>| names.extend(files.into_iter().map(|f| (f.name.clone(), f)));
    for entry in Ledger::read(&work.ledger())? {
        match entry {
            Entry::Sequence { files, .. } => add(files),
            Entry::Slow { unit, files } if unit < slow.len() => add(files),
            _ => {}
        }
    }
    names.retain(|name, file| std::fs::metadata(work.finished().join(name)).is_ok_and(|m| m.len() == file.size));
    Ok(names)
}

/// Lost frames against what the workflow allows, now that all are known.
fn check_error_budget(job: &Job, parts: &[Vec<Part>]) -> Result<()> {
    let BadInput::SkipUpTo(share) = job.bad_input else {
        // an earlier start may have been allowed to leave damage out
        return match parts.iter().flatten().flat_map(|p| &p.skipped).next() {
            Some(first) => {
                Err(first.clone().with_hint("allow it with `on-bad-input: {skip-up-to: ...}`, or mend the input"))
            }
            None => Ok(()),
        };
    };
    let last = || parts.last().into_iter().flatten();
    let all = last().map(|p| p.fates.len()).sum::<usize>();
    let missing = LostModules::of(job);
    let lost: usize = last().enumerate().map(|(sequence, part)| damaged_frames(job, sequence, part, &missing)).sum();
    if lost as f64 > share * all as f64 {
        let first = job.run.skipped.iter().chain(parts.iter().flatten().flat_map(|p| &p.skipped)).next();
        let place = first.map_or_else(Place::default, |e| e.place().clone());
        let what = format!("{lost} of {all} frames are lost to damage, more than the {} % allowed", share * 100.0);
        return Err(Error::input(what, place).with_hint("raise `on-bad-input: {skip-up-to: ...}`, or mend the input"));
    }
    Ok(())
}

/// Unreadable frames, those that are incomplete because of damage to their train's index or ids, and those that lack a
/// module because its file was skipped. Modules that simply disagree are no damage.
fn damaged_frames(job: &Job, sequence: usize, part: &Part, missing: &LostModules) -> usize {
    let damaged: BTreeSet<u64> = part.skipped.iter().filter_map(|e| e.place().train).collect();
    let trains = job.sequence_trains(sequence).iter().enumerate();
    trains
        .map(|(t, id)| {
            let fates = &part.fates[part.starts[t]..part.starts[t + 1]];
            if missing.of_train(job, *id) {
                return fates.len();
            }
            let lost = |f: &&u8| **f == FateCodes::UNREADABLE || (**f == FateCodes::INCOMPLETE && damaged.contains(id));
            fates.iter().filter(lost).count()
        })
        .sum()
}
