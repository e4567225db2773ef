//! No published byte depends on the processor: each level of instructions, and the C library as another processor has it, gives
//! the same files, also where the ranks of one run differ.

use std::path::{Path, PathBuf};
use trainyard_codec::Processor;
use trainyard_tests::{program, python, simulated, trainyard_on_each, Powder, Reduction, PATIENCE};

const VARIABLE: &str = "TRAINYARD_PROCESSOR";

/// Makes glibc take the forms of its functions that a processor without these has; other systems do not know it.
const PLAIN_C_LIBRARY: (&str, &str) = ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F");

const POWDER: &str = "sequence: {trains: 2}
steps:
  - lit-frames
  - integrate-azimuthally: {as: plain, unit: 2th_deg, bins: 300, per: frame}
  - integrate-azimuthally: {as: train, unit: r_mm, bins: 50, error-model: none, per: train}
  - integrate-azimuthally: {as: shared, splitting: bbox, unit: q_nm^-1, bins: 200, polarisation: 0.9, per: run}
  - write-frames: {codec: bitshuffle-lz4}";

const RAW: &str = "steps:
  - lit-frames
  - keep: lit
  - correlate-times: {levels: 2, rings: [[10, 60]], normalisation: pixel}
  - write-frames: {codec: {deflate: {level: 3}}}";

const HITS: &str = "sequence: {trains: 2}
steps:
  - find-hits: {method: lit-pixels, threshold: 0.7, modules: [3, 4], mode: adaptive, snr: 4, lower-quartile: true}
  - keep: hit
  - write-frames: {codec: {zstd: {level: 3}}}";

const PEAKS: &str = "steps:
  - find-peaks: {method: connected, threshold: 8, min-pixels: 2, max-pixels: 50}
  - keep: peaks.count >= 1
  - write-frames: {codec: bitshuffle-lz4}";

const TIMES: &str = "steps:
  - correlate-times: {method: multi-tau, buffers: 8, levels: 2, rings: [[20, 30], [30, 40]], normalisation: roi}";

const LOSSY: &str = "quality: {sample: 50%, limits: {max-error: 1}}
steps:
  - write-frames: {codec: {sz3: {absolute: 1}}}";

const NOISE: &str = "steps:
  - write-frames: {codec: {sz3: {psnr: 60}}}";

fn kinds() -> Vec<(&'static str, PathBuf, &'static str)> {
    let mut kinds = vec![
        ("azimuthal", Powder::corrected(), POWDER),
        ("raw", Powder::raw(), RAW),
        ("hits", simulated("spi --trains 4 --pulses 8 --modules 3,4"), HITS),
        ("peaks", simulated("sfx --trains 2 --pulses 6 --modules 0,8"), PEAKS),
        ("times", simulated("xpcs --trains 2 --pulses 20 --modules 0,4,8,12"), TIMES),
    ];
    if let Some(done) = python("plugins.py", [""; 0]) {
        std::env::set_var("HDF5_PLUGIN_PATH", done.expect(0).stdout.trim());
        let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
        kinds.extend([("sz3", run.clone(), LOSSY), ("sz3 by noise", run, NOISE)]);
    }
    kinds
}

/// Everything above baseline is taken, then less and less, then the C library of another processor.
fn surroundings() -> Vec<Vec<(&'static str, &'static str)>> {
    let mut all: Vec<_> = Processor::available().map(|level| vec![(VARIABLE, level.name())]).collect();
    all.push(vec![(VARIABLE, Processor::SCALAR.name()), PLAIN_C_LIBRARY]);
    all
}

#[test]
fn every_level_publishes_the_same_bytes() {
    if Processor::available().count() == 1 {
        println!("this processor has one level only: only the C library is changed");
    }
    for (kind, run, steps) in kinds() {
        let reduction = Reduction::new(&run, steps);
        let usual = reduction.reduce(&[]);
        for surroundings in surroundings() {
            reduction.clear();
            reduction.start_with(&surroundings, &[]).wait(PATIENCE).expect(0);
            reduction.published().same_as(&usual, &format!("{kind}, {surroundings:?}"));
        }
    }
}

#[test]
fn ranks_on_different_processors_publish_the_same_bytes() {
    let levels: Vec<_> = Processor::available().map(Processor::name).collect();
    let (Some(slowest), Some(fastest)) = (levels.first().copied(), levels.last().copied()) else { return };
    for (kind, run, steps) in kinds() {
        let reduction = Reduction::new(&run, steps);
        let alone = reduction.reduce(&[]);
        reduction.clear();
        let rank = |settings: &[(&str, &str)]| {
            let mut words = vec!["env".to_string()];
            words.extend(settings.iter().map(|(name, value)| format!("{name}={value}")));
            let path = |path: &Path| path.display().to_string();
            words.extend([path(program()), "run".into(), path(&reduction.workflow()), "--threads".into(), "1".into()]);
            words
        };
        let ranks = [rank(&[(VARIABLE, slowest), PLAIN_C_LIBRARY]), rank(&[(VARIABLE, fastest)])];
        let Some(child) = trainyard_on_each(&ranks) else { return };
        child.wait(PATIENCE).expect(0);
        reduction.published().same_as(&alone, &format!("{kind}, {slowest} and {fastest}"));
    }
}

#[test]
fn an_unknown_level_is_3_and_names_the_known_ones() {
    let reduction = Reduction::new(&Powder::corrected(), PEAKS);
    for wrong in ["sse9", "", "AVX2"] {
        let ended = reduction.start_with(&[(VARIABLE, wrong)], &[]).wait(PATIENCE).expect(3);
        let quoted = format!("`{wrong}`");
        ended.complains(&[VARIABLE, &quoted, "hint: it must be one of `scalar`"]);
        assert!(!reduction.output().exists(), "something was written");
    }
}

/// The C library computes these otherwise on another processor: what is published takes them from the crate `libm`.
#[test]
fn no_source_takes_the_c_librarys_functions() {
    const NAMES: [&str; 26] = [
        "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "sin_cos", "exp", "exp2",
        "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "cbrt", "hypot", "asinh", "acosh", "atanh", "mul_add",
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut files = Vec::new();
    for part in ["framework", "algorithms", "workflows", "slurm"] {
        sources(&root.join(part), &mut files);
    }
    assert!(files.len() > 300, "{} files: the sources have moved", files.len());
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source");
        // tests stand at the end of a file
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let taken = |name: &&str| {
                ["f32", "f64"].iter().any(|kind| line.contains(&format!("{kind}::{name})")))
                    || line.match_indices(&format!(".{name}(")).any(|(at, _)| !takes_a_folder(&line[at..], name))
            };
            found.extend(
                NAMES.into_iter().filter(taken).map(|name| format!("{}:{}: {name}", file.display(), number + 1)),
            );
        }
    }
    assert!(found.is_empty(), "take these from `libm`:\n{}", found.join("\n"));
}

/// `folder.log()` is a path, no logarithm: that has the base in its brackets.
fn takes_a_folder(call: &str, name: &str) -> bool {
    name == "log" && call.starts_with(".log()")
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if path.is_dir() {
            if !["tests", "examples", "target"].contains(&&*name) {
                sources(&path, files);
            }
        } else if name.ends_with(".rs") && !name.ends_with("tests.rs") {
            files.push(path);
        }
    }
}
