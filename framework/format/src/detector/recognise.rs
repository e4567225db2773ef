//! Finding the detector of a run.

use super::kind::{Detector, DetectorKind, Module, ModulePart};
use super::layout::{frames_without_pixels, is_raw, layout, pixel_group, Layout};
use super::pattern::{glob, kind_of, module_name};
use crate::error::{Error, Place, Result};
use crate::map::{Section, SourceMap};
use crate::run::{hint, Run};
use std::collections::{BTreeMap, BTreeSet};

/// A detector the run may hold: modules by number.
struct Candidate {
    name: String,
    kind: DetectorKind,
    /// its modules stand under `/CORR/`
    corrected: bool,
    modules: BTreeMap<u16, String>,
}

impl Detector {
    /// The detector called `name`, or the only one of the run; of its modules those in `modules`, or all.
    ///
    /// `name` is a detector (`SPB_DET_AGIPD1M-1`), one of its sources (that module alone), a camera's source
    /// (`.../CAMERA:daqOutput`), or a glob over cameras, whose modules are then numbered by the digits that the first
    /// `*` matched, else from 1. Where a run holds raw and corrected data of one detector, the corrected ones are meant.
    /// `parallel_gain` is left off: see [`Detector::look_for_parallel_gain`].
    ///
    /// # Errors
    /// `Request`: no such detector or module, or several to choose from. `Input`: modules whose pixels differ.
    pub fn find(run: &Run, name: Option<&str>, modules: Option<&[u16]>) -> Result<Detector> {
        let mut candidate = match name {
            Some(name) => named(run, name)?,
            None => only(run)?,
        };
        if let Some(wanted) = modules {
            for number in wanted {
                if !candidate.modules.contains_key(number) {
                    let known: Vec<String> = candidate.modules.keys().map(u16::to_string).collect();
                    let text = format!("detector `{}` has no module {number}", candidate.name);
                    return Err(Error::request(text, Place::default())
                        .with_hint(format!("its modules are {}", known.join(", "))));
                }
            }
            candidate.modules.retain(|number, _| wanted.contains(number));
        }
        describe(run, candidate)
    }
}

impl Detector {
    /// Every detector with modules, raw and corrected ones apart; cameras, which nothing but their images tells from other
    /// sources, are left out.
    ///
    /// # Errors
    /// For each: modules whose pixels differ.
    pub fn all(run: &Run) -> Vec<Result<Detector>> {
        every_with_modules(run).into_values().map(|candidate| describe(run, candidate)).collect()
    }
}

/// Sources of the run that may hold pixels: (name, source in its first file).
fn instrument_sources(run: &Run) -> impl Iterator<Item = (&str, &SourceMap)> {
    run.sources.iter().filter(|(_, entry)| entry.section == Section::Instrument && entry.legacy.is_none()).filter_map(
        |(name, entry)| {
            let maps = entry.files.iter().filter_map(|&(file, source)| run.files.get(file)?.sources.get(source));
            maps.min_by_key(|map| map.groups.is_empty()).map(|map| (name.as_str(), map))
        },
    )
}

/// Detectors with modules; corrected data hide raw data of the same detector.
fn with_modules(run: &Run) -> Vec<Candidate> {
    let found = every_with_modules(run);
    let corrected: BTreeSet<String> = found.keys().filter(|key| key.1).map(|key| key.0.clone()).collect();
    found.into_values().filter(|candidate| candidate.corrected || !corrected.contains(&candidate.name)).collect()
}

/// Whether a file has frames of a module, with its pixels or without.
fn has_frames(map: &SourceMap, kind: DetectorKind) -> bool {
    pixel_group(map, kind).is_some() || frames_without_pixels(map, kind)
}

/// By name and whether corrected.
fn every_with_modules(run: &Run) -> BTreeMap<(String, bool), Candidate> {
    let mut found: BTreeMap<(String, bool), Candidate> = BTreeMap::new();
    for (source, _) in instrument_sources(run) {
        let Some(module) = module_name(source) else { continue };
        let kind = if module.jungfrau { Some(DetectorKind::Jungfrau) } else { kind_of(module.detector) };
        let files = run.sources.get(source).map(|entry| entry.files.as_slice()).unwrap_or_default();
        let mut maps = files.iter().filter_map(|&(file, position)| run.files.get(file)?.sources.get(position));
        let Some(kind) = kind.filter(|&kind| maps.any(|map| has_frames(map, kind))) else { continue };
        found
            .entry((module.detector.to_owned(), module.corrected))
            .or_insert_with(|| Candidate {
                name: module.detector.to_owned(),
                kind,
                corrected: module.corrected,
                modules: BTreeMap::new(),
            })
            .modules
            .insert(module.number, source.to_owned());
    }
    found
}

/// Sources with images that belong to no detector with modules.
fn cameras(run: &Run) -> Vec<&str> {
    instrument_sources(run)
        .filter(|(source, map)| module_name(source).is_none() && pixel_group(map, DetectorKind::Camera).is_some())
        .filter(|(source, _)| !source.contains("/REDU"))
        .map(|(source, _)| source)
        .collect()
}

fn camera(source: &str) -> Candidate {
    let name = source.split(':').next().unwrap_or(source).to_owned();
    let modules = BTreeMap::from([(1, source.to_owned())]);
    Candidate { name, kind: DetectorKind::Camera, corrected: source.contains("/CORR/"), modules }
}

fn only(run: &Run) -> Result<Candidate> {
    let mut detectors = with_modules(run);
    if detectors.len() == 1 {
        return detectors.pop().ok_or_else(|| Error::bug("a detector has vanished", Place::default()));
    }
    let cameras = if detectors.is_empty() { cameras(run) } else { Vec::new() };
    if let [source] = cameras.as_slice() {
        return Ok(camera(source));
    }
    let names: Vec<String> = detectors
        .iter()
        .map(|detector| detector.name.as_str())
        .chain(cameras)
        .map(|name| format!("`{name}`"))
        .collect();
    if names.is_empty() {
        return Err(Error::request("the run holds no detector", Place::default()));
    }
    Err(Error::request(format!("the run holds {} detectors", names.len()), Place::default())
        .with_hint(format!("name one of {}", names.join(", "))))
}

fn named(run: &Run, name: &str) -> Result<Candidate> {
    let mut detectors = with_modules(run);
    if let Some(place) = detectors.iter().position(|detector| detector.name == name) {
        return Ok(detectors.swap_remove(place));
    }
    if let Some(place) = detectors.iter().position(|detector| detector.modules.values().any(|source| source == name)) {
        let mut detector = detectors.swap_remove(place);
        detector.modules.retain(|_, source| source == name);
        return Ok(detector);
    }
    let cameras = cameras(run);
    if name.contains('*') {
        let found: Vec<(&str, &str)> =
            cameras.iter().filter_map(|source| Some((*source, glob(name, source)?))).collect();
        if !found.is_empty() {
            return Ok(several_cameras(name, &found));
        }
    } else if cameras.contains(&name) {
        return Ok(camera(name));
    }
    let known = detectors.iter().map(|detector| detector.name.as_str()).chain(cameras.iter().copied());
    let hint = hint(name, known);
    if run.sources.contains_key(name) {
        let text = format!("source `{name}` holds no images");
        return Err(Error::request(text, Place::default().source(name)).with_hint(hint));
    }
    Err(Error::request(format!("no detector `{name}` in the run"), Place::default()).with_hint(hint))
}

/// Modules numbered by what the star matched when those are numbers of their own, else from 1 in order of names.
fn several_cameras(pattern: &str, found: &[(&str, &str)]) -> Candidate {
    let numbers: Option<BTreeSet<u16>> = found.iter().map(|(_, matched)| matched.parse().ok()).collect();
    let own_numbers = numbers.is_some_and(|numbers| numbers.len() == found.len());
    let modules = found
        .iter()
        .zip(1u16..)
        .map(|(&(source, matched), place)| {
            let number = if own_numbers { matched.parse().unwrap_or(place) } else { place };
            (number, source.to_owned())
        })
        .collect();
    let device = pattern.split(':').next().unwrap_or(pattern);
    let name = device.replace('*', "").trim_end_matches(['/', '_', '-']).to_owned();
    Candidate { name, kind: DetectorKind::Camera, corrected: pattern.contains("/CORR/"), modules }
}

fn describe(run: &Run, candidate: Candidate) -> Result<Detector> {
    let mut modules = Vec::new();
    let mut agreed: Option<(Layout, Place)> = None;
    for (&number, source) in &candidate.modules {
        let mut parts = Vec::new();
        for &(file, position) in &run.source(source)?.files {
            let Some(path) = run.files.get(file).map(|map| &map.path) else { continue };
            let Some(map) = run.files.get(file).and_then(|map| map.sources.get(position)) else { continue };
            let place = Place::file(path).source(source.as_str());
            let Some((group, group_map, dataset)) = pixel_group(map, candidate.kind) else {
                if frames_without_pixels(map, candidate.kind) {
                    return Err(Error::input("the module has frames but no pixels", place));
                }
                continue;
            };
            let found = layout(group_map, dataset, candidate.kind).ok_or_else(|| {
                let text = format!("`{}` of shape {:?} holds no images", dataset.key, dataset.shape);
                Error::input(text, place.clone())
            })?;
            match &mut agreed {
                None => agreed = Some((found, place)),
                Some((expected, first)) => {
                    if !expected.same_pixels(&found) {
                        return Err(Error::input(format!("pixels are {found} here, {expected} in {first}"), place));
                    }
                    if found.mask_key.is_none() {
                        expected.mask_key = None;
                    }
                    if found.gain_key.is_none() {
                        expected.gain_key = None;
                    }
                }
            }
            parts.push(ModulePart { file, source: position, group });
        }
        let aggregator =
            parts.first().and_then(|part| run.file_name(part.file)).map(|name| name.aggregator).unwrap_or_default();
        modules.push(Module { number, source: source.clone(), aggregator, parts });
    }
    let Some((layout, _)) = agreed else {
        return Err(Error::request(format!("no module of `{}` holds pixels", candidate.name), Place::default()));
    };
    let raw = is_raw(&layout, candidate.kind, candidate.corrected);
    Ok(Detector {
        name: candidate.name,
        kind: candidate.kind,
        raw,
        modules,
        group: layout.group,
        pixel_key: layout.pixel_key,
        mask_key: layout.mask_key.filter(|_| !raw),
        gain_key: layout.gain_key,
        element: layout.element,
        planes: layout.planes,
        slow: layout.slow,
        fast: layout.fast,
        cells_per_row: layout.cells_per_row,
        parallel_gain: false,
    })
}
