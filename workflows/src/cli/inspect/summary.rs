//! A run in figures.

use serde::Serialize;
use trainyard_format::detector::Detector;
use trainyard_format::map::{DatasetMap, ElementType, FormatVersion, GroupMap, Layout};
use trainyard_format::run::{Run, SourceEntry};

#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub folders: Vec<String>,
    pub trains: Trains,
    pub detectors: Vec<DetectorLine>,
    pub files: Vec<FileLine>,
    pub sources: Vec<SourceLine>,
    /// files left out
    pub skipped: Vec<String>,
    /// what is odd but does not hinder
    pub problems: Vec<String>,
}

/// A detector with modules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DetectorLine {
    pub name: String,
    pub modules: Vec<u16>,
    /// modules that the name promises
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<u16>,
    /// recorded, not corrected
    pub raw: bool,
    /// of one module: slow, fast
    pub pixels: [usize; 2],
    /// LPD: trains hold three gain stages of the same pulses
    pub parallel_gain: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trains {
    pub count: usize,
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// ids between first and last that no file has: `A:B`, half-open
    pub gaps: Vec<String>,
    pub missing: u64,
    /// trains whose flag is 0
    pub suspect: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct FileLine {
    pub path: String,
    pub format: String,
    pub trains: usize,
    pub first: Option<u64>,
    pub last: Option<u64>,
    pub sources: usize,
    pub bytes: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct SourceLine {
    pub name: String,
    pub section: &'static str,
    /// the name that holds the data now, when this is an old name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<String>,
    pub files: usize,
    pub groups: Vec<GroupLine>,
    pub run_values: Vec<String>,
}

/// Index groups of one name over all files of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GroupLine {
    pub name: String,
    /// trains with at least one row
    pub trains: usize,
    pub rows: u64,
    /// rows of the trains that have any
    pub least_per_train: u64,
    pub most_per_train: u64,
    pub keys: Vec<KeyLine>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyLine {
    pub key: String,
    pub dtype: String,
    /// of one row
    pub shape: Vec<u64>,
    /// of the first file; `none` for bare data
    pub filters: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<Vec<u64>>,
    pub layout: &'static str,
    pub stored_bytes: u64,
}

impl Summary {
    pub fn of(run: &Run, detectors: &[Detector]) -> Self {
        let ids = run.train_ids();
        let files = run.files.iter().map(|file| FileLine {
            path: file.path.display().to_string(),
            format: match &file.version {
                FormatVersion::Legacy => "before 1.0".into(),
                FormatVersion::Stated(version) => version.clone(),
            },
            trains: file.trains.iter().filter(|&&id| id != 0).count(),
            first: file.trains.iter().copied().find(|&id| id != 0),
            last: file.trains.iter().copied().rfind(|&id| id != 0),
            sources: file.sources.len(),
            bytes: file.stamp.size,
        });
        Summary {
            folders: run.folders.iter().map(|folder| folder.display().to_string()).collect(),
            trains: trains(&ids, run.trains.iter().filter(|train| train.flag == 0).count()),
            detectors: detectors.iter().map(DetectorLine::of).collect(),
            files: files.collect(),
            sources: run.sources.iter().map(|(name, entry)| source(run, name, entry)).collect(),
            skipped: run.skipped.iter().map(|error| format!("{}: {error}", error.place())).collect(),
            problems: run.problems.iter().map(|error| format!("{}: {error}", error.place())).collect(),
        }
    }
}

impl DetectorLine {
    fn of(detector: &Detector) -> Self {
        DetectorLine {
            name: detector.name.clone(),
            modules: detector.modules.iter().map(|module| module.number).collect(),
            missing: detector.missing_modules(),
            raw: detector.raw,
            pixels: [detector.slow, detector.fast],
            parallel_gain: detector.parallel_gain,
        }
    }
}

/// `ids` ascending.
fn trains(ids: &[u64], suspect: usize) -> Trains {
    let holes = ids.windows(2).filter(|pair| pair[1] - pair[0] > 1);
    let gaps: Vec<(u64, u64)> = holes.map(|pair| (pair[0] + 1, pair[1])).collect();
    Trains {
        count: ids.len(),
        first: ids.first().copied(),
        last: ids.last().copied(),
        missing: gaps.iter().map(|(from, until)| until - from).sum(),
        gaps: gaps.iter().map(|(from, until)| format!("{from}:{until}")).collect(),
        suspect,
    }
}

fn source(run: &Run, name: &str, entry: &SourceEntry) -> SourceLine {
    let maps: Vec<_> = entry.files.iter().filter_map(|&(file, at)| run.files.get(file)?.sources.get(at)).collect();
    let mut groups: Vec<GroupLine> = Vec::new();
    for group in maps.iter().flat_map(|map| &map.groups) {
        match groups.iter_mut().find(|line| line.name == group.name) {
            Some(line) => line.add(group),
            None => {
                let mut line = GroupLine { name: group.name.clone(), ..GroupLine::default() };
                line.add(group);
                groups.push(line);
            }
        }
    }
    let run_values = maps.first().map(|map| map.run_values.iter().map(|value| value.key.clone()).collect());
    SourceLine {
        name: name.into(),
        section: entry.section.group_name(),
        alias_of: entry.legacy.clone(),
        files: maps.len(),
        groups,
        run_values: run_values.unwrap_or_default(),
    }
}

impl GroupLine {
    fn add(&mut self, group: &GroupMap) {
        for &count in group.count.iter().filter(|&&count| count > 0) {
            self.least_per_train = if self.trains == 0 { count } else { self.least_per_train.min(count) };
            self.most_per_train = self.most_per_train.max(count);
            self.trains += 1;
            self.rows = self.rows.saturating_add(count);
        }
        for dataset in &group.datasets {
            match self.keys.iter_mut().find(|line| line.key == dataset.key) {
                Some(line) => line.stored_bytes = line.stored_bytes.saturating_add(dataset.stored_bytes),
                None => self.keys.push(key(dataset)),
            }
        }
    }
}

fn key(dataset: &DatasetMap) -> KeyLine {
    KeyLine {
        key: dataset.key.clone(),
        dtype: dtype(dataset.element, dataset.big_endian),
        shape: dataset.shape.iter().skip(1).copied().collect(),
        filters: dataset.filters.iter().map(filter).collect(),
        chunk: dataset.chunk().map(<[u64]>::to_vec),
        layout: match dataset.layout {
            Layout::Compact => "compact",
            Layout::Contiguous { .. } => "contiguous",
            Layout::Chunked { .. } => "chunked",
            Layout::Virtual => "virtual",
            Layout::External => "external",
        },
        stored_bytes: dataset.stored_bytes,
    }
}

fn dtype(element: ElementType, big_endian: bool) -> String {
    let name = match element {
        ElementType::U8 => "u8",
        ElementType::U16 => "u16",
        ElementType::U32 => "u32",
        ElementType::U64 => "u64",
        ElementType::I8 => "i8",
        ElementType::I16 => "i16",
        ElementType::I32 => "i32",
        ElementType::I64 => "i64",
        ElementType::F32 => "f32",
        ElementType::F64 => "f64",
        ElementType::Bool => "bool",
        ElementType::FixedString(length) => return format!("text({length})"),
        ElementType::VarString => "text",
        ElementType::Other(size) => return format!("other({size} bytes)"),
    };
    if big_endian {
        format!("{name} big-endian")
    } else {
        name.into()
    }
}

/// Names by the HDF Group's list of registered filters; bitshuffle says in its fifth value which compressor follows.
fn filter(filter: &trainyard_codec::Filter) -> String {
    let name = match (filter.id, filter.values.get(4)) {
        (1, _) => "deflate",
        (2, _) => "shuffle",
        (3, _) => "fletcher32",
        (32000, _) => "lzf",
        (32001, _) => "blosc",
        (32004, _) => "lz4",
        (32008, Some(2)) => "bitshuffle-lz4",
        (32008, Some(3)) => "bitshuffle-zstd",
        (32008, _) => "bitshuffle",
        (32013, _) => "zfp",
        (32015, _) => "zstd",
        (32024, _) => "sz3",
        (32026, _) => "blosc2",
        _ => return format!("filter {}", filter.id),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_format::map::StoredIndex;

    #[test]
    fn gaps_are_half_open_ranges() {
        let trains = trains(&[10, 11, 14, 15, 20], 2);
        assert_eq!((trains.count, trains.missing, trains.gaps), (5, 6, vec!["12:14".to_string(), "16:20".to_string()]));
        assert_eq!(super::trains(&[], 0).first, None);
    }

    #[test]
    fn a_group_sums_over_files() {
        let dataset = |bytes| DatasetMap {
            key: "image.data".into(),
            path: "/INSTRUMENT/a/image/data".into(),
            element: ElementType::U16,
            big_endian: false,
            shape: vec![7, 512, 128],
            max_shape: vec![u64::MAX, 512, 128],
            layout: Layout::Chunked { chunk: vec![1, 512, 128] },
            filters: vec![trainyard_codec::Filter {
                id: 32008,
                flags: 0,
                values: vec![0, 4, 2, 0, 2],
                name: String::new(),
            }],
            attributes: vec![],
            stored_bytes: bytes,
        };
        let group = |count: Vec<u64>, bytes| GroupMap {
            name: "image".into(),
            first: vec![0; count.len()],
            count,
            stored_index: StoredIndex::default(),
            datasets: vec![dataset(bytes)],
            key_attributes: vec![],
        };
        let mut line = GroupLine::default();
        line.add(&group(vec![0, 4, 3], 100));
        line.add(&group(vec![2, 0], 50));
        assert_eq!((line.trains, line.rows, line.least_per_train, line.most_per_train), (3, 9, 2, 4));
        assert_eq!((line.keys.len(), line.keys[0].stored_bytes), (1, 150));
        assert_eq!(line.keys[0].filters, ["bitshuffle-lz4"]);
        assert_eq!(line.keys[0].shape, [512, 128]);
    }
}
