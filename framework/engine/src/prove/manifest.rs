//! What the manifest says follows from its own workflow, from the input and from the fates: nothing in it is believed because
//! it stands there.

use super::asked::Asked;
use super::claim::{Claim, Lossy};
use super::fates::FateTable;
use super::gaps::Gap;
use super::tally::{Check, Found};
use crate::algorithm::Effect;
use crate::plan::{earlier, oddities, FateCodes, Identity};
use std::collections::{BTreeMap, BTreeSet};
use trainyard_codec::lossy::Mode;
use trainyard_format::detector::Detector;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

pub(super) struct Stated<'a> {
    pub claim: &'a Claim,
    pub asked: &'a Asked,
    pub table: &'a FateTable<'a>,
    pub detector: &'a Detector,
    pub input: &'a Run,
    /// of the output
    pub trains: &'a [u64],
    pub place: Place,
    pub pool: &'a OpenerPool,
}

impl Stated<'_> {
    /// # Errors
    /// Failures of the machine.
    pub fn compare(&self) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        self.seal(&mut found);
        self.plan(&mut found);
        self.selection(&mut found);
        self.steps(&mut found);
        self.lossy(&mut found);
        if self.claim.pixels.is_some() && self.asked.changing().is_empty() {
            found.push(self.wrong("`pixels` tells of another type or shape, which no step of its workflow makes"));
        }
        self.folders(&mut found);
        self.codes(&mut found);
        match earlier(self.input, self.pool) {
            Ok(known)
                if known == self.claim.whole.get("earlier").and_then(|e| e.as_array()).cloned().unwrap_or_default() => {
            }
            Ok(_) => found.push(self.wrong("what it tells of earlier reductions is not what the input tells")),
            Err(error @ Error::Resource { .. }) => return Err(error),
            Err(error) => found.push(self.wrong(format!("the input does not tell of earlier reductions: {error}"))),
        }
        Ok(found)
    }

    fn wrong(&self, what: impl Into<String>) -> Found {
        Found::error(Check::Manifest, self.place.clone(), what)
    }

    fn seal(&self, found: &mut Vec<Found>) {
        match self.claim.sealed {
            Some(true) => {}
            None if self.claim.is_before_builds() => {}
            Some(false) => found.push(self.wrong("it is not as it was published: its seal is that of another one")),
            None => found.push(self.wrong("it is not as it was published: its seal was taken out")),
        }
    }

    fn plan(&self, found: &mut Vec<Found>) {
        if self.claim.is_before_builds() {
            found.push(Found::gap(Gap::Plan, 1, ""));
            return;
        }
        let plan = Identity::of_manifest(&self.claim.whole, self.trains).map(|identity| identity.to_string());
        if plan.as_deref() != Some(self.claim.plan.as_str()) {
            let what = "`plan` is not that of its program, workflow, inputs and trains: one of them was changed";
            found.push(self.wrong(what));
        }
    }

    fn selection(&self, found: &mut Vec<Found>) {
        let mut same = |key: &str, is: String, should: String| {
            if is != should {
                found.push(self.wrong(format!("`{key}` is {is}, by its workflow and the input {should}")));
            }
        };
        same("detector", self.claim.detector.clone(), self.detector.name.clone());
        let modules: Vec<u16> = self.detector.modules.iter().map(|module| module.number).collect();
        same("modules", format!("{:?}", self.claim.modules), format!("{modules:?}"));
        same("parallel-gain", self.claim.parallel_gain.to_string(), self.detector.parallel_gain.to_string());
        let Some(trains) = &self.asked.trains else { return };
        let own: BTreeSet<u64> = self.trains.iter().copied().collect();
        let lost: Vec<u64> = trains.iter().copied().filter(|train| !own.contains(train)).collect();
        if let Some(first) = lost.first() {
            let what = format!("selected by the workflow and not in the output: {}", counted(lost.len(), "train"));
            found.push(Found::error(Check::Fates, self.place.clone().train(*first), what));
        }
        let asked: BTreeSet<u64> = trains.iter().copied().collect();
        let more: Vec<u64> = own.iter().copied().filter(|train| !asked.contains(train)).collect();
        if let Some(first) = more.first() {
            let what = format!("in the output and not selected by the workflow: {}", counted(more.len(), "train"));
            found.push(Found::error(Check::Fates, self.place.clone().train(*first), what));
        }
    }

    /// Each step of the workflow stands there once or, where it is done in several, several times on end.
    fn steps(&self, found: &mut Vec<Found>) {
        let mut labels: Vec<&str> = self.claim.steps.iter().map(|step| step.step.as_str()).collect();
        let mut asked: Vec<&str> = self.asked.steps.iter().map(|step| step.label.as_str()).collect();
        labels.dedup();
        asked.dedup();
        if labels != asked {
            found.push(self.wrong(format!("`steps` are {}, in its workflow {}", labels.join(", "), asked.join(", "))));
        }
        let changing: BTreeSet<&str> = self.asked.changing().into_iter().collect();
        let stated: BTreeSet<&str> =
            self.claim.steps.iter().filter(|step| step.changes_pixels).map(|step| step.step.as_str()).collect();
        for step in stated.difference(&changing) {
            found.push(
                self.wrong(format!("`{step}` is said to change pixels, which no such step of its workflow does")),
            );
        }
        for step in changing.difference(&stated) {
            found.push(self.wrong(format!("`{step}` changes pixels, and is not said to")));
        }
    }

    fn lossy(&self, found: &mut Vec<Found>) {
        let told =
            |bound: Option<(&str, f64)>| bound.map_or("none".to_owned(), |(kind, bound)| format!("{kind} {bound}"));
        let stated = |lossy: Option<&Lossy>| lossy.map(|lossy| (lossy.bound_kind.clone(), lossy.bound));
        let of_folders = || self.claim.folders.iter().map(|folder| stated(folder.lossy.as_ref()));
        let all: Vec<_> = std::iter::once(stated(self.claim.lossy.as_ref())).chain(of_folders()).collect();
        for (number, stated) in all.iter().enumerate() {
            let asked = self.asked.lossy(number);
            let asked = asked.as_ref().map(|lossy| kind_and_bound(&lossy.mode));
            let stated = stated.as_ref().map(|(kind, bound)| (kind.as_str(), *bound));
            if asked != stated {
                let what = format!("the bound of lossy pixels is {}, by its workflow {}", told(stated), told(asked));
                found.push(self.wrong(what));
            }
        }
    }

    /// Run folders inside the output are those of the workflow's further steps that write.
    fn folders(&self, found: &mut Vec<Found>) {
        let stated: Vec<(usize, &str)> = self.claim.folders.iter().map(|f| (f.step, f.folder.as_str())).collect();
        let writers = self.asked.writers();
        let asked: Vec<(usize, &str)> = writers.iter().filter_map(|w| Some((w.step + 1, w.folder?))).collect();
        if stated != asked {
            found.push(self.wrong(format!("`folders` are {stated:?}, by its workflow {asked:?}")));
        }
    }

    /// The names of the fates are those of the workflow's `keep` steps, and of those that write.
    fn codes(&self, found: &mut Vec<Found>) {
        let numbered = self.claim.steps.iter().all(|stated| stated.number.is_some());
        // earlier versions counted what a step was configured as
        let mut counted = vec![0; self.asked.steps.len()];
        let mut stated = self.claim.steps.iter().enumerate();
        for (counted, step) in counted.iter_mut().zip(&self.asked.steps) {
            if matches!(step.effect, Effect::Keeps { .. }) {
                *counted = stated.find(|(_, stated)| stated.step == step.label).map_or(0, |(position, _)| position);
            }
        }
        let codes = self.asked.codes(|place| 1 + if numbered { place } else { counted[place] });
        if self.table.codes != codes.codes {
            let differs = self.table.codes.iter().zip(&codes.codes).find(|(is, should)| is != should);
            let what = match differs {
                Some((is, should)) => format!("a fate is called `{is}`, by the workflow `{should}`"),
                None => format!("there are {} fates, by the workflow {}", self.table.codes.len(), codes.codes.len()),
            };
            found.push(Found::error(Check::Fates, Place::default().source(&self.table.source), what));
        }
    }

    /// What it has to tell: that nothing was kept, that something could not be read, what is odd about the input.
    fn told(&self, by_code: &BTreeMap<u8, u64>, found: &mut Vec<Found>) {
        if self.claim.is_before_builds() {
            return;
        }
        let count = |code: u8| by_code.get(&code).copied().unwrap_or(0);
        if count(FateCodes::KEPT) == 0 && !self.detector.modules.is_empty() && self.claim.warnings.is_empty() {
            found.push(self.wrong("nothing was kept, and no warning says so"));
        }
        let lost = count(FateCodes::UNREADABLE);
        if (lost > 0 || !self.input.skipped.is_empty()) && self.claim.problems.is_empty() {
            found.push(self.wrong(format!("{} `unreadable`, and no problem says why", counted(lost, "frame"))));
        }
        for odd in oddities(self.input, self.detector).iter().filter(|odd| !self.claim.oddities.contains(odd)) {
            found.push(self.wrong(format!("it does not tell what is odd about the input: {odd}")));
        }
    }

    /// The counts that stand beside `frames.by-fate`, and what follows from them.
    pub fn totals(&self, by_code: &BTreeMap<u8, u64>, sequences: usize) -> Vec<Found> {
        let mut found = Vec::new();
        let mut same = |name: &str, stated: Option<u64>, is: u64| {
            if let Some(stated) = stated.filter(|&stated| stated != is) {
                found.push(self.wrong(format!("`{name}` is {stated}, by fates and files {is}")));
            }
        };
        let count = |code: u8| by_code.get(&code).copied().unwrap_or(0);
        let all: u64 = by_code.values().sum();
        let frames = &self.claim.frames;
        same("frames.input", frames.input, all);
        same("frames.kept", frames.kept, count(FateCodes::KEPT));
        same("sequences", self.claim.sequences, sequences as u64);
        let bytes = self.claim.files.iter().fold(0u64, |sum, file| sum.saturating_add(file.size));
        same("bytes.output", self.claim.bytes.as_ref().and_then(|bytes| bytes.output), bytes);
        let mut frames = all - count(FateCodes::INCOMPLETE) - count(FateCodes::UNREADABLE);
        for (position, step) in self.claim.steps.iter().enumerate() {
            same(&format!("frames-in of `{}`", step.step), step.frames_in, frames);
            let number = step.number.unwrap_or(position + 1);
            let dropped = by_code.iter().filter(|(&code, _)| self.table.keep_of(code.into()) == Some(number));
            frames = frames.saturating_sub(dropped.map(|(_, count)| count).sum());
            same(&format!("frames-out of `{}`", step.step), step.frames_out, frames);
        }
        self.told(by_code, &mut found);
        found
    }
}

/// Name and number of a bound, as manifests and datasets state it.
pub(super) fn kind_and_bound(mode: &Mode) -> (&'static str, f64) {
    match *mode {
        Mode::Absolute(bound) => ("absolute", bound),
        Mode::Relative(bound) => ("relative", bound),
        Mode::Psnr(bound) => ("psnr", bound),
    }
}
