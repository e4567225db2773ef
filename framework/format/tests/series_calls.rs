//! How calls are cut and in which order they come changes nothing: the same bytes buffered, the same values direct.

mod support;

use proptest::prelude::*;
use std::path::{Path, PathBuf};
use support::{contents, Contents};
use trainyard_codec::Codec;
use trainyard_format::map::ElementType;
use trainyard_format::write::series::{Dataset, Layout, Mode, Parameters, SeriesOptions, SeriesWriter};
use trainyard_format::write::{TrainRow, Values};

/// Name, its index group (0 is CONTROL), bytes of a row.
const DATASETS: [(&str, usize, usize); 5] =
    [("energy", 0, 8), ("position", 0, 8), ("x", 1, 2), ("y", 1, 12), ("z", 2, 2)];

fn layout() -> Layout {
    Layout::new()
        .dataset("energy", Dataset::of::<f64>("A/B", "photon.energy").unit("photon energy", "keV", "kiloelectronvolt"))
        .dataset("position", Dataset::of::<f32>("A/B", "position").shape("2").chunk_rows(3))
        .dataset("x", Dataset::of::<u16>("A/B:out", "data.x"))
        .dataset(
            "y",
            Dataset::of::<f32>("A/B:out", "data.y").shape("3").chunk_rows(5).codec(Codec::Deflate { level: 1 }),
        )
        .dataset("z", Dataset::of::<u8>("A/B:out", "more.z").shape("2").chunk_rows(4))
}

fn element(dataset: usize) -> (ElementType, &'static [u64]) {
    match dataset {
        0 => (ElementType::F64, &[]),
        1 => (ElementType::F32, &[2]),
        2 => (ElementType::U16, &[]),
        3 => (ElementType::F32, &[3]),
        _ => (ElementType::U8, &[2]),
    }
}

/// Rows of a group in each train.
type Counts = [Vec<u64>; 3];

struct Series {
    writer: SeriesWriter,
    counts: Counts,
    declared: usize,
    fed: [usize; 5],
}

impl Series {
    fn new(folder: &Path, counts: &Counts, trains_per_file: usize, mode: Mode) -> Self {
        let options = SeriesOptions { trains_per_file: Some(trains_per_file), mode, ..SeriesOptions::default() };
        let path = folder.join("CORR-R0001-REDU00-S{seq:05}.h5");
        let writer = SeriesWriter::create(path, &layout(), &Parameters::new(), options).expect("a writer");
        Series { writer, counts: counts.clone(), declared: 0, fed: [0; 5] }
    }

    fn declare(&mut self, trains: usize) {
        let end = self.counts[0].len().min(self.declared + trains);
        let rows =
            (self.declared..end).map(|i| TrainRow::new(10_000 + 2 * i as u64, 1_700_000_000_000_000_000 + i as u64));
        self.writer.add_trains(rows).expect("trains");
        self.declared = end;
    }

    /// The next `trains` trains of a dataset, in one call or one by one; the latter passes over trains without rows.
    fn feed(&mut self, dataset: usize, trains: usize, single: bool) {
        let (name, group, row) = DATASETS[dataset];
        let (element, shape) = element(dataset);
        let begin = self.fed[dataset];
        let end = self.declared.min(begin + trains);
        let counts = self.counts[group][begin..end].to_vec();
        let mut first: u64 = self.counts[group][..begin].iter().sum();
        let bytes = |first: u64, rows: u64| -> Vec<u8> {
            let range = first as usize * row..(first + rows) as usize * row;
            range.map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8 ^ dataset as u8).collect()
        };
        if single {
            for (i, &rows) in counts.iter().enumerate().filter(|(_, &rows)| rows > 0) {
                let bytes = bytes(first, rows);
                let train = 10_000 + 2 * (begin + i) as u64;
                self.writer.put(name, train, Values::new(element, shape, &bytes)).expect("a train");
                first += rows;
                self.fed[dataset] = begin + i + 1;
            }
        } else {
            let bytes = bytes(first, counts.iter().sum());
            self.writer.put_many(name, &counts, Values::new(element, shape, &bytes)).expect("trains");
            self.fed[dataset] = end;
        }
    }

    fn close(mut self) -> Vec<PathBuf> {
        self.declare(usize::MAX >> 1);
        (0..5).for_each(|dataset| self.feed(dataset, usize::MAX >> 1, false));
        self.writer.close().expect("files").into_iter().map(|receipt| receipt.path).collect()
    }
}

fn names(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect()
}

fn all_contents(paths: &[PathBuf]) -> Vec<Contents> {
    paths.iter().map(|path| contents(path)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(50) })]

    #[test]
    fn calls_in_any_order_give_the_same_files(
        rows in proptest::collection::vec((0u64..2, 0u64..5, 0u64..3), 0..14),
        trains_per_file in 1usize..7,
        calls in proptest::collection::vec((0usize..6, 1usize..5, any::<bool>()), 0..60),
    ) {
        let counts: Counts = [
            rows.iter().map(|row| row.0).collect(),
            rows.iter().map(|row| row.1).collect(),
            rows.iter().map(|row| row.2).collect(),
        ];
        let folders = [0; 3].map(|_| tempfile::tempdir().expect("a temporary folder"));
        let bulk = Series::new(folders[0].path(), &counts, trains_per_file, Mode::Buffered).close();
        prop_assert_eq!(bulk.len(), rows.len().div_ceil(trains_per_file).max(1));
        let expected = all_contents(&bulk);
        for (folder, mode) in [(&folders[1], Mode::Buffered), (&folders[2], Mode::Direct)] {
            let mut series = Series::new(folder.path(), &counts, trains_per_file, mode);
            for &(dataset, trains, single) in &calls {
                match dataset {
                    5 => series.declare(trains),
                    _ => series.feed(dataset, trains, single),
                }
            }
            let files = series.close();
            prop_assert_eq!(names(&files), names(&bulk));
            if mode == Mode::Buffered {
                for (ours, theirs) in files.iter().zip(&bulk) {
                    prop_assert!(std::fs::read(ours).expect("a file") == std::fs::read(theirs).expect("a file"));
                }
            }
            prop_assert_eq!(all_contents(&files), expected.clone());
        }
    }
}
