//! The whole proof, sequence by sequence.

use super::again::Again;
use super::asked::{Asked, ReadWorkflow};
use super::bound::{Bound, Kind};
use super::claim::{Claim, Pixels};
use super::fates::FateTable;
use super::frames::BothFrames;
use super::gaps::Gap;
use super::judged::Judging;
use super::manifest::{kind_and_bound, Stated};
use super::module::{BothModules, PixelRule};
use super::proof::{Counts, Proof};
use super::reach::Open;
use super::results::Results;
use super::run_values;
use super::side::{Pair, Side};
use super::sources::BothRuns;
use super::standing::Standing;
use super::tally::{Check, Found, Tally};
use super::whole_files::equal_files;
use super::{about, attributes, dropped, folders, index, inputs, legacy, strays};
use crate::plan::FateCodes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use trainyard_format::detector::{Detector, DetectorKind};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{OpenPolicy, Run};
use trainyard_format::words::counted;
use trainyard_format::{Place, Result};

/// Trains whose frame tables are held at a time.
const BLOCK_TRAINS: usize = 256;

/// Compares the reduced run in `output` with the run that it was made of. `input` are its folders in the order of the
/// workflow's `run`; `read` tells what the workflow in its manifest asks for.
///
/// # Errors
/// `Request` or `Input`: the two cannot be compared at all (no detector, no fate table). `Resource`: the machine failed.
/// Everything that differs is a finding.
pub fn prove(output: &Path, input: &[PathBuf], pool: &OpenerPool, read: &ReadWorkflow<'_>) -> Result<Proof> {
    let mut tally = Tally::default();
    let claim = Claim::read(output)?;
    if claim.is_none() {
        let what = "there is no manifest `reduction.json`: the run was not published, or not all of it is here";
        tally.add(Found::error(Check::Files, Place::file(output), what));
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
        let name = error.place().file.as_deref().map(|path| path.display().to_string());
        tally.add(Found::gap(Gap::InputFiles, 1, name.unwrap_or_default()));
    }
    for error in &after.skipped {
        tally.add(Found::error(Check::Files, error.place().clone(), error.to_string()));
    }
    if let Some(claim) = &claim {
        inputs::same_run(&before, claim, output)?;
    }
    let standing = Standing { output, claim: claim.as_ref(), input: &before, pool };
    tally.extend(standing.compare()?);
    let asked = match claim.as_ref().map(|claim| read(&claim.workflow, &claim.judged, &before)) {
        Some(Ok(asked)) => Some(asked),
        Some(Err(what)) => {
            let found =
                Found::error(Check::Manifest, manifest(output), format!("its workflow is not understood: {what}"));
            tally.add(found.hint("prove it with the program that made it: what a step may do is known to no other"));
            None
        }
        None => None,
    };
    let workflow_modules = claim.as_ref().and_then(Claim::selected_modules);
    let modules = workflow_modules.as_deref();
    let name = claim.as_ref().and_then(Claim::detector_name);
    let copies = claim.as_ref().is_some_and(Claim::only_copies);
    let find = |modules| if copies { Ok(Detector::none()) } else { Detector::find(&before, name, modules) };
    let (mut detector, whole) = (find(modules)?, find(None)?);
    match &claim {
        Some(claim) if claim.said_parallel_gain().is_some() => {
            detector.parallel_gain = claim.said_parallel_gain() == Some(true);
        }
        _ => detector.look_for_parallel_gain(&before, pool)?,
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
        tally.add(Found::gap(Gap::Modules, unselected as u64, ""));
    }
    let table = FateTable::find(&after, &before, &detector.name, pool)?;
    let mut found = Vec::new();
    let dropped = dropped::dropped(&table, asked.as_ref(), &detector, &mut found);
    tally.extend(found);
    let proving = Proving {
        before: &before,
        after: &after,
        pool,
        claim: claim.as_ref(),
        asked: asked.as_ref(),
        detector: &detector,
        table: &table,
        writer: 0,
        dropped: &dropped,
    };
    let mut counts = Counts::default();
    claim.iter().for_each(|claim| inputs::compare(&before, claim, &mut tally));
    let trains = proving.trains(&mut tally)?;
    let written = proving.written(&mut tally)?;
    let by_code = proving.frames(written.as_ref(), &mut tally, &mut counts)?;
    proving.totals(&by_code, &mut tally);
    folders::prove(&proving, output, &trains, &mut tally, &mut counts)?;
    if !detector.modules.is_empty() && !claim.as_ref().is_none_or(Claim::writes_frames) {
        tally.add(Found::gap(Gap::Frames, counts.kept, ""));
    }
    if let (Some(claim), Some(asked)) = (&claim, &asked) {
        let (table, detector, input, trains) = (&table, &detector, &before, trains.as_slice());
        let stated = Stated { claim, asked, table, detector, input, trains, place: manifest(output), pool };
        tally.extend(stated.compare()?);
        tally.extend(stated.totals(&by_code, table.sequences()?.len()));
        if asked.trains.is_none() {
            tally.add(Found::gap(Gap::TrainList, trains.len() as u64, ""));
        }
    }
    let equal = equal_files(&before, &after, pool)?;
    let program = claim.as_ref().map(Claim::library);
    tally.extend(index::compare((&before, &after), &detector, proving.results(), &equal));
    tally.extend(about::compare((&before, &after), &detector, proving.results(), program.as_deref(), &equal));
    tally.extend(legacy::compare(&before, &after));
    tally.extend(strays::compare(&after, &equal, pool)?);
    let results = Results { run: &after, table: &table, claim: claim.as_ref(), prefix: proving.results(), pool };
    tally.extend(results.compare(&trains)?);
    let skips = asked.as_ref().is_some_and(|asked| asked.may_skip);
    let runs =
        BothRuns { input: &before, output: &after, detector: &detector, trains: &trains, equal: &equal, skips, pool };
    let copied = claim.as_ref().and_then(Claim::copied);
    let (sources, found) = runs.compare(&own, proving.results(), copied.as_deref())?;
    counts.sources = sources;
    counts.trains = trains.len() as u64;
    tally.extend(found);
    let (findings, not_compared) = tally.finish();
    Ok(Proof { findings, counts, not_compared })
}

fn manifest(output: &Path) -> Place {
    Place::file(output.join("reduction.json"))
}

/// A run folder beside the input.
#[derive(Clone, Copy)]
pub(super) struct Proving<'a> {
    pub before: &'a Run,
    pub after: &'a Run,
    pub pool: &'a OpenerPool,
    pub claim: Option<&'a Claim>,
    pub asked: Option<&'a Asked>,
    pub detector: &'a Detector,
    pub table: &'a FateTable<'a>,
    /// number of the step that wrote its frames, among those that write
    pub writer: usize,
    /// positions of the modules that a step dropped
    pub dropped: &'a BTreeSet<usize>,
}

impl Proving<'_> {
    /// What the names of result sources begin with: `SPB_DET_AGIPD1M-1/REDU/`.
    pub fn results(&self) -> &str {
        self.table.source.strip_suffix("FATE:output").unwrap_or(&self.table.source)
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
                format!("in two sequences: {}", counted(all - trains.len(), "train")),
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
            let what = format!(
                "the output has {} of the input, reduced were {}",
                counted(trains.len(), "train"),
                claim.trains
            );
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
            tally.add(Found::gap(Gap::Trains, outside as u64, ""));
        }
        Ok(trains)
    }

    /// The detector as the output holds it; `None`: frames were not written.
    pub fn written(&self, tally: &mut Tally) -> Result<Option<Detector>> {
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
            Ok(mut found) if same_pixels(&found, &self.expected(&found)) => {
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

    /// What steps make of the frames, as the manifest tells; nothing unless the workflow has such steps.
    fn becomes(&self) -> Option<&Pixels> {
        let changes = self.asked.is_none_or(|asked| !asked.changing().is_empty());
        self.claim.and_then(|claim| claim.pixels.as_ref()).filter(|_| changes)
    }

    /// The input's detector in the type and shape that steps make of it.
    fn expected(&self, found: &Detector) -> Detector {
        let Some(becomes) = self.becomes() else { return self.detector.clone() };
        let [slow, fast] = becomes.shape;
        let element = format!("{:?}", found.element).to_lowercase() == becomes.r#type;
        Detector {
            slow,
            fast,
            element: if element { found.element } else { self.detector.element },
            planes: if self.detector.planes > 1 { found.planes } else { self.detector.planes },
            ..self.detector.clone()
        }
    }

    /// The steps once more, where the workflow has some that change frames and their files are here.
    fn again(&self, tally: &mut Tally) -> Option<Again<'_>> {
        let job = self.asked?.again.as_ref()?;
        let again = job.as_deref().map_err(Clone::clone).and_then(|job| {
            let stated = self.claim.and_then(|claim| claim.whole.get("pixels")).cloned();
            let made = crate::store::written_pixels(job).and_then(|pixels| serde_json::to_value(pixels).ok());
            if stated != made {
                let told = |pixels: Option<serde_json::Value>| pixels.map_or("none".into(), |p| p.to_string());
                let what = format!("`pixels` is {}, by its workflow {}", told(stated), told(made));
                tally.add(Found::error(Check::Manifest, Place::default(), what));
            }
            Again::new(job, self.detector, self.pool)
        });
        again
            .map_err(|what| {
                let what = format!("no frame is made again: {what}");
                let note = Found::note(Check::Pixels, Place::default().source(&self.detector.name), what);
                tally.add(note.hint("run it where the files lie that the workflow names"));
            })
            .ok()
    }

    /// Fates, ids and values of all frames; frames by fate.
    pub fn frames(
        &self,
        written: Option<&Detector>,
        tally: &mut Tally,
        counts: &mut Counts,
    ) -> Result<BTreeMap<u8, u64>> {
        // nothing but the workflow lets a pixel be another one
        let changed_by = self.asked.map(Asked::changing).unwrap_or_default();
        let lossy = self.asked.and_then(|asked| asked.lossy(self.writer));
        let rule = PixelRule {
            changed_by: &changed_by,
            becomes: self.becomes(),
            promised: lossy.map(|lossy| kind_and_bound(&lossy.mode)),
            replaced_with: self.asked.and_then(|asked| asked.replaced_with(self.writer)),
        };
        let again = written.and_then(|_| self.again(tally));
        let bound = rule.promised.and_then(|(kind, bound)| {
            let kind = [Kind::Absolute, Kind::Relative, Kind::Psnr].into_iter().find(|known| known.name() == kind)?;
            Some(Bound { kind, bound, replaced_with: rule.replaced_with })
        });
        let (from_open, to_open) = (Open::default(), Open::default());
        let mut by_code = BTreeMap::new();
        let modules: Vec<(usize, usize, Side<'_>, Side<'_>)> = written
            .iter()
            .flat_map(|written| {
                let position = |source: &str| self.detector.modules.iter().position(|m| m.source == source);
                let numbered = written.modules.iter().enumerate();
                numbered.filter_map(move |(place, module)| Some((position(&module.source)?, place, module)))
            })
            .filter_map(|(module, place, output)| {
                let input = Side::of_module(self.before, self.detector.modules.get(module)?);
                Some((module, place, input, Side::of_module(self.after, output)))
            })
            .collect();
        for (_, _, input, output) in &modules {
            tally.extend(run_values::compare(input, output, true, self.pool)?);
            let pixels = attributes::Pixels {
                key: &self.detector.pixel_key,
                anew: lossy.is_some(),
                unit: self.becomes().and_then(|becomes| becomes.unit.as_deref()),
            };
            tally.extend(attributes::compare(input, output, Some(pixels)));
        }
        // other run folders are held against the fates of the first
        let judging = self.asked.filter(|_| self.writer == 0).map(|asked| Judging {
            asked,
            detector: self.detector,
            input: self.before,
            open: &from_open,
            pool: self.pool,
            table: &self.table.source,
            problems: self.claim.is_some_and(|claim| !claim.problems.is_empty()),
        });
        for sequence in self.table.sequences()? {
            for block in sequence.chunks(BLOCK_TRAINS) {
                let (input, problems) = self.detector.frames(self.before, block, self.pool)?;
                let words = |error: &trainyard_format::Error| format!("the input is damaged: {error}");
                let told = problems.iter().filter(|_| self.writer == 0);
                tally.extend(told.map(|error| Found::warning(Check::Input, error.place().clone(), words(error))));
                let mut found = Vec::new();
                let fates = self.table.of(&input, self.pool, &mut found)?;
                if let Some(judging) = &judging {
                    judging.judge(&input, &fates, &mut found)?;
                }
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
                let frames = &input;
                let (fates, dropped, output) = (&fates, self.dropped, &output);
                let both = BothFrames { detector: self.detector, input: frames, fates, dropped, output };
                let files = (self.before.files_of(block), self.after.files_of(block));
                for (module, place, input, output) in &modules {
                    let pairs = both.pairs(*module, *place, &mut found);
                    let made_again = match &again {
                        Some(again) => again.compare(*module, (input, output), frames, &pairs, bound, &mut found)?,
                        None => 0,
                    };
                    tally.extend(found.drain(..));
                    let ((input, from), (output, to)) = (input.within(&files.0), output.within(&files.1));
                    let pairs: Vec<Pair> = pairs.into_iter().filter_map(|pair| pair.within(&from, &to)).collect();
                    let sides = BothModules {
                        detector: self.detector,
                        input,
                        output,
                        open: (&from_open, &to_open),
                        runs: (self.before, self.after),
                        pool: self.pool,
                        rule: &rule,
                        made_again,
                        skips: self.asked.is_some_and(|asked| asked.may_skip),
                    };
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

fn same_pixels(a: &Detector, b: &Detector) -> bool {
    let layout = |d: &Detector| {
        (d.kind, d.pixel_key.clone(), d.group.clone(), d.element, d.planes, d.slow, d.fast, d.cells_per_row)
    };
    layout(a) == layout(b)
}
