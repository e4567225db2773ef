//! The intact files: mocks of EXtra-data, runs we simulate, what we publish, and real frames where there are some.

use std::ops::Range;
use std::path::{Path, PathBuf};
use trainyard_tests::{json_of_python, simulated, Original, Reduction};

pub struct Seed {
    /// of the file; readers take class, run and aggregator from it
    pub name: String,
    pub file: PathBuf,
    pub original: Original,
    /// intact files of the same run: name and bytes
    pub companions: Vec<(String, Vec<u8>)>,
}

/// Detector, codec, and whether the run's control data are a seed as well.
const SIMULATED: [(&str, &str, bool); 5] = [
    ("--detector dssc --raw --pulses 2", "bitshuffle-lz4", true),
    ("--detector dssc --raw --pulses 2", "zstd", false),
    ("--detector lpd --raw --pulses 2", "deflate", false),
    ("--detector lpd --pulses 1", "lz4", false),
    ("--detector dssc --pulses 2", "bitshuffle-zstd", false),
];

const STEPS: &str = "steps:
  - integrate-azimuthally: {unit: r_mm, bins: 20, per: frame}
  - write-frames: {codec: bitshuffle-zstd}";

/// Nothing, said so, without an interpreter.
pub fn seeds(folder: &Path) -> Option<Vec<Seed>> {
    let mut files = Vec::new();
    for (detector, codec, control) in SIMULATED {
        let run = simulated(&format!("powder {detector} --trains 2 --modules 3,4 --brightness 0.2 --codec {codec}"));
        let seeds = |file: &PathBuf| !name(file).contains("04-S") && (control || !name(file).contains("-DA"));
        files.extend(files_of(&run).into_iter().filter(seeds));
    }
    let run =
        simulated("powder --detector dssc --pulses 2 --trains 2 --modules 3 --brightness 0.2 --codec bitshuffle-lz4");
    let reduction = Reduction::new(&run, STEPS);
    reduction.reduce(&[]);
    files.extend(files_of(&reduction.output()));
    let real = std::env::var_os("TRAINYARD_REAL_DATA").unwrap_or_else(|| {
        println!("skipped: no seeds of real frames, TRAINYARD_REAL_DATA is not set");
        "-".into()
    });
    let arguments = [folder.as_os_str().to_owned(), real].into_iter().chain(files.into_iter().map(Into::into));
    let told = json_of_python("mutant_seeds.py", arguments)?;
    let seed = |told: &serde_json::Value| {
        let file = PathBuf::from(told["file"].as_str().expect("a path"));
        let bytes = std::fs::read(&file).expect("a seed");
        let bound = |pair: &serde_json::Value, at: usize| pair[at].as_u64().expect("a byte") as usize;
        let pairs = told["values"].as_array().expect("ranges");
        let values: Vec<Range<usize>> = pairs.iter().map(|pair| bound(pair, 0)..bound(pair, 1)).collect();
        let others = files_of(file.parent().expect("a folder")).into_iter().filter(|other| *other != file);
        let companions = others.map(|other| (name(&other), std::fs::read(&other).expect("an intact file"))).collect();
        Seed { name: name(&file), original: Original::new(bytes, &values), companions, file }
    };
    Some(told.as_array().expect("files").iter().map(seed).collect())
}

fn files_of(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run).expect("a run").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "h5")).collect();
    files.sort();
    files
}

fn name(file: &Path) -> String {
    file.file_name().expect("a name").to_string_lossy().into_owned()
}
