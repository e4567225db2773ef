//! The commit point: what the plan demands against what stands, then gates, results over the run, manifest, publication.
//!
//! What stands is never what the ledger happens to remember: the list comes from the plan. Each file on it was read back
//! in this start, and must still be the same by name, size, inode and times; one that is not is read once more. What lacks
//! or differs is noted as lost, and made anew in another round.

use super::explain::explain;
use super::gates;
use super::lost::LostModules;
use super::round::Decisions;
use super::standing::Standing;
use super::start::Start;
use crate::algorithm::{Partial, RunValues};
use crate::plan::{BadInput, DroppedModule, FateCodes, Job, Writer};
use crate::publish::{close, publish, write_durably, Entry, LedgerFile, MANIFEST};
use crate::store::{manifest, seal, warnings, write_run_fates, write_run_results, Manifest, Part, RunMaps};
use std::collections::{BTreeMap, BTreeSet};
use trainyard_format::durable::remove_file;
use trainyard_format::validate::Mapped;
use trainyard_format::words::counted;
use trainyard_format::write::{verify, Expected, Seal};
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

pub enum Commit {
    Published(Box<Manifest>),
    /// names of files that lack
    Lacking(Vec<String>),
}

/// # Errors
/// Gates that refuse; I/O errors.
pub fn publish_run(start: &Start<'_>, decisions: &Decisions) -> Result<Commit> {
    let (job, work) = (start.job, start.work);
    work.check()?;
    let mut standing = start.standing()?;
    let lacking = compare(start, &mut standing)?;
    if !lacking.is_empty() {
        return Ok(Commit::Lacking(lacking));
    }
    let Some(stored) = standing.stored(job, job.passes.len()) else { return Ok(Commit::Lacking(Vec::new())) };
    let mut parts = Vec::with_capacity(job.passes.len());
    for (pass, stored) in stored.iter().enumerate() {
        match start.load(pass, stored)? {
            Some(loaded) => parts.push(loaded),
            None => return Ok(Commit::Lacking(Vec::new())),
        }
    }
    check_error_budget(job, &parts)?;
    if let Some(written) = job.writing_pass().and_then(|pass| parts.get_mut(pass)) {
        gates::measure_one(job, written, &decisions.dropped)?;
        gates::check(job, written)?;
    }
    let Some(folded) = start.folded(&stored)? else { return Ok(Commit::Lacking(Vec::new())) };
    let mut told = Vec::new();
    let Some(maps) = start.run_maps(&stored)? else { return Ok(Commit::Lacking(Vec::new())) };
    let results = run_results((start, &decisions.dropped), &parts, folded, (&decisions.values, &maps), &mut told)?;
    drop(maps);
    let Some(results) = results else { return Ok(Commit::Lacking(Vec::new())) };
    told.extend(decisions.dropped.iter().map(|dropped| {
        let number = job.detector.modules[dropped.position].number;
        (dropped.step, format!("module {number} is dropped: {}", dropped.reason))
    }));
    start.note(vec![Entry::Results { files: results.clone() }])?;
    let mut files: BTreeMap<String, LedgerFile> = standing.files().map(|f| (f.name.clone(), f.clone())).collect();
    files.extend(results.into_iter().map(|file| (file.name.clone(), file)));
    remove_others(start, &files)?;
    let findings = match explain(job, work, &copies(start, &standing)) {
        Ok(findings) => findings,
        Err(error) => {
            // of a file that vanished meanwhile nothing can be explained
            let lacking = compare(start, &mut standing)?;
            return if lacking.is_empty() { Err(error) } else { Ok(Commit::Lacking(lacking)) };
        }
    };
    let manifest = manifest(job, &parts, &files, findings, warnings(job, &parts, &told));
    let text = serde_json::to_string_pretty(&manifest).and_then(|text| seal(&text));
    let text = text.map_err(|e| Error::bug(e.to_string(), Place::default()))?;
    let mark = write_manifest(start, text.as_bytes())?;
    let lacking = compare(start, &mut standing)?;
    if !lacking.is_empty() {
        return Ok(Commit::Lacking(lacking));
    }
    start.lease.check()?;
    work.check()?;
    // with the stamps of the last look
    files.extend(standing.files().map(|f| (f.name.clone(), f.clone())));
    let list: Vec<LedgerFile> = files.into_values().collect();
    let identity = job.identity.to_string();
    if !publish(work, &identity, start.lease.epoch(), &list, &mark)? {
        let mut lacking = compare(start, &mut standing)?;
        lacking.push(MANIFEST.into());
        return Ok(Commit::Lacking(lacking));
    }
    manifest.notes.iter().for_each(|note| tracing::warn!("{note}"));
    start.note(vec![Entry::Published { identity, manifest: mark }])?;
    close(work)?;
    work.remove_scratch();
    Ok(Commit::Published(Box::new(manifest)))
}

/// Names of what the plan demands and does not stand as it was read back. Their units are noted as lost.
fn compare(start: &Start<'_>, standing: &mut Standing) -> Result<Vec<String>> {
    let (job, work) = (start.job, start.work);
    let folder = work.finished();
    let mut lacking = Vec::new();
    let all = |pass| (0..job.sequences.len()).map(move |sequence| (pass, sequence));
    let units = (0..job.passes.len()).flat_map(all);
    lacking.extend(units.filter(|unit| !standing.sequences.contains_key(unit)).map(|(p, s)| work.part_name(p, s)));
    let slow = start.slow.iter().enumerate();
    lacking.extend(slow.filter(|(unit, _)| !standing.slow.contains_key(unit)).map(|(_, slow)| slow.name.clone()));
    let mut lost = Vec::new();
    let mut again = |files: &mut [LedgerFile]| -> Result<bool> {
        let before = lacking.len();
        for file in files {
            if file.untouched(&folder)? {
                continue;
            }
            match job.pool.standing(&[file.expected(&folder)])?.first() {
                Some(Some(stamp)) => file.stamp = *stamp,
                _ => {
                    tracing::warn!("{}: gone or not as it was finished: made anew", folder.join(&file.name).display());
                    lacking.push(file.name.clone());
                }
            }
        }
        Ok(lacking.len() > before)
    };
    for (&(pass, sequence), done) in &mut standing.sequences {
        if again(&mut done.files)? {
            lost.push(Entry::LostSequence { pass, sequence });
        }
    }
    for (&unit, files) in &mut standing.slow {
        if again(files)? {
            lost.push(Entry::LostSlow { unit });
        }
    }
    start.note(lost)?;
    Ok(lacking)
}

/// Results over the run, written, read back by another process, and put to the finished files. None: stored maps are lost,
/// which is noted.
fn run_results(
    (start, dropped): (&Start<'_>, &[DroppedModule]),
    parts: &[Vec<Part>],
    folded: Vec<(usize, Partial)>,
    (tables, maps): (&[(usize, RunValues)], &RunMaps<'_>),
    told: &mut Vec<(usize, String)>,
) -> Result<Option<Vec<LedgerFile>>> {
    let (job, folder) = (start.job, start.work.finished());
    let name = job.file_name(&job.aggregators[1], 0);
    let (mut folded, mut files) = (Some(folded), Vec::new());
    for (number, writer) in std::iter::once((0, &Writer::of_run())).chain(job.inner_writers()) {
        let name = writer.path(&name);
        let path = start.writing.join(&name);
        remove_file(&path)?;
        let receipt = match folded.take() {
            Some(folded) => match write_run_results((job, dropped), parts, folded, (tables, maps), &path, told)? {
                Ok(receipt) => receipt,
                Err(lost) => return start.lose_maps(lost).map(|()| None),
            },
            None => write_run_fates((job, number), parts, dropped, &path)?,
        };
        let seal = verify(&receipt, &job.pool)?;
        start.work.check()?;
        files.push(LedgerFile::new(name, &seal).with_words_of(&receipt).move_in(&path, &folder)?);
    }
    start.work.sync(&folder)?;
    Ok(Some(files))
}

/// The manifest, read back by another process, among the finished files.
fn write_manifest(start: &Start<'_>, bytes: &[u8]) -> Result<LedgerFile> {
    let path = start.writing.join(MANIFEST);
    write_durably(&path, bytes)?;
    let (size, checksum) = (bytes.len() as u64, xxh3_64(bytes));
    let expected = Expected { path: path.clone(), size, checksum };
    let Some(Some(stamp)) = start.job.pool.standing(&[expected])?.first().copied() else {
        return Err(Error::resource("read back something else than was written", Place::file(&path))
            .with_hint("the storage is at fault; run again"));
    };
    let folder = start.work.finished();
    let file = LedgerFile::new(MANIFEST.into(), &Seal { size, checksum, stamp }).move_in(&path, &folder)?;
    start.work.sync(&folder)?;
    Ok(file)
}

/// Finished files that are files of the input, byte for byte: what is in them is known.
fn copies(start: &Start<'_>, standing: &Standing) -> Mapped {
    let mut copies = Mapped::new();
    for (unit, files) in &standing.slow {
        let Some(input) = start.slow.get(*unit).and_then(|slow| start.job.run.files.get(slow.file)) else { continue };
        let copied = files.iter().filter(|file| file.copied && file.size == input.stamp.size);
        copies.extend(copied.map(|file| (start.work.finished().join(&file.name), input.clone())));
    }
    copies
}

/// Nothing is validated or published that is not on the list.
fn remove_others(start: &Start<'_>, files: &BTreeMap<String, LedgerFile>) -> Result<()> {
    let finished = start.work.finished();
    let inner: Vec<_> = start.work.inner.iter().map(|name| finished.join(name)).collect();
    for folder in std::iter::once(&finished).chain(&inner) {
        let io = |e: &std::io::Error| Error::io("read the folder", folder, e);
        for entry in std::fs::read_dir(folder).map_err(|e| io(&e))? {
            let path = entry.map_err(|e| io(&e))?.path();
            let name = path.strip_prefix(&finished).ok().and_then(|name| name.to_str());
            let known = inner.contains(&path) || name.is_some_and(|name| files.contains_key(name));
            if !known {
                start.work.check()?;
                tracing::warn!("{}: not of this plan: removed", path.display());
                crate::publish::remove(&path)?;
            }
        }
    }
    Ok(())
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
        let what =
            format!("lost to damage: {lost} of {}, more than the {} % allowed", counted(all, "frame"), share * 100.0);
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
