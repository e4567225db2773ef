//! The whole proof, sequence by sequence.

use super::claim::{Claim, File};
use super::fates::{not_the_last, FateTable};
use super::frames::BothFrames;
use super::module::{BothModules, PixelRule};
use super::proof::{Counts, Proof};
use super::reach::Open;
use super::results::Results;
use super::run_values;
use super::side::Side;
use super::sources::BothRuns;
use super::tally::{Check, Found, Tally};
use super::whole_files::equal_files;
use super::{about, attributes, index, legacy};
use crate::plan::{index_checksum, FateCodes};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use trainyard_format::detector::{Detector, DetectorKind};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{OpenPolicy, Run};
use trainyard_format::{Error, Place, Result};

/// Trains whose frame tables are held at a time.
const BLOCK_TRAINS: usize = 256;

/// Compares the reduced run in `output` with the run that it was made of. `input` are its folders in the order of the
/// workflow's `run`.
///
/// # Errors
/// `Request` or `Input`: the two cannot be compared at all (no detector, no fate table). `Resource`: the machine failed.
/// Everything that differs is a finding.
pub fn prove(output: &Path, input: &[PathBuf], pool: &OpenerPool) -> Result<Proof> {
    let mut tally = Tally::default();
    let claim = Claim::read(output)?;
    if claim.is_none() {
        let what = "there is no manifest `reduction.json`: counts and steps cannot be compared with it";
        tally.add(Found::warning(Check::Files, Place::file(output), what));
    }
    let policy = OpenPolicy { skip_bad: true, files: false };
    let before = Run::open(input, pool, policy)?;
    let after = Run::open(&[output.to_path_buf()], pool, policy)?;
    // a workflow may skip damaged files; whether this one may is not known here
    for error in &before.skipped {
        tally.add(Found::warning(
            Check::Input,
            error.place().clone(),
            format!("a file of the input was not compared: {error}"),
        ));
    }
    for error in &after.skipped {
        tally.add(Found::error(Check::Files, error.place().clone(), error.to_string()));
    }
    if let Some(claim) = &claim {
        same_run(&before, claim, output)?;
    }
    let modules = claim.as_ref().map(|claim| claim.modules.as_slice());
    let name = claim.as_ref().and_then(Claim::detector_name);
    let copies = claim.as_ref().is_some_and(Claim::only_copies);
    let find = |modules| if copies { Ok(Detector::none()) } else { Detector::find(&before, name, modules) };
    let (mut detector, whole) = (find(modules)?, find(None)?);
    match &claim {
        Some(claim) => detector.parallel_gain = claim.parallel_gain,
        None => detector.look_for_parallel_gain(&before, pool)?,
    }
    let own: BTreeSet<&str> = whole.modules.iter().chain(&detector.modules).map(|m| m.source.as_str()).collect();
    let unselected = whole.modules.len().saturating_sub(detector.modules.len());
    if unselected > 0 {
        let what = format!(
            "{unselected} of {} modules were not selected: nothing of them is in the output",
            whole.modules.len()
        );
        let note = Found::note(Check::Frames, Place::default().source(&detector.name), what);
        tally.add(note.hint("they are gone once the input is deleted"));
    }
    let table = FateTable::find(&after, &before, &detector.name, pool)?;
    let proving =
        Proving { before: &before, after: &after, pool, claim: claim.as_ref(), detector: &detector, table: &table };
    let mut counts = Counts::default();
    proving.inputs(&mut tally);
    proving.files(output, &mut tally);
    let trains = proving.trains(&mut tally)?;
    let written = proving.written(&mut tally)?;
    let by_code = proving.frames(written.as_ref(), &mut tally, &mut counts)?;
    proving.totals(&by_code, &mut tally);
    let equal = equal_files(&before, &after, pool)?;
    let library = claim.as_ref().map(Claim::library);
    let program = library.as_deref();
    tally.extend(index::compare((&before, &after), &detector, proving.results(), &equal));
    tally.extend(about::compare((&before, &after), &detector, proving.results(), program, &equal));
    tally.extend(legacy::compare(&before, &after));
    let results = Results { run: &after, table: &table, claim: claim.as_ref(), prefix: proving.results(), pool };
    tally.extend(results.compare(&trains)?);
    let runs = BothRuns { input: &before, output: &after, detector: &detector, trains: &trains, equal: &equal, pool };
    let copied = claim.as_ref().and_then(Claim::copied);
    let (sources, found) = runs.compare(&own, proving.results(), copied.as_deref())?;
    counts.sources = sources;
    counts.trains = trains.len() as u64;
    tally.extend(found);
    Ok(Proof { findings: tally.finish(), counts })
}

struct Proving<'a> {
    before: &'a Run,
    after: &'a Run,
    pool: &'a OpenerPool,
    claim: Option<&'a Claim>,
    detector: &'a Detector,
    table: &'a FateTable<'a>,
}

impl Proving<'_> {
    /// What the names of result sources begin with: `SPB_DET_AGIPD1M-1/REDU/`.
    fn results(&self) -> &str {
        self.table.source.strip_suffix("FATE:output").unwrap_or(&self.table.source)
    }

    /// The input is the one that the manifest names.
    fn inputs(&self, tally: &mut Tally) {
        let Some(claim) = self.claim else { return };
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let known: BTreeSet<(String, u64, String)> = self
            .before
            .files
            .iter()
            .map(|file| (name(&file.path), file.stamp.size, format!("{:016x}", index_checksum(file))))
            .collect();
        for stated in &claim.inputs {
            let checksum = stated.index_checksum.clone().unwrap_or_default();
            if !known.contains(&(stated.name.clone(), stated.size, checksum)) {
                let what = format!("`{}` is not as it was when the run was reduced, or not here", stated.name);
                tally.add(Found::warning(Check::Input, Place::default().source(stated.name.as_str()), what));
            }
        }
        if self.before.files.len() > claim.inputs.len() {
            let what = format!("the input has {} files, {} were reduced", self.before.files.len(), claim.inputs.len());
            tally.add(
                Found::error(Check::Input, Place::default(), what).hint("what is in the others is not in the output"),
            );
        }
    }

    /// Every published file is there, and no other.
    fn files(&self, output: &Path, tally: &mut Tally) {
        let stated: BTreeSet<&str> =
            self.claim.iter().flat_map(|claim| &claim.files).map(|file| file.name.as_str()).collect();
        for file in self.after.files.iter().filter(|_| !stated.is_empty()) {
            let name = file.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            if !stated.contains(&*name) {
                let what = "the file was not published: the manifest does not list it";
                tally.add(Found::error(Check::Files, Place::file(&file.path), what));
            }
        }
        for stated in self.claim.iter().flat_map(|claim| &claim.files) {
            let path = output.join(&stated.name);
            match std::fs::metadata(&path) {
                Ok(metadata) if metadata.len() == stated.size => {}
                Ok(metadata) => {
                    let what = format!("the file has {} bytes, {} were published", metadata.len(), stated.size);
                    tally.add(Found::warning(Check::Files, Place::file(&path), what));
                }
                Err(_) => {
                    tally.add(Found::error(Check::Files, Place::file(&path), "the file was published and is not here"))
                }
            }
        }
    }

    /// The trains of the output, each in one sequence and in the input.
    fn trains(&self, tally: &mut Tally) -> Result<Vec<u64>> {
        let mut trains: Vec<u64> = self.table.sequences()?.into_iter().flatten().collect();
        let all = trains.len();
        trains.sort_unstable();
        trains.dedup();
        let place = || Place::default().source(&self.table.source);
        if trains.len() != all {
            tally.add(Found::error(
                Check::Fates,
                place(),
                format!("{} trains stand in two sequences", all - trains.len()),
            ));
        }
        for &train in trains.iter().filter(|&&train| self.before.train(train).is_none()) {
            tally.add(Found::error(Check::Fates, place().train(train), "the input has no such train"));
        }
        for train in self.after.trains.iter().filter(|train| trains.binary_search(&train.id).is_err()) {
            let what = "a train of the output is not in the fate table";
            tally.add(Found::error(Check::Fates, place().train(train.id), what));
        }
        trains.retain(|&train| self.before.train(train).is_some());
        if let Some(claim) = self.claim.filter(|claim| claim.trains != trains.len() as u64) {
            let what = format!("the output has {} trains of the input, {} were reduced", trains.len(), claim.trains);
            tally.add(Found::error(Check::Fates, Place::default(), what));
        }
        let outside = self.before.trains.len().saturating_sub(trains.len());
        if outside > 0 {
            let what = format!(
                "{outside} of {} trains were not selected: nothing of them is in the output",
                self.before.trains.len()
            );
            let note = Found::note(Check::Fates, Place::default(), what);
            tally.add(note.hint("they are gone once the input is deleted"));
        }
        Ok(trains)
    }

    /// The detector as the output holds it; `None`: frames were not written.
    fn written(&self, tally: &mut Tally) -> Result<Option<Detector>> {
        let there = |source: &str| self.after.sources.contains_key(source);
        let present: Vec<u16> = self.detector.modules.iter().filter(|m| there(&m.source)).map(|m| m.number).collect();
        let asked = self.claim.map_or(!present.is_empty(), Claim::writes_frames);
        if self.detector.modules.is_empty() {
            return Ok(None);
        }
        if !asked {
            let what = "frames were not written: their fates and the other sources are compared";
            let note = Found::note(Check::Frames, Place::default().source(&self.detector.name), what);
            tally.add(note.hint("all pixels are gone once the input is deleted"));
            return Ok(None);
        }
        for module in self.detector.modules.iter().filter(|m| !there(&m.source)) {
            tally.add(Found::error(
                Check::Frames,
                Place::default().source(&module.source),
                "the output lacks the module",
            ));
        }
        if present.is_empty() {
            return Ok(None);
        }
        // a camera is known by its source
        let own = match self.detector.modules.as_slice() {
            [module] if self.detector.kind == DetectorKind::Camera => &module.source,
            _ => &self.detector.name,
        };
        let name = self.claim.and_then(Claim::detector_name).unwrap_or(own);
        match Detector::find(self.after, Some(name), Some(&present)) {
            Ok(mut found) if same_pixels(&found, self.detector) => {
                found.parallel_gain = self.detector.parallel_gain;
                Ok(Some(found))
            }
            Ok(found) => {
                let shape = |d: &Detector| format!("`{}` {:?} of {} x {}", d.pixel_key, d.element, d.slow, d.fast);
                let what = format!("the output holds {}, the input {}", shape(&found), shape(self.detector));
                tally.add(Found::error(Check::Frames, Place::default().source(&self.detector.name), what));
                Ok(None)
            }
            Err(error @ trainyard_format::Error::Resource { .. }) => Err(error),
            Err(error) => {
                tally.add(Found::error(Check::Frames, Place::default().source(&self.detector.name), error.to_string()));
                Ok(None)
            }
        }
    }

    /// Fates, ids and values of all frames; frames by fate.
    fn frames(&self, written: Option<&Detector>, tally: &mut Tally, counts: &mut Counts) -> Result<BTreeMap<u8, u64>> {
        let changed_by = self.claim.map(Claim::changing_steps).unwrap_or_default();
        let rule = PixelRule {
            changed_by: &changed_by,
            promised: self
                .claim
                .map(|claim| claim.lossy.as_ref().map(|lossy| (lossy.bound_kind.as_str(), lossy.bound))),
            replaced_with: self.claim.and_then(Claim::replaced_with),
        };
        let (from_open, to_open) = (Open::default(), Open::default());
        let mut by_code = BTreeMap::new();
        let modules: Vec<(usize, usize, BothModules<'_>)> = written
            .iter()
            .flat_map(|written| {
                let position = |source: &str| self.detector.modules.iter().position(|m| m.source == source);
                let numbered = written.modules.iter().enumerate();
                numbered.filter_map(move |(place, module)| Some((position(&module.source)?, place, module)))
            })
            .filter_map(|(module, place, output)| {
                let input = Side::of_module(self.before, self.detector.modules.get(module)?);
                let both = BothModules {
                    detector: self.detector,
                    input,
                    output: Side::of_module(self.after, output),
                    open: (&from_open, &to_open),
                    runs: (self.before, self.after),
                    pool: self.pool,
                    rule: &rule,
                };
                Some((module, place, both))
            })
            .collect();
        for (_, _, both) in &modules {
            tally.extend(run_values::compare(&both.input, &both.output, true, self.pool)?);
            tally.extend(attributes::compare(&both.input, &both.output, Some(&self.detector.pixel_key)));
        }
        for sequence in self.table.sequences()? {
            for block in sequence.chunks(BLOCK_TRAINS) {
                let (input, problems) = self.detector.frames(self.before, block, self.pool)?;
                let told = |error: &trainyard_format::Error| format!("the input is damaged: {error}");
                tally.extend(
                    problems.iter().map(|error| Found::warning(Check::Input, error.place().clone(), told(error))),
                );
                let mut found = Vec::new();
                let fates = self.table.of(&input, self.pool, &mut found)?;
                tally.extend(found.drain(..));
                counts.frames += input.len() as u64;
                for code in fates.iter().flatten() {
                    *by_code.entry(*code).or_insert(0) += 1;
                    counts.kept += u64::from(*code == FateCodes::KEPT);
                }
                let Some(written) = written else { continue };
                let (output, problems) = written.frames(self.after, block, self.pool)?;
                for error in problems {
                    tally.add(Found::damage(Check::Frames, error)?);
                }
                let both = BothFrames { detector: self.detector, input: &input, fates: &fates, output: &output };
                for (module, place, sides) in &modules {
                    let pairs = both.pairs(*module, *place, &mut found);
                    tally.extend(found.drain(..));
                    tally.extend(sides.compare(block, &pairs, counts)?);
                }
            }
        }
        Ok(by_code)
    }

    /// Frames by fate, as the manifest counts them.
    fn totals(&self, by_code: &BTreeMap<u8, u64>, tally: &mut Tally) {
        let Some(claim) = self.claim else { return };
        let counted = self.table.by_name(by_code);
        let names: BTreeSet<&String> = counted.keys().chain(claim.frames.by_fate.keys()).collect();
        for name in names {
            let count = |map: &BTreeMap<String, u64>| map.get(name).copied().unwrap_or(0);
            let (is, stated) = (count(&counted), count(&claim.frames.by_fate));
            if is != stated {
                let what = format!("{is} frames are `{name}`, the manifest counts {stated}");
                tally.add(Found::error(Check::Fates, Place::default(), what));
            }
        }
    }
}

/// Refuses a run that has nothing to do with the output: not one of its files is among those that were reduced.
fn same_run(input: &Run, claim: &Claim, output: &Path) -> Result<()> {
    let known: BTreeSet<String> = input.files.iter().map(|file| format!("{:016x}", index_checksum(file))).collect();
    let among = |stated: &[File]| {
        stated.iter().any(|file| file.index_checksum.as_ref().is_some_and(|checksum| known.contains(checksum)))
    };
    if claim.inputs.is_empty() || among(&claim.inputs) {
        return Ok(());
    }
    if let Some(link) = claim.earlier.iter().rposition(|earlier| among(&earlier.inputs)) {
        return Err(not_the_last(claim.earlier.len() - link + 1, Place::file(output)));
    }
    let folder = input.folders.first().map(Place::file).unwrap_or_default();
    let what = format!(
        "the output was made of another run: none of its {} input files is here, by trains and index",
        claim.inputs.len()
    );
    let first = claim.inputs.first().map(|file| file.name.as_str()).unwrap_or_default();
    Err(Error::request(what, folder)
        .with_hint(format!("the manifest `reduction.json` names them, the first `{first}`")))
}

fn same_pixels(a: &Detector, b: &Detector) -> bool {
    let layout = |d: &Detector| {
        (d.kind, d.pixel_key.clone(), d.group.clone(), d.element, d.planes, d.slow, d.fast, d.cells_per_row)
    };
    layout(a) == layout(b)
}
