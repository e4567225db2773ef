//! Detectors: modules, frames per train, how the pixels are stored.

use super::keys::KeyLine;
use serde::Serialize;
use std::collections::BTreeMap;
use trainyard_format::detector::{Detector, DetectorKind, Module};
use trainyard_format::run::Run;

#[derive(Clone, Debug, Serialize)]
pub struct DetectorLine {
    pub name: String,
    pub kind: &'static str,
    /// recorded, not corrected
    pub raw: bool,
    pub modules: Vec<ModuleLine>,
    /// modules that the name promises
    pub missing_modules: Vec<u16>,
    /// LPD: trains hold three gain stages of the same pulses
    pub parallel_gain: bool,
    /// pixels of a module: slow, fast
    pub module_shape: [usize; 2],
    pub frames: u64,
    /// of trains that have any; the most that a module has counts
    pub frames_per_train: Option<Spread>,
    /// trains of the run in which no module has a frame
    pub trains_without_frames: usize,
    /// over all modules
    pub pixels: Option<KeyLine>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub least: u64,
    /// the lower of the two in the middle
    pub median: u64,
    pub most: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct ModuleLine {
    pub number: u16,
    pub source: String,
    /// with frames
    pub trains: usize,
    pub frames: u64,
}

impl DetectorLine {
    pub fn of(run: &Run, detector: &Detector) -> Self {
        let mut by_train: BTreeMap<u64, u64> = BTreeMap::new();
        let mut modules = Vec::new();
        let mut pixels: Option<KeyLine> = None;
        for module in &detector.modules {
            let mut line = ModuleLine { number: module.number, source: module.source.clone(), trains: 0, frames: 0 };
            for (train, frames) in frames(run, detector, module) {
                line.trains += 1;
                line.frames = line.frames.saturating_add(frames);
                let most = by_train.entry(train).or_default();
                *most = frames.max(*most);
            }
            modules.push(line);
            for part in &module.parts {
                let group = run.files.get(part.file).and_then(|f| f.sources.get(part.source)?.groups.get(part.group));
                let dataset = group.and_then(|g| Some((g, g.dataset(&detector.pixel_key)?)));
                match (&mut pixels, dataset) {
                    (Some(line), Some((_, dataset))) => line.add(dataset),
                    (none, Some((group, dataset))) => {
                        *none = Some(KeyLine { key: detector.pixel_key.clone(), ..KeyLine::of(dataset, group) });
                    }
                    _ => {}
                }
            }
        }
        let counts: Vec<u64> = by_train.into_values().collect();
        DetectorLine {
            name: detector.name.clone(),
            kind: match detector.kind {
                DetectorKind::Agipd => "AGIPD",
                DetectorKind::Lpd => "LPD",
                DetectorKind::Dssc => "DSSC",
                DetectorKind::Jungfrau => "JUNGFRAU",
                DetectorKind::Camera => "camera",
            },
            raw: detector.raw,
            modules,
            missing_modules: detector.missing_modules(),
            parallel_gain: detector.parallel_gain,
            module_shape: [detector.slow, detector.fast],
            frames: counts.iter().fold(0, |sum, &count| sum.saturating_add(count)),
            trains_without_frames: run.trains.len().saturating_sub(counts.len()),
            frames_per_train: spread(counts),
            pixels,
        }
    }

    /// Modules that have fewer trains than others: (number, how many fewer).
    pub fn lacking(&self) -> Vec<(u16, usize)> {
        let most = self.modules.iter().map(|m| m.trains).max().unwrap_or(0);
        self.modules.iter().filter(|m| m.trains < most).map(|m| (m.number, most - m.trains)).collect()
    }
}

/// Trains of a module that have frames, and how many.
fn frames<'a>(run: &'a Run, detector: &'a Detector, module: &'a Module) -> impl Iterator<Item = (u64, u64)> + 'a {
    let cells = detector.cells_per_row.max(1) as u64;
    module.parts.iter().filter_map(|part| run.files.get(part.file).zip(Some(part))).flat_map(move |(file, part)| {
        let group = file.sources.get(part.source).and_then(|s| s.groups.get(part.group));
        let counts = group.map(|g| g.count.as_slice()).unwrap_or_default();
        let rows = file.trains.iter().copied().zip(counts.iter().copied());
        rows.filter(|&(id, rows)| id != 0 && rows > 0).map(move |(id, rows)| (id, rows.saturating_mul(cells)))
    })
}

fn spread(mut counts: Vec<u64>) -> Option<Spread> {
    counts.sort_unstable();
    let median = *counts.get(counts.len().checked_sub(1)? / 2)?;
    Some(Spread { least: *counts.first()?, median, most: *counts.last()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_of_two_in_the_middle() {
        assert_eq!(spread(vec![]), None);
        assert_eq!(spread(vec![3]), Some(Spread { least: 3, median: 3, most: 3 }));
        assert_eq!(spread(vec![9, 1, 5, 7]), Some(Spread { least: 1, median: 5, most: 9 }));
    }
}
