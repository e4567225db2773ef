//! `validate OUTPUT --against INPUT` is not fooled: outputs that would not outlive their input, and manifests that excuse a
//! loss, are no proof; what was not compared is told.

use serde_json::{json, Value};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use trainyard_engine::store::seal;
use trainyard_tests::{copy_folder, json_of_python, python, simulated, trainyard, Powder, Reduction};
use xxhash_rust::xxh3::xxh3_64;

/// A reduction whose every fate can be judged again.
const BY_IDS: &str = "sequence: {trains: 3}
steps:
  - keep: cell in 1..6 && train != 10003
  - write-frames";

#[track_caller]
fn told(output: &Path, input: &Path, more: &[&str], code: i32) -> Value {
    let words = [OsStr::new("validate"), output.as_os_str(), OsStr::new("--json")].into_iter();
    let words = words.chain(more.iter().map(OsStr::new)).chain([OsStr::new("--against"), input.as_os_str()]);
    let ended = trainyard(words).expect(code);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{}", ended.stdout))
}

#[track_caller]
fn reduced(lines: &str) -> Reduction {
    let reduction = Reduction::new(&Powder::corrected(), lines);
    reduction.run(&[]).expect(0);
    reduction
}

/// The manifest changed; sizes and checksums are made to fit first, and it is sealed anew, as whoever wants to fool would.
fn edit(output: &Path, change: impl FnOnce(&mut Value)) {
    let path = output.join("reduction.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path).expect("a manifest")).expect("JSON");
    for file in manifest["files"].as_array_mut().expect("files") {
        let path = output.join(file["name"].as_str().expect("a name"));
        // what is no file has nothing that could be summed up
        if let Some(bytes) = path.is_file().then(|| std::fs::read(&path).ok()).flatten() {
            file["size"] = bytes.len().into();
            file["checksum"] = format!("{:016x}", xxh3_64(&bytes)).into();
        }
    }
    let sizes = manifest["files"].as_array().expect("files").iter().filter_map(|file| file["size"].as_u64());
    let sum: u64 = sizes.sum();
    manifest["bytes"]["output"] = sum.into();
    change(&mut manifest);
    manifest.as_object_mut().expect("a manifest").remove("seal");
    let text = serde_json::to_string_pretty(&manifest).expect("JSON");
    std::fs::write(&path, seal(&text).expect("JSON")).expect("a manifest");
}

/// Errors of the comparison.
fn errors(told: &Value) -> Vec<&Value> {
    let findings = told["findings"].as_array().expect("findings").iter();
    let ours = findings.filter(|f| f["id"].as_str().is_some_and(|id| id.starts_with("against-")));
    ours.filter(|f| f["severity"] == "error").collect()
}

#[track_caller]
fn caught(told: &Value, id: &str, words: &str) {
    let found = errors(told);
    let hit = found.iter().any(|f| f["id"] == id && f["what"].as_str().is_some_and(|what| what.contains(words)));
    assert!(hit, "no {id} with `{words}` among {found:#?}");
}

/// The name of a published file.
fn file_of(output: &Path, word: &str) -> PathBuf {
    let names = std::fs::read_dir(output).expect("the output").flatten().map(|entry| entry.path());
    let mut with: Vec<PathBuf> = names.filter(|path| path.display().to_string().contains(word)).collect();
    with.sort();
    with.first().cloned().unwrap_or_else(|| panic!("no file {word}"))
}

/// An honest output.
struct Honest(Reduction);

impl Honest {
    fn new() -> Self {
        Honest(reduced(BY_IDS))
    }

    /// Something done to a copy, sizes of the manifest fitted: caught with these words.
    #[track_caller]
    fn fooled(&self, doctor: impl FnOnce(&Path, &Path), manifest: impl FnOnce(&mut Value), id: &str, words: &str) {
        self.fooled_against(&Powder::corrected(), doctor, manifest, id, words);
    }

    #[track_caller]
    fn fooled_against(
        &self,
        input: &Path,
        doctor: impl FnOnce(&Path, &Path),
        manifest: impl FnOnce(&mut Value),
        id: &str,
        words: &str,
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = folder.path().join("reduced");
        copy_folder(&self.0.output(), &output);
        doctor(&output, input);
        edit(&output, manifest);
        caught(&told(&output, input, &[], 4), id, words);
    }
}

#[test]
fn fitting_the_sizes_alone_changes_nothing() {
    let (reduction, input) = (reduced(BY_IDS), Powder::corrected());
    edit(&reduction.output(), |_| ());
    assert_eq!(errors(&told(&reduction.output(), &input, &[], 0)), Vec::<&Value>::new());
}

#[test]
fn files_that_are_not_there_themselves() {
    let honest = Honest::new();
    let replaced = |word: &'static str, by: fn(&Path, &Path)| {
        move |output: &Path, input: &Path| {
            let path = file_of(output, word);
            std::fs::remove_file(&path).expect("the file goes");
            by(&input.join(path.file_name().expect("a name")), &path);
        }
    };
    let link = |from: &Path, to: &Path| std::os::unix::fs::symlink(from, to).expect("a link");
    let files = "against-files";
    honest.fooled(replaced("DA01", link), |_| (), files, "it is no file but a link");
    // a link changes the times of what others read
    let own = tempfile::tempdir().expect("a temporary folder");
    let input = own.path().join("input");
    copy_folder(&Powder::corrected(), &input);
    let hard = replaced("DA01", |a, b| std::fs::hard_link(a, b).expect("a link"));
    honest.fooled_against(&input, hard, |_| (), files, "a hard link");
    let itself = |_: &Path, to: &Path| std::os::unix::fs::symlink(to, to).expect("a link");
    honest.fooled(replaced("AGIPD00", itself), |_| (), files, "it is no file but a link");
    let pipe = |_: &Path, to: &Path| {
        assert!(std::process::Command::new("mkfifo").arg(to).status().expect("mkfifo").success());
    };
    honest.fooled(replaced("AGIPD00", pipe), |_| (), files, "a named pipe");
    let device = |_: &Path, to: &Path| std::os::unix::fs::symlink("/dev/zero", to).expect("a link");
    honest.fooled(replaced("REDU01", device), |_| (), files, "it is no file but a link");
    // in another folder, with or without the manifest's word for it
    let moved = |output: &Path, input: &Path| {
        std::fs::create_dir(output.join("below")).expect("a folder");
        let path = file_of(output, "DA01");
        std::fs::copy(input.join(path.file_name().expect("a name")), output.join("below/DA01.h5")).expect("a copy");
    };
    honest.fooled(moved, |_| (), files, "does not list it");
    let outside = |m: &mut Value| m["files"][0]["name"] = "../elsewhere.h5".into();
    honest.fooled(|_, _| (), outside, files, "no name of a file in the output");
}

#[test]
fn a_manifest_that_is_no_file() {
    let (reduction, input) = (reduced(BY_IDS), Powder::corrected());
    let path = reduction.output().join("reduction.json");
    let kept = std::fs::read(&path).expect("a manifest");
    for target in ["/dev/zero", "reduction.json"] {
        std::fs::remove_file(&path).expect("it goes");
        std::os::unix::fs::symlink(target, &path).expect("a link");
        let words =
            [OsStr::new("validate"), reduction.output().as_os_str(), OsStr::new("--against"), input.as_os_str()]
                .map(OsStr::to_owned);
        trainyard(words).expect(4).complains(&["no file of the output"]);
    }
    std::fs::remove_file(&path).expect("it goes");
    caught(&told(&reduction.output(), &input, &[], 4), "against-files", "there is no manifest");
    std::fs::write(&path, kept).expect("a manifest");
    told(&reduction.output(), &input, &[], 0);
}

/// Values that would go with the input.
#[test]
fn datasets_that_lie_elsewhere() {
    for what in ["external-link", "virtual", "external-storage", "linked-group", "soft-link", "virtual-slow"] {
        let (reduction, input) = (reduced("steps:\n  - write-frames"), Powder::corrected());
        let output = reduction.output();
        let words = [output.as_os_str(), what.as_ref(), input.as_os_str()];
        let Some(touched) = json_of_python("doctor.py", words) else { return };
        edit(&reduction.output(), |_| ());
        let told = told(&reduction.output(), &input, &[], 4);
        let here = |f: &&&Value| f["dataset"] == touched["dataset"] && f["id"] == "against-files";
        let found = errors(&told);
        let hit = found.iter().find(here).unwrap_or_else(|| panic!("{what} at {touched}: not among {found:#?}"));
        assert!(hit["what"].as_str().is_some_and(|what| what.contains("not all of it is in the file")), "{hit}");
    }
}

fn flip(output: &Path, _: &Path) {
    json_of_python("doctor.py", [output.as_os_str(), "pixel".as_ref()]);
}

#[test]
fn claims_that_the_workflow_does_not_explain() {
    // without an interpreter no pixel is changed
    if python("plugins.py", [] as [&str; 0]).is_none() {
        return;
    }
    let honest = Honest::new();
    let manifest = "against-manifest";
    let step = |number: usize| move |m: &mut Value| m["steps"][number]["changes-pixels"] = true.into();
    for number in [0, 1] {
        honest.fooled(flip, step(number), manifest, "is said to change pixels");
        honest.fooled(flip, step(number), "against-pixels", "values differ");
    }
    // a step that was never asked for
    let added = |m: &mut Value| {
        let steps = m["steps"].as_array_mut().expect("steps");
        steps.insert(0, json!({"step": "threshold", "frames-in": 64, "frames-out": 64, "changes-pixels": true}));
    };
    honest.fooled(flip, added, manifest, "in its workflow");
    let both = |m: &mut Value| {
        added(m);
        m["workflow"]["steps"].as_array_mut().expect("steps").insert(0, json!({"threshold": {"below": 1e9}}));
    };
    honest.fooled(|_, _| (), both, manifest, "`plan` is not that of");
    let bound = json!({"codec": "SZ3 3.1", "bound-kind": "absolute", "bound": 1e30, "max-error": 1.0, "psnr": null,
        "chunks": 1, "lossless-chunks": 0, "replaced-pixels": 0, "ratio": 1.0});
    let doctor = |output: &Path, _: &Path| {
        json_of_python("doctor.py", [output.as_os_str(), "bound".as_ref()]);
    };
    honest.fooled(doctor, |m| m["lossy"] = bound.clone(), manifest, "by its workflow none");
    honest.fooled(doctor, |m| m["lossy"] = bound.clone(), "against-pixels", "by the workflow none");
}

#[test]
fn a_manifest_edited_to_excuse_a_loss() {
    let honest = Honest::new();
    let manifest = "against-manifest";
    let lost = |output: &Path, _: &Path| {
        for word in ["AGIPD05-S00000", "AGIPD05-S00001", "AGIPD05-S00002"] {
            std::fs::remove_file(file_of(output, word)).expect("the file goes");
        }
    };
    let unlist = |m: &mut Value, word: &str| {
        m["files"].as_array_mut().expect("files").retain(|f| !f["name"].as_str().unwrap_or_default().contains(word));
    };
    let module = |m: &mut Value| {
        unlist(m, "AGIPD05");
        m["modules"] = json!([0, 10, 15]);
    };
    honest.fooled(lost, module, manifest, "`modules` is [0, 10, 15]");
    let asked = |m: &mut Value| {
        module(m);
        m["workflow"]["modules"] = json!([0, 10, 15]);
    };
    honest.fooled(lost, asked, manifest, "`plan` is not that of");
    let slow = |output: &Path, _: &Path| std::fs::remove_file(file_of(output, "DA01")).expect("the file goes");
    let copy = |m: &mut Value| {
        unlist(m, "DA01");
        m["workflow"]["copy"] = json!([]);
    };
    honest.fooled(slow, copy, manifest, "`plan` is not that of");
    // a whole sequence gone
    let sequence = |output: &Path, _: &Path| {
        let names: Vec<PathBuf> = std::fs::read_dir(output).expect("the output").flatten().map(|e| e.path()).collect();
        let of = |path: &&PathBuf| path.display().to_string().ends_with("-S00002.h5");
        names.iter().filter(of).for_each(|path| std::fs::remove_file(path).expect("the file goes"));
    };
    let fewer = |m: &mut Value| {
        unlist(m, "-S00002");
        m["trains"] = 6.into();
        m["sequences"] = 2.into();
    };
    honest.fooled(sequence, fewer, "against-fates", "selected by the workflow and not in the output: 2 trains");
    for (key, value, words) in [
        ("detector", json!("SPB_DET_AGIPD1M-2"), "`detector` is"),
        ("parallel-gain", json!(true), "`parallel-gain` is true"),
        ("sequences", json!(2), "`sequences` is 2"),
        ("earlier", json!([{"plan": "a"}]), "earlier reductions"),
        ("plan", json!("00"), "`plan` is not that of"),
    ] {
        honest.fooled(|_, _| (), |m| m[key] = value.clone(), manifest, words);
    }
    honest.fooled(|_, _| (), |m| m["frames"]["kept"] = 1.into(), manifest, "`frames.kept` is 1");
    honest.fooled(|_, _| (), |m| m["frames"]["input"] = 1.into(), manifest, "`frames.input` is 1");
    honest.fooled(|_, _| (), |m| m["steps"][0]["frames-out"] = 1.into(), manifest, "frames-out of `keep`");
    let skip = |m: &mut Value| m["workflow"]["on-bad-input"] = json!({"skip-up-to": "10%"});
    honest.fooled(|_, _| (), skip, manifest, "`plan` is not that of");
    let nonsense = |m: &mut Value| m["workflow"]["steps"] = json!(["no-such-step"]);
    honest.fooled(|_, _| (), nonsense, manifest, "is not understood");
}

/// A frame taken out of every file, with a fate that the workflow knows.
#[test]
fn a_frame_dropped_by_a_condition_that_keeps_it() {
    let (reduction, input) = (reduced(BY_IDS), Powder::corrected());
    let Some(touched) = json_of_python("doctor.py", [reduction.output().as_os_str(), "frame-lost".as_ref()]) else {
        return;
    };
    let dropped = "step 1, keep cell in 1..6 && train != 10003: no";
    edit(&reduction.output(), |m| {
        let less = |value: &mut Value, by: i64| *value = (value.as_i64().expect("a number") + by).into();
        less(&mut m["frames"]["kept"], -1);
        less(&mut m["frames"]["by-fate"]["kept"], -1);
        less(&mut m["frames"]["by-fate"][dropped], 1);
        less(&mut m["steps"][0]["frames-out"], -1);
        less(&mut m["steps"][1]["frames-in"], -1);
        less(&mut m["steps"][1]["frames-out"], -1);
    });
    let told = told(&reduction.output(), &input, &[], 4);
    caught(&told, "against-fates", &format!("pulse {} was dropped, against its condition", touched["pulse"]));
}

#[test]
fn another_runs_file_under_the_same_name() {
    let honest = Honest::new();
    let other = "powder --trains 8 --pulses 8 --lit-stride 2 --modules 0,5,10,15 --codec bitshuffle-lz4 --seed 99";
    let other = Reduction::new(&simulated(other), BY_IDS);
    other.run(&[]).expect(0);
    let taken = file_of(&other.output(), "AGIPD05-S00001");
    let doctor = |output: &Path, _: &Path| {
        std::fs::copy(&taken, output.join(taken.file_name().expect("a name"))).expect("a copy");
    };
    honest.fooled(doctor, |_| (), "against-pixels", "values differ");
    // with another checksum in the manifest it need not be opened
    let sum = |m: &mut Value| {
        for file in m["files"].as_array_mut().expect("files") {
            file["checksum"] = "0123456789abcdef".into();
        }
    };
    honest.fooled(doctor, sum, "against-files", "its checksum differs");
}

/// A line for each kind of what was not compared; with `--strict` they are no proof.
#[test]
fn what_was_not_compared_is_told() {
    let kinds = |lines: &str, strict: i32| {
        let (reduction, input) = (reduced(lines), Powder::corrected());
        let open = told(&reduction.output(), &input, &[], 0);
        assert_eq!(open["not-compared"], told(&reduction.output(), &input, &["--strict"], strict)["not-compared"]);
        let lines = open["not-compared"].as_array().expect("lines").clone();
        lines.iter().map(|l| (l["kind"].as_str().expect("a kind").to_owned(), l["count"].as_u64())).collect::<Vec<_>>()
    };
    let complete = kinds(BY_IDS, 0);
    assert!(complete.is_empty(), "{complete:?}");
    let of = |kind: &str, count: u64| (kind.to_owned(), Some(count));
    assert_eq!(kinds("trains: {index: \"1:8\"}\nsteps:\n  - write-frames", 4), [of("trains", 1)]);
    assert_eq!(kinds("modules: [0, 10]\nsteps:\n  - write-frames", 4), [of("modules", 2)]);
    assert_eq!(kinds("steps:\n  - keep: cell in 1..6", 4), [of("frames", 40)]);
    let changed = kinds("steps:\n  - threshold: {below: 2}\n  - write-frames", 4);
    // one module lacks a train of eight frames; one frame is made again
    assert_eq!(changed, [of("changed-pixels", 64 * 4 - 8 - 4)]);
    let dropped = kinds("copy: []\nsteps:\n  - write-frames", 4);
    assert!(dropped.len() == 1 && dropped[0].0 == "copy", "{dropped:?}");
    let results = kinds("steps:\n  - integrate-azimuthally: {unit: r_mm, bins: 20, per: frame}\n  - write-frames", 4);
    assert!(results.contains(&of("result-rows", 64)), "{results:?}");
    let reduction = reduced("copy: []\nsteps:\n  - write-frames");
    let input = Powder::corrected();
    let words = [OsStr::new("validate"), reduction.output().as_os_str(), OsStr::new("--against"), input.as_os_str()]
        .map(OsStr::to_owned);
    let ended = trainyard(words).expect(0);
    assert!(
        ended.stdout.contains("\nnot compared:\n  not carried over by the workflow's `copy`: "),
        "{}",
        ended.stdout
    );
}

/// The manifest as a text editor would leave it.
#[test]
fn a_manifest_that_was_edited_or_lost_its_checksums() {
    let honest = Honest(reduced("steps:\n  - keep: cell > 100\n  - write-frames"));
    let input = Powder::corrected();
    let manifest = honest.0.manifest();
    assert!(manifest["warnings"].as_array().is_some_and(|w| !w.is_empty()), "{manifest:#}");
    let path = honest.0.output().join("reduction.json");
    let text = std::fs::read_to_string(&path).expect("a manifest");
    let edited = |text: &str, words: &str| {
        std::fs::write(&path, text).expect("a manifest");
        caught(&told(&honest.0.output(), &input, &[], 4), "against-manifest", words);
    };
    let without = |key: &str| {
        let mut manifest = manifest.clone();
        manifest.as_object_mut().expect("a manifest").remove(key);
        serde_json::to_string_pretty(&manifest).expect("JSON") + "\n"
    };
    edited(&without("warnings"), "its seal is that of another one");
    edited(&without("oddities"), "its seal is that of another one");
    edited(&without("seal"), "its seal was taken out");
    edited(&text.replace("\"passes\": 1", "\"passes\": 2"), "its seal is that of another one");
    // sealed anew
    std::fs::write(&path, &text).expect("a manifest");
    honest.fooled(
        |_, _| (),
        |m| m["warnings"] = json!([]),
        "against-manifest",
        "nothing was kept, and no warning says so",
    );
    let sums = |m: &mut Value| {
        m["files"].as_array_mut().expect("files").iter_mut().for_each(|file| {
            file.as_object_mut().expect("an entry").remove("checksum");
        });
    };
    honest.fooled(|_, _| (), sums, "against-files", "states no checksum");
    let altered = |m: &mut Value| m["files"][0]["checksum"] = "0123456789abcdef".into();
    honest.fooled(|_, _| (), altered, "against-files", "its checksum differs");
}

/// Things that no reduction writes, put into files whose sizes and checksums were made to fit.
#[test]
fn what_nobody_wrote() {
    // without an interpreter nothing is changed
    if python("plugins.py", [] as [&str; 0]).is_none() {
        return;
    }
    let lines = "steps:\n  - integrate-azimuthally: {unit: r_mm, bins: 20, per: frame}\n  - find-peaks: {threshold: 1000}\n  - write-frames";
    let honest = Honest(reduced(lines));
    for (what, id, words) in [
        ("foreign-group", "against-files", "no reduction writes this"),
        ("foreign-dataset", "against-files", "no reduction writes this"),
        ("foreign-attribute", "against-files", "no reduction writes the attribute `author`"),
        ("foreign-index", "against-files", "no reduction writes this"),
        ("foreign-key", "against-values", "the input lacks"),
    ] {
        let doctor = |output: &Path, _: &Path| {
            json_of_python("doctor.py", [output.as_os_str(), what.as_ref()]).expect("there is an interpreter");
        };
        honest.fooled(doctor, |_| (), id, words);
    }
    // derived values, and a file beside; only the checksums know
    for what in ["altered-row", "altered-column", "altered-run-value"] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = folder.path().join("reduced");
        copy_folder(&honest.0.output(), &output);
        if json_of_python("doctor.py", [output.as_os_str(), what.as_ref()]).is_none() {
            return;
        }
        caught(&told(&output, &Powder::corrected(), &[], 4), "against-files", "its checksum differs");
    }
    let added = |output: &Path, _: &Path| {
        let path = file_of(output, "REDU01");
        std::fs::copy(&path, output.join("CORR-R0001-XRAY01-S00000.h5")).expect("a copy");
    };
    honest.fooled(added, |_| (), "against-files", "does not list it");
    // results taken away, and out of the list
    for word in ["REDU00", "REDU01"] {
        let gone = |output: &Path, _: &Path| {
            let names = std::fs::read_dir(output).expect("the output").flatten().map(|entry| entry.path());
            let of = |path: &PathBuf| path.display().to_string().contains(word);
            names.filter(of).for_each(|path| std::fs::remove_file(path).expect("the file goes"));
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = folder.path().join("reduced");
        copy_folder(&honest.0.output(), &output);
        gone(&output, &output);
        edit(&output, |m| {
            m["files"]
                .as_array_mut()
                .expect("files")
                .retain(|f| !f["name"].as_str().unwrap_or_default().contains(word));
            let sum: u64 = m["files"].as_array().expect("files").iter().filter_map(|f| f["size"].as_u64()).sum();
            m["bytes"]["output"] = sum.into();
        });
        let input = Powder::corrected();
        let words = [OsStr::new("validate"), output.as_os_str(), OsStr::new("--against"), input.as_os_str()];
        assert_ne!(trainyard(words).code, Some(0), "{word} is gone");
    }
}
