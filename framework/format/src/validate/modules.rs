//! The modules of a detector against each other.

use super::finding::{Report, Severity};
use super::ids::Ids;
use crate::detector::known_size;
use crate::map::{FileMap, GroupMap, Section, SourceMap};
use crate::opener::OpenerPool;
use crate::words::{counted, is_or_are};
use crate::{Place, Result};
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::xxh3_64;

/// Keys of an image group that say which frame a row is.
const KEYS: [&str; 2] = ["pulseId", "cellId"];

/// One file's share of one module.
struct Part<'a> {
    file: &'a FileMap,
    source: &'a SourceMap,
    group: &'a GroupMap,
}

impl Part<'_> {
    fn place(&self) -> Place {
        Place::file(&self.file.path).source(self.source.name.as_str())
    }

    fn key_path(&self, key: &str) -> String {
        format!("/INSTRUMENT/{}/{}/{key}", self.source.name, self.group.name)
    }

    /// Train, first row, number of rows.
    fn trains(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        let rows = self.group.first.iter().zip(&self.group.count);
        self.file
            .trains
            .iter()
            .zip(rows)
            .filter(|(&train, _)| train != 0)
            .map(|(&train, (&first, &count))| (train, first, count))
    }
}

/// `SPB_DET_AGIPD1M-1/DET/3CH0:xtdf` -> (`SPB_DET_AGIPD1M-1/DET`, 3); `.../DET/JNGFR02:daqOutput` -> 2.
fn module_of(source: &str) -> Option<(&str, u32)> {
    let (device, _) = source.split_once(':')?;
    let (detector, member) = device.rsplit_once('/')?;
    if !detector.ends_with("/DET") && !detector.ends_with("/CORR") {
        return None;
    }
    let digits = match member.split_once("CH") {
        Some((number, _)) => number,
        None => ["JNGFR", "MODULE_", "RECEIVER-"].iter().find_map(|prefix| member.strip_prefix(prefix))?,
    };
    digits.split(':').next()?.parse().ok().map(|number| (detector, number))
}

/// Detector -> module number -> parts in file order.
fn detectors(files: &[FileMap]) -> BTreeMap<&str, BTreeMap<u32, Vec<Part<'_>>>> {
    let mut detectors: BTreeMap<&str, BTreeMap<u32, Vec<Part>>> = BTreeMap::new();
    for file in files {
        for source in &file.sources {
            let own = source.section == Section::Instrument && source.legacy_target.is_none();
            let Some((detector, number)) = module_of(&source.name).filter(|_| own) else { continue };
            let group = source
                .groups
                .iter()
                .find(|group| group.name == "image")
                .or(source.groups.iter().find(|group| group.name == "data"));
            if let Some(group) = group {
                detectors.entry(detector).or_default().entry(number).or_default().push(Part { file, source, group });
            }
        }
    }
    detectors
}

pub(super) fn present(files: &[FileMap], report: &mut Report) {
    for (detector, modules) in detectors(files) {
        let Some(size) = known_size(detector) else { continue };
        let missing: Vec<String> = (0..u32::from(size))
            .filter(|number| !modules.contains_key(number))
            .map(|number| number.to_string())
            .collect();
        if !missing.is_empty() {
            let what = format!(
                "{} of {size} modules {} not there: {}",
                missing.len(),
                is_or_are(missing.len()),
                missing.join(", ")
            );
            report.add(Place::default().source(detector), what);
        }
    }
}

/// Within a train every module has the same number of frames, or none.
pub(super) fn counts(files: &[FileMap], report: &mut Report) {
    for (detector, modules) in detectors(files) {
        let mut extremes: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for (train, _, count) in modules.values().flatten().flat_map(Part::trains).filter(|(.., count)| *count > 0) {
            let (least, most) = extremes.entry(train).or_insert((count, count));
            (*least, *most) = ((*least).min(count), (*most).max(count));
        }
        let mut unequal = extremes.iter().filter(|(_, (least, most))| least != most);
        if let Some((&train, (least, most))) = unequal.next() {
            let what = format!(
                "modules have different numbers of frames in {}, first between {least} and {most}",
                counted(1 + unequal.count(), "train")
            );
            let at = shortest(&modules, train);
            let place = at.map_or(Place::default().source(detector), Part::place);
            let path = at.map(|part| format!("INDEX/{}/{}/count", part.source.name, part.group.name));
            report.add(place.train(train), what).dataset = path;
        }
        for (number, parts) in &modules {
            let own: BTreeSet<u64> =
                parts.iter().flat_map(Part::trains).filter(|(.., count)| *count > 0).map(|(train, ..)| train).collect();
            let mut missing = extremes.keys().filter(|train| !own.contains(train));
            if let Some(&train) = missing.next() {
                let what =
                    format!("module {number} lacks {} of {}", 1 + missing.count(), counted(extremes.len(), "train"));
                report.add(Place::default().source(detector).train(train), what).severity = Severity::Note;
            }
        }
    }
}

/// The part with the fewest frames of a train, but some.
fn shortest<'a>(modules: &'a BTreeMap<u32, Vec<Part<'a>>>, train: u64) -> Option<&'a Part<'a>> {
    let parts = modules.values().flatten();
    let frames = |part: &Part| part.trains().filter(|&(id, _, count)| id == train && count > 0).map(|row| row.2).min();
    parts.filter_map(|part| Some((frames(part)?, part))).min_by_key(|found| found.0).map(|found| found.1)
}

/// Frames stand in the same order in every module, and no frame twice.
pub(super) fn ids(files: &[FileMap], pool: &OpenerPool, report: &mut Report) {
    for (detector, modules) in detectors(files) {
        let parts: Vec<(u32, &Part)> =
            modules.iter().flat_map(|(&number, parts)| parts.iter().map(move |part| (number, part))).collect();
        let thirds = detector.contains("LPD");
        let both: Vec<(&str, u32, &Part)> =
            KEYS.iter().flat_map(|key| parts.iter().map(move |&(number, part)| (*key, number, part))).collect();
        let found = pool.in_parallel(&both, |&(key, _, part)| fingerprints(part, key, thirds, pool));
        let mut found = both.iter().zip(found).peekable();
        for key in KEYS {
            // train -> (fingerprint, module) of the first module that has it
            let mut first: BTreeMap<u64, (u64, u32)> = BTreeMap::new();
            let mut unequal: BTreeMap<u32, (&Part, u64, u32, usize)> = BTreeMap::new();
            while let Some(((_, number, part), found)) = found.next_if(|((of, ..), _)| *of == key) {
                let found = match found {
                    Ok(found) => found,
                    Err(error) => {
                        report.failed(&error);
                        continue;
                    }
                };
                for (train, fingerprint) in found.by_train {
                    let known = *first.entry(train).or_insert((fingerprint, *number));
                    if known.0 != fingerprint {
                        unequal.entry(*number).or_insert((*part, train, known.1, 0)).3 += 1;
                    }
                }
                if let Some(train) = found.repeated.filter(|_| key == "pulseId") {
                    let what = "a pulse id stands twice in a train";
                    report.add(part.place().train(train), what).at(part.key_path(key)).severity = Severity::Error;
                }
            }
            for (number, (part, train, other, count)) in unequal {
                let what =
                    format!("module {number} disagrees with module {other} on {key} in {}", counted(count, "train"));
                report.add(part.place().train(train), what).at(part.key_path(key));
            }
        }
    }
}

#[derive(Default)]
struct Fingerprints {
    /// checksum of the ids of each train that has frames
    by_train: Vec<(u64, u64)>,
    /// first train with an id twice
    repeated: Option<u64>,
}

/// Checksums of the ids of each train. With `thirds`, a train whose ids repeat counts by its first third: in LPD's
/// parallel gain mode the ids of the other two mean nothing.
fn fingerprints(part: &Part, key: &str, thirds: bool, pool: &OpenerPool) -> Result<Fingerprints> {
    let mut result = Fingerprints::default();
    let Some(dataset) = part.group.datasets.iter().find(|dataset| dataset.path.ends_with(&format!("/{key}"))) else {
        return Ok(result);
    };
    let Some(size) = dataset.row_bytes().and_then(|n| usize::try_from(n).ok()).filter(|&n| n > 0) else {
        return Ok(result);
    };
    let inside = |&(_, first, count): &(u64, u64, u64)| {
        count > 0 && first.checked_add(count).is_some_and(|end| end <= dataset.rows())
    };
    let trains: Vec<(u64, u64, u64)> = part.trains().filter(inside).collect();
    Ids { file: part.file, dataset, pool, size }.each_train(&trains, |train, mut ids| {
        let count = ids.len() / size;
        if thirds && count.is_multiple_of(3) && repeats(ids, size) {
            ids = &ids[..ids.len() / 3];
        }
        if result.repeated.is_none() && repeats(ids, size) {
            result.repeated = Some(train);
        }
        result.by_train.push((train, xxh3_64(ids)));
    })?;
    Ok(result)
}

/// Whether an id stands there twice. Ids mostly increase, and then one look at each is enough.
fn repeats(ids: &[u8], size: usize) -> bool {
    let number = |id: &[u8]| id.iter().rev().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    let increase = match size {
        2 => ids.as_chunks::<2>().0.is_sorted_by(|a, b| u16::from_le_bytes(*a) < u16::from_le_bytes(*b)),
        8 => ids.as_chunks::<8>().0.is_sorted_by(|a, b| u64::from_le_bytes(*a) < u64::from_le_bytes(*b)),
        1..8 => ids.chunks_exact(size).is_sorted_by(|a, b| number(a) < number(b)),
        _ => false,
    };
    if increase {
        return false;
    }
    let mut seen: Vec<&[u8]> = ids.chunks_exact(size).collect();
    seen.sort_unstable();
    seen.windows(2).any(|pair| pair[0] == pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_told_from_their_names() {
        assert_eq!(module_of("SPB_DET_AGIPD1M-1/DET/15CH0:xtdf"), Some(("SPB_DET_AGIPD1M-1/DET", 15)));
        assert_eq!(module_of("SPB_DET_AGIPD1M-1/CORR/3CH0:output"), Some(("SPB_DET_AGIPD1M-1/CORR", 3)));
        assert_eq!(module_of("SPB_IRDA_JF4M/DET/JNGFR08:daqOutput"), Some(("SPB_IRDA_JF4M/DET", 8)));
        assert_eq!(module_of("HED_IA1_JF500K1/DET/MODULE_1:daqOutput"), Some(("HED_IA1_JF500K1/DET", 1)));
        assert_eq!(module_of("SPB_XTD9_XGM/DOOCS/MAIN:output"), None);
        assert_eq!(module_of("SPB_DET_AGIPD1M-1/REDU/AZINT:output"), None);
    }

    #[test]
    fn repeated_ids_are_seen() {
        assert!(repeats(&[1, 0, 2, 0, 1, 0], 2));
        assert!(!repeats(&[1, 0, 0, 1, 2, 0], 2));
        assert!(!repeats(&[255, 0, 0, 1], 2));
        assert!(!repeats(&[1, 0, 0, 2, 0, 0, 0, 0, 1], 3));
        assert!(repeats(&[1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 8));
        assert!(!repeats(&[2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 8));
        assert!(repeats(&[7; 24], 12));
    }
}
