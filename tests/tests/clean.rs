//! Outputs that nobody can fault: what any workflow leaves of any run passes both validators, but for what the input had
//! already and the manifest lists; and it can be reduced again and again, with the audit of every reduction kept.

use serde_json::{json, Value};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use trainyard_engine::publish::{Ledger, Noted};
use trainyard_tests::{json_of_python, published, python, simulated, sized, trainyard, Finished, Reduction};

const POWDER: &str = "powder --trains 5 --pulses 6 --modules 0,8 --lit-stride 2 --codec bitshuffle-lz4 --bad-pixels 0.01 --trains-per-sequence 3 --empty-train 1 --missing 8:4";
const RAW: &str = "powder --raw --trains 5 --pulses 6 --modules 0,8 --lit-stride 2 --codec bitshuffle-lz4 --trains-per-sequence 3 --empty-train 1 --missing 8:4";
const JUNGFRAU: &str =
    "powder --detector jungfrau --raw --trains 5 --pulses 16 --modules 1 --codec bitshuffle-lz4 --trains-per-sequence 3";
const FRAMES: &str = "steps:\n  - write-frames";

/// Runs and what was made of them, until EXtra-data has seen them all.
#[derive(Default)]
struct Gallery {
    held: Vec<Reduction>,
    /// (what, inputs, output, fate tables there must be)
    shown: Vec<(String, Vec<PathBuf>, PathBuf, usize)>,
    /// reductions of reductions of reductions
    thirds: usize,
}

impl Gallery {
    /// Reduces and validates; the output.
    #[track_caller]
    fn show(&mut self, what: &str, inputs: &[&Path], reduction: Reduction, tables: usize) -> PathBuf {
        let done = reduction.run(&[]);
        assert!(matches!(done.code, Some(0 | 2)), "{what}: {}\n{}", done.what, done.stderr);
        let output = reduction.output();
        assert_eq!(unlisted(&output, inputs), Vec::<Value>::new(), "{what}");
        self.shown.push((what.into(), inputs.iter().map(|i| i.to_path_buf()).collect(), output.clone(), tables));
        self.held.push(reduction);
        output
    }

    /// Reduces `run` by `lines`, and where frames were written, that again, and again.
    /// The manifest of the first reduction.
    #[track_caller]
    fn thrice(&mut self, what: &str, run: &Path, lines: &str) -> Value {
        let first = self.show(what, &[run], Reduction::new(run, lines), 1);
        let manifest = |folder: &Path| -> Value {
            serde_json::from_slice(&std::fs::read(folder.join("reduction.json")).expect("a manifest")).expect("JSON")
        };
        if !lines.contains("write-frames") {
            let again = Reduction::of_text(&text(run, &[&first], FRAMES));
            again.run(&[]).expect(3).complains(&["no detector"]);
            return manifest(&first);
        }
        let second = text(run, &[&first], "steps:\n  - keep: cell != 4\n  - write-frames: {codec: lz4}");
        let second = self.show(&format!("{what}, again"), &[&first], Reduction::of_text(&second), 2);
        // in a thin test one of a gallery stands for all
        if self.thirds >= sized(1, usize::MAX) {
            return manifest(&first);
        }
        self.thirds += 1;
        let third = text(run, &[&second], "copy: []\nsteps:\n  - keep: cell != 2\n  - write-frames: {codec: zstd}");
        let third = self.show(&format!("{what}, a third time"), &[&second], Reduction::of_text(&third), 3);
        let (first, second, third) = (manifest(&first), manifest(&second), manifest(&third));
        let earlier = third["earlier"].as_array().expect("earlier manifests");
        assert_eq!(earlier.len(), 2, "{what}");
        for (kept, was) in earlier.iter().zip([&first, &second]) {
            for key in ["program", "plan", "workflow", "frames", "steps", "inputs", "problems"] {
                assert_eq!(kept[key], was[key], "{what}: {key}");
            }
        }
        first
    }

    /// EXtra-data's validator and reader on everything shown.
    fn judge(&self) {
        let mut folders: Vec<&PathBuf> = self.shown.iter().flat_map(|s| s.1.iter().chain([&s.2])).collect();
        folders.sort_unstable();
        folders.dedup();
        let Some(told) = json_of_python("clean.py", &folders) else { return };
        let known: BTreeMap<&PathBuf, &Value> = folders.into_iter().zip(told.as_array().expect("a list")).collect();
        for (what, inputs, output, tables) in &self.shown {
            let after = known[output];
            let problems = |told: &Value| told["problems"].as_array().expect("problems").clone();
            let had: Vec<Value> = inputs.iter().flat_map(|input| problems(known[input])).collect();
            let new: Vec<Value> = problems(after).into_iter().filter(|p| !had.contains(p)).collect();
            assert_eq!(new, Vec::<Value>::new(), "{what}: EXtra-data's validator");
            assert_eq!(after["fates"].as_object().map(|f| f.len()), Some(*tables), "{what}: {}", after["fates"]);
            for (source, fates) in inputs.iter().flat_map(|input| known[input]["fates"].as_object().expect("tables")) {
                assert_eq!(&after["fates"][source], fates, "{what}: {source}");
            }
        }
    }
}

/// A workflow over several folders; the geometry is that of `origin`, where it has one.
fn text(origin: &Path, runs: &[&Path], lines: &str) -> String {
    let geometry = origin.join("simulated.geom");
    let geometry = if geometry.exists() { format!("geometry: {}\n", geometry.display()) } else { String::new() };
    let runs: Vec<String> = runs.iter().map(|run| run.display().to_string()).collect();
    format!("run: [{}]\n{geometry}output: reduced\n{lines}\n", runs.join(", "))
}

/// Errors and warnings of `validate --deep` that the manifest does not list, and what speaks against the output being
/// what was asked of its input.
#[track_caller]
fn unlisted(output: &Path, inputs: &[&Path]) -> Vec<Value> {
    let words =
        [OsStr::new("validate"), output.as_os_str(), "--deep".as_ref(), "--json".as_ref(), "--against".as_ref()];
    let told = trainyard(words.into_iter().chain(inputs.iter().map(|input| input.as_os_str())));
    let told: Value = serde_json::from_str(&told.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{}", told.stderr));
    let manifest = std::fs::read(output.join("reduction.json")).expect("a manifest");
    let manifest: Value = serde_json::from_slice(&manifest).expect("JSON");
    let none = Vec::new();
    let listed = manifest["findings"]["listed"].as_array().unwrap_or(&none);
    let name = |path: &Value| path.as_str().and_then(|p| Path::new(p).file_name()).map(|n| json!(n.to_string_lossy()));
    let is = |listed: &Value, found: &Value| {
        let file = name(&found["place"]["file"]).filter(|n| n.as_str().is_some_and(|n| n.ends_with(".h5")));
        listed["cause"] != "unexplained"
            && listed["id"] == found["id"]
            && listed["severity"] == found["severity"]
            && listed["source"] == found["place"]["source"]
            && listed["train"] == found["place"]["train"]
            && listed["dataset"] == found["dataset"]
            && listed["file"] == file.unwrap_or(Value::Null)
    };
    let found = told["findings"].as_array().expect("findings").iter().filter(|f| f["severity"] != "note");
    found.filter(|found| !listed.iter().any(|l| is(l, found))).cloned().collect()
}

/// A ready workflow with another run.
fn ready(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows").join(name);
    let text = std::fs::read_to_string(path).expect("a ready workflow");
    let own = |line: &&str| !["run:", "output:", "geometry:"].iter().any(|key| line.starts_with(key));
    text.lines().filter(own).collect::<Vec<_>>().join("\n")
}

#[test]
fn ready_workflows() {
    let mut gallery = Gallery::default();
    let cases = [
        ("sfx-hits.yaml", "sfx --trains 3 --pulses 4 --modules 0,8 --codec bitshuffle-lz4 --hit-rate 0.5"),
        ("spi-hits.yaml", "spi --trains 3 --pulses 6 --modules 3,4,8,15 --codec bitshuffle-lz4 --hit-rate 0.5"),
        ("jungfrau-recode.yaml", JUNGFRAU),
        ("agipd-powder.yaml", POWDER),
    ];
    for (name, arguments) in cases {
        gallery.thrice(name, &simulated(arguments), &ready(name));
    }
    gallery.judge();
}

#[test]
fn every_step() {
    let mut gallery = Gallery::default();
    let run = simulated(POWDER);
    let steps = [
        "- lit-frames",
        "- keep: cell in 1..4",
        "- find-hits: {method: lit-pixels, threshold: 0.7, modules: [0, 8], mode: fixed, fixed-threshold: 10}",
        "- find-peaks: {method: connected, threshold: 8}",
        "- integrate-azimuthally: {unit: q_nm^-1, bins: 20, per: frame}",
        "- integrate-azimuthally: {unit: r_mm, bins: 20, per: train}",
        "- integrate-azimuthally: {unit: 2th_deg, bins: 20, per: run}",
        "- correlate-times: {levels: 2, rings: [[10, 60]], normalisation: roi}",
        "- threshold: {below: 2}",
        "- round: {method: {bits: 6}}",
    ];
    for step in steps {
        gallery.show(step, &[&run], Reduction::new(&run, &format!("steps:\n  {step}")), 1);
    }
    let all = steps.join("\n  ");
    gallery.thrice("every step", &run, &format!("steps:\n  {all}\n  - write-frames: {{codec: lz4}}"));
    gallery.judge();
}

#[test]
fn every_codec() {
    let mut gallery = Gallery::default();
    let mut codecs: Vec<String> =
        ["same", "none", "deflate", "bitshuffle-lz4", "bitshuffle-zstd", "lz4", "zstd"].map(String::from).to_vec();
    if std::env::var_os("HDF5_PLUGIN_PATH").is_some() {
        codecs.push("{sz3: {absolute: 1, non-finite: {replace-with: -1}}}".into());
    } else {
        println!("skipped: sz3, HDF5_PLUGIN_PATH is not set");
    }
    for arguments in [POWDER, RAW] {
        let run = simulated(arguments);
        for codec in codecs.iter().filter(|codec| arguments == POWDER || codec.as_str() == "same") {
            let lines = format!("steps:\n  - write-frames: {{codec: {codec}}}");
            gallery.show(codec, &[&run], Reduction::new(&run, &lines), 1);
        }
    }
    gallery.judge();
}

#[test]
fn every_selection() {
    let mut gallery = Gallery::default();
    let ids = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(ids.path(), "10002\n10005\n").expect("a list");
    let listed = format!("trains: {{file: {}}}", ids.path().display());
    let selections = [
        "trains: \"10004:10006\"",
        "trains: {index: \"3:5\"}",
        "trains: {index: \"1:2\"}",
        &listed,
        "modules: [8]",
        "copy: []",
        "copy: [SPB_XTD9_XGM/XGM/DOOCS]",
        "sequence: {trains: 1}",
        "sequence: {bytes: 1MiB}",
    ];
    for arguments in [POWDER, RAW] {
        let run = simulated(arguments);
        let every = if arguments == RAW { sized(3, 1) } else { 1 };
        for selection in selections.iter().step_by(every) {
            let lines = format!("{selection}\nsteps:\n  - keep: cell in 1..4\n  - write-frames");
            gallery.show(selection, &[&run], Reduction::new(&run, &lines), 1);
        }
        gallery.thrice("no frame is kept", &run, "steps:\n  - keep: cell > 1000\n  - write-frames");
        gallery.thrice("some trains keep none", &run, "trains: {index: \"2:5\"}\nsequence: {trains: 2}\nsteps:\n  - keep: train > 10003 && cell < 3\n  - write-frames");
    }
    gallery.judge();
}

#[test]
fn every_detector() {
    let mut gallery = Gallery::default();
    let runs = [
        JUNGFRAU,
        "powder --detector lpd --raw --trains 3 --pulses 6 --modules 0,3 --codec deflate",
        "powder --detector dssc --raw --trains 3 --pulses 6 --modules 0,3 --codec deflate",
        "powder --format 1.2 --trains 3 --pulses 6 --modules 0,3 --codec deflate",
    ];
    for arguments in runs {
        gallery.thrice(arguments, &simulated(arguments), FRAMES);
    }
    gallery.judge();
}

/// What is odd, and the finding that a copy of everything must have for it.
const BLEMISHES: [(&str, Option<&str>); 18] = [
    ("control-times", Some("control-timestamps")),
    ("zero-times", Some("train-timestamps")),
    ("orphans", Some("index-orphans")),
    ("gap", Some("index-contiguous")),
    ("padded", None),
    ("long-index", Some("index-length")),
    ("unsorted", Some("train-ids-order")),
    ("module-missing", None),
    ("sequence-missing", Some("sequences")),
    ("flags", None),
    ("texts", None),
    ("frame-texts", None),
    ("run-only", None),
    ("legacy", None),
    ("auxiliary", None),
    ("run-number", Some("metadata-name")),
    ("foreign-name", None),
    ("no-trains", None),
];

#[test]
fn every_blemish() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = simulated(POWDER);
    let mut gallery = Gallery::default();
    for (blemish, finding) in BLEMISHES {
        let copy = folder.path().join(blemish);
        let Some(made) = python("blemish.py", [run.as_os_str(), copy.as_os_str(), blemish.as_ref()]) else { return };
        made.expect(0);
        let manifest = gallery.thrice(blemish, &copy, FRAMES);
        let listed = manifest["findings"]["listed"].as_array().expect("findings");
        let ids: Vec<&str> = listed.iter().filter_map(|f| f["id"].as_str()).collect();
        assert!(finding.is_none_or(|id| ids.contains(&id)), "{blemish}: {ids:?}");
        let some = "trains: {index: \"1:5\"}\ncopy: [\"SPB_XTD9_XGM/XGM/DOOCS:output\", SPB_XTD9_XGM/XGM/DOOCS]\nsteps:\n  - keep: cell < 4\n  - write-frames: {codec: lz4}";
        let some = if blemish == "sequence-missing" { FRAMES } else { some };
        gallery.show(&format!("{blemish}, a part"), &[&copy], Reduction::new(&copy, some), 1);
    }
    gallery.judge();
}

/// Every file of `from` that `to` lacks.
fn merge(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a run").flatten() {
        let target = to.join(entry.file_name());
        if !target.exists() {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

#[test]
fn several_detectors_and_folders() {
    let mut gallery = Gallery::default();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let both = folder.path().join("both");
    merge(&simulated(RAW), &both);
    merge(&simulated(JUNGFRAU), &both);
    std::fs::remove_file(both.join("simulated.geom")).expect("one geometry does not fit two detectors");
    let names: Vec<&str> = ["SPB_DET_AGIPD1M-1", "SPB_IRDA_JF4M"].to_vec();
    let mut input = both.clone();
    for (tables, name) in (1..).zip(names) {
        let lines = format!("detector: {name}\nsteps:\n  - keep: train != 10003\n  - write-frames: {{codec: lz4}}");
        let reduction = Reduction::of_text(&text(&both, &[&input], &lines));
        input = gallery.show(&format!("{name} of two detectors"), &[&input], reduction, tables);
    }
    // images from proc, slow data from raw
    let (raw, proc) = (simulated(RAW), simulated(POWDER));
    let reduction = Reduction::of_text(&text(&proc, &[&raw, &proc], "steps:\n  - keep: cell < 4\n  - write-frames"));
    let output = gallery.show("raw and proc", &[&raw, &proc], reduction, 1);
    let names: Vec<String> = published(&output).0.into_keys().collect();
    let has = |word: &str| names.iter().any(|name| name.contains(word));
    assert!(has("RAW-R0001-DA01") && has("CORR-R0001-AGIPD00") && !has("RAW-R0001-AGIPD00"), "{names:?}");
    gallery.judge();
}

/// What the input does not explain is never published, and told with file and dataset.
#[test]
fn a_finding_of_our_own_is_a_bug() {
    let run = simulated(RAW);
    let reduction = Reduction::new(&run, &format!("sequence: {{trains: 1}}\n{FRAMES}"));
    let mut started = reduction.start(&["--threads", "1"]);
    assert!(started.until(|| reduction.under_way()), "a run of five sequences ends before it can be stopped");
    started.signal_all(libc::SIGKILL);
    started.wait(trainyard_tests::PATIENCE);
    // a fault of ours, put into a finished file: the run goes on from it
    let finished = reduction.output().join(".trainyard/finished");
    let Some(touched) = json_of_python("doctor.py", [finished.as_os_str(), "index".as_ref()]) else { return };
    let file = touched["file"].as_str().expect("a name");
    let source = touched["source"].as_str().expect("a name");
    // as if we had written it so: the ledger has the checksum of what stands there
    note_as_it_stands(&reduction.output().join(".trainyard/ledger"), &finished.join(file));
    reduction.run(&[]).expect(1).complains(&["does not validate", "index-contiguous", file, source]);
    assert!(!reduction.output().join("reduction.json").exists());
}

/// Writes the ledger anew, with size and checksum of a file as it is now.
fn note_as_it_stands(ledger: &Path, file: &Path) {
    let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
    let bytes = std::fs::read(file).expect("a file");
    let noted = Ledger::read(ledger).expect("a ledger").noted;
    for old in std::fs::read_dir(ledger).expect("a ledger").flatten() {
        std::fs::remove_file(old.path()).expect("an old ledger");
    }
    let mut changed = 0;
    for Noted { plan, epoch, entry, .. } in noted {
        let mut entry = entry;
        for known in entry.all_files_mut().filter(|known| known.name == name) {
            (known.size, known.checksum) = (bytes.len() as u64, xxhash_rust::xxh3::xxh3_64(&bytes));
            changed += 1;
        }
        Ledger::open(ledger, epoch, 0, &plan).and_then(|mut ledger| ledger.append(entry)).expect("a line");
    }
    assert_eq!(changed, 1, "{name}");
}

/// The same findings whether the run went through at once or was taken up again.
#[test]
fn findings_are_in_the_identical_bytes() {
    let run = simulated(POWDER);
    let lines = format!("sequence: {{trains: 1}}\n{FRAMES}");
    let whole = Reduction::new(&run, &lines);
    let at_once = whole.reduce(&["--threads", "1"]);
    assert!(whole.manifest()["findings"]["listed"].as_array().is_some_and(|l| !l.is_empty()));
    let text = String::from_utf8_lossy(&at_once.0["reduction.json"]).into_owned();
    assert!(!text.contains(&*run.to_string_lossy()), "a path of this machine");
    whole.clear();
    let mut started = whole.start(&["--threads", "1"]);
    if started.until(|| whole.under_way()) {
        started.signal_all(libc::SIGKILL);
    }
    let _: Finished = started.wait(trainyard_tests::PATIENCE);
    at_once.same_as(&whole.reduce(&["--threads", "2"]), "taken up again");
}
