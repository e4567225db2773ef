//! Reports: written at the end of every run and afterwards, told apart from what is published, the same for the same plan, and
//! looked at in a browser.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use trainyard_tests::{json_of_python, published, simulated, trainyard, Powder, Reduction, Refusing, PATIENCE};

const STEPS: &str = "sequence: {trains: 3}
steps:
  - lit-frames
  - keep: lit
  - find-peaks: {method: connected, threshold: 8}
  - keep: peaks.count < 100000 && cell > 1
  - integrate-azimuthally: {unit: r_mm, bins: 120, per: frame}
  - write-frames: {codec: bitshuffle-lz4}";

fn json(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|e| panic!("failed to read {}: {e}", path.display()));
    serde_json::from_slice(&text).expect("JSON")
}

/// All of a report that is a function of plan and content, and what is not.
fn report(output: &Path) -> (Value, Value) {
    let mut report = json(&output.join("report.json"));
    let timing = report.as_object_mut().and_then(|report| report.remove("timing")).unwrap_or_default();
    (report, timing)
}

fn pictures(report: &Value) -> Vec<&Value> {
    let groups = report["pictures"]["groups"].as_array().expect("groups");
    groups.iter().flat_map(|group| group["pictures"].as_array().expect("pictures")).collect()
}

#[test]
fn a_report_says_what_was_published() {
    let run = Powder::corrected();
    let reduction = Reduction::new(&run, STEPS).with_report();
    let said = reduction.run(&["--threads", "2"]).expect(0);
    assert!(said.stdout.contains("report: "), "{}", said.stdout);
    let output = reduction.output();
    let (report, timing) = report(&output);
    let manifest = reduction.manifest();
    let frames = &manifest["frames"];
    assert_eq!((&report["verdict"]["frames"], &report["verdict"]["kept"]), (&frames["input"], &frames["kept"]));
    for fate in report["verdict"]["fates"].as_array().expect("fates") {
        let name = fate["name"].as_str().expect("a name");
        assert_eq!(fate["frames"], frames["by-fate"][name], "{name}");
    }
    assert_eq!(report["provenance"]["plan"], manifest["plan"]);
    assert!(timing["ranks"][0]["track"]["computing"].as_array().is_some_and(|lane| !lane.is_empty()), "{timing}");
    // neither is published, and nobody stumbles over them
    let listed = manifest["files"].as_array().expect("files");
    assert!(listed.iter().all(|file| !file["name"].as_str().expect("a name").starts_with("report")));
    let against = [OsStr::new("validate"), output.as_ref(), "--against".as_ref(), run.as_ref()];
    trainyard(against).expect(0);
    let (read, most) =
        (timing["report-bytes"].as_u64().expect("bytes"), manifest["bytes"]["report"].as_u64().expect("bytes"));
    assert!(read > 0 && read <= most, "{read} of {most}");
    let titles: Vec<&str> = pictures(&report).iter().filter_map(|picture| picture["title"].as_str()).collect();
    let mean = format!("mean of {} kept frames", frames["kept"]);
    assert!(titles.len() > 6 && titles.contains(&mean.as_str()) && titles.contains(&"greatest score"), "{titles:?}");
    let Some(told) = json_of_python("report_lines.py", [output.as_os_str()]) else { return };
    assert_eq!(told["kept"], frames["kept"]);
    assert!(told["lines"].as_u64() > Some(9) && told["curve"].as_f64() < Some(1e-5), "{told}");
    for (name, count) in told["fates"].as_object().expect("fates") {
        assert_eq!(*count, frames["by-fate"][name], "{name}");
    }
    let histograms = told["histograms"].as_object().expect("histograms");
    assert!(!histograms.is_empty() && histograms.values().all(|right| *right == true), "{told}");
    explained(&output);
}

/// A kept frame, and one of each fate.
fn explained(output: &Path) {
    let explain = |train: u64, pulse: u64, code: i32| {
        let (train, pulse) = (train.to_string(), pulse.to_string());
        let arguments = ["--train", train.as_str(), "--pulse", pulse.as_str(), "--json"].map(OsStr::new);
        trainyard([OsStr::new("explain"), output.as_ref()].into_iter().chain(arguments)).expect(code)
    };
    let (report, _) = report(output);
    let mut fates = std::collections::BTreeSet::new();
    for picture in pictures(&report).into_iter().filter(|picture| picture["train"].is_u64()) {
        let (train, pulse) = (picture["train"].as_u64().expect("a train"), picture["pulse"].as_u64().expect("a pulse"));
        if !fates.insert(picture["fate"].as_str().expect("a fate").to_string()) {
            continue;
        }
        let told: Value = serde_json::from_str(&explain(train, pulse, 0).stdout).expect("JSON");
        assert_eq!((&told["fate"], told["kept"] == true), (&picture["fate"], picture["fate"] == "kept"), "{told}");
        let steps = told["steps"].as_array().expect("steps");
        let dropping = steps.iter().filter(|step| step["outcome"] == "dropped here").count();
        assert_eq!(dropping, usize::from(told["kept"] == false), "{told}");
        let condition = steps.iter().find(|step| step["condition"] == "lit").expect("a condition");
        assert_eq!(condition["values"][0]["name"], "lit", "{told}");
        let value = condition["values"][0]["value"].as_f64();
        assert_eq!(value == Some(1.0), condition["outcome"] == "passed", "{told}");
    }
    assert!(fates.len() >= 2, "{fates:?}");
    assert!(explain(10_001, 60_000, 3).stderr.contains("the train has no frame of pulse 60000"));
    assert!(explain(1, 0, 3).stderr.contains("not among those that were selected"));
}

#[test]
fn neither_threads_nor_ranks_matter_to_a_report() {
    let run = Powder::corrected();
    let one = Reduction::new(&run, STEPS).with_report();
    one.run(&["--threads", "1"]).expect(0);
    let first = report(&one.output()).0;
    let three = Reduction::new(&run, STEPS).with_report();
    three.run(&["--threads", "3"]).expect(0);
    assert_eq!(report(&three.output()).0, first, "three threads");
    let ranks = Reduction::new(&run, STEPS).with_report();
    let Some(child) = ranks.start_on_ranks(2, &["--threads", "1"]) else { return };
    child.wait(PATIENCE).expect(0);
    let (report, timing) = report(&ranks.output());
    assert_eq!(report, first, "two ranks");
    assert_eq!(timing["ranks"].as_array().map(Vec::len), Some(2), "{timing}");
}

#[test]
fn a_report_is_made_when_it_is_wanted() {
    let run = Powder::raw();
    let steps = "steps:\n  - keep: cell < 8\n  - write-frames";
    let reduction = Reduction::new(&run, steps).with_report();
    let output = reduction.output();
    let (page, numbers) = (output.join("report.html"), output.join("report.json"));
    reduction.run(&["--no-report"]).expect(0);
    assert!(!page.exists() && !numbers.exists());
    let whole = published(&output);
    // afterwards, of what the output holds
    let report = |folder: &Path| trainyard([OsStr::new("report"), folder.as_ref()]);
    report(&output).expect(0);
    assert!(json(&numbers)["pictures"]["lack"].as_str().is_some_and(|lack| lack.starts_with("There are no pictures")));
    std::fs::remove_file(&numbers).expect("a report");
    // who was ended before the report finds nothing to do but that
    let said = reduction.run(&[]).expect(0);
    assert!(said.stdout.contains("nothing to do"), "{}", said.stdout);
    let made = json(&numbers);
    assert!(!pictures(&made).is_empty());
    let stamp = |path: &Path| std::fs::metadata(path).and_then(|found| found.modified()).expect("a time");
    let before = (stamp(&page), stamp(&numbers));
    reduction.run(&[]).expect(0);
    assert_eq!((stamp(&page), stamp(&numbers)), before, "what stands is left alone");
    report(&output).expect(0);
    assert_eq!(json(&numbers), made, "pictures are kept, and all else is the same");
    // pictures that are none are not
    let mut changed = made.clone();
    changed["pictures"]["groups"][0]["pictures"][0]["png"] = "\"/><script>alert(1)</script>".into();
    std::fs::write(&numbers, changed.to_string()).expect("a report");
    report(&output).expect(0);
    assert_eq!(pictures(&json(&numbers)).len() + 1, pictures(&made).len());
    assert!(!std::fs::read_to_string(&page).expect("a page").contains("<script"));
    published(&output).same_as(&whole, "with reports");
    // another plan replaces them too
    reduction.run(&["--overwrite", "--no-report", "--trains", "10001:10003"]).expect(0);
    assert!(!page.exists() && !numbers.exists());
    let nothing = reduction.folder().join("nothing");
    std::fs::create_dir(&nothing).expect("a folder");
    report(&nothing).expect(3).complains(&["there is no finished reduction in the folder"]);
}

#[test]
fn a_run_stands_without_its_report() {
    let reduction = Reduction::new(&Powder::raw(), "steps:\n  - write-frames").with_report();
    let refusing = Refusing { name: "report.json".into(), call: "rename", from: 1, times: 9999, errno: libc::EIO };
    let Some(environment) = refusing.environment() else { return };
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let said = reduction.start_with(&environment, &[]).wait(PATIENCE).expect(0);
    assert!(said.stderr.contains("warning: no report: "), "{}", said.stderr);
    assert!(reduction.output().join("reduction.json").exists() && !reduction.output().join("report.json").exists());
}

#[test]
fn a_run_without_a_detector_has_a_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    std::fs::create_dir(&run).expect("a folder");
    for entry in std::fs::read_dir(Powder::raw()).expect("a run").flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().contains("-DA0") {
            std::fs::copy(entry.path(), run.join(name)).expect("a copy");
        }
    }
    let reduction = Reduction::of_text(&format!("run: {}\noutput: reduced\nsteps: []\n", run.display())).with_report();
    reduction.run(&[]).expect(0);
    let (report, _) = report(&reduction.output());
    assert_eq!(report["verdict"]["frames"], 0);
    assert!(report["pictures"]["lack"].as_str().is_some_and(|lack| lack.contains("no detector")), "{report}");
}

#[test]
fn a_preview_publishes_nothing() {
    let reduction = Reduction::new(&Powder::corrected(), STEPS).with_report();
    let said = reduction.run(&["--preview", "2", "--json"]).expect(0);
    let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert!(!reduction.output().exists());
    let names: Vec<String> = std::fs::read_dir(reduction.folder())
        .expect("a folder")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "workflow.yaml")
        .collect();
    assert_eq!(names, ["reduced.preview"]);
    let (report, _) = report(&reduction.folder().join("reduced.preview"));
    assert_eq!((&report["preview"]["trains"], &report["provenance"]["trains"]), (&2.into(), &2.into()));
    assert_eq!(report["preview"], said["preview"]);
    assert!(report["preview"]["predicted-seconds"].as_f64() > Some(0.0) && !pictures(&report).is_empty());
    let page = reduction.folder().join("reduced.preview/report.html");
    let page = std::fs::read_to_string(page).expect("a page");
    assert!(page.contains("<h1>Preview: ") && !page.contains("reduction.json"));
    // the real job is not in its way
    reduction.run(&["--no-report"]).expect(0);
}

/// Reports as a browser shows them; screenshots stay in the target folder, to be looked at.
#[test]
fn a_browser_shows_reports() {
    let spi = simulated("spi --trains 3 --pulses 12 --seed 5 --modules 3 --lit-stride 2");
    let hits = "steps:\n  - find-hits: {method: lit-pixels, modules: [3], snr: 3}\n  - keep: hit\n  - write-frames";
    let reductions =
        [Reduction::new(&Powder::corrected(), STEPS), Reduction::new(&spi, hits)].map(Reduction::with_report);
    let pages: Vec<PathBuf> = reductions
        .iter()
        .map(|reduction| {
            reduction.run(&[]).expect(0);
            reduction.output().join("report.html")
        })
        .collect();
    let shots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    for (number, page) in pages.iter().enumerate() {
        let kept = shots.join(format!("{number}"));
        std::fs::create_dir_all(&kept).expect("a folder");
        std::fs::copy(page, kept.join("report.html")).expect("a copy");
    }
    let arguments =
        std::iter::once(shots.clone()).chain((0..pages.len()).map(|n| shots.join(format!("{n}/report.html"))));
    let Some(seen) = json_of_python("browser.py", arguments) else { return };
    let Some(seen) = seen.as_array() else { return println!("skipped: there is no chromium") };
    for page in seen {
        assert_eq!(
            (&page["asked"], &page["complaints"], &page["paper"]),
            (&Value::Array(vec![]), &Value::Array(vec![]), &"%PDF-".into()),
            "{page}"
        );
        assert!(page["seconds"].as_f64() < Some(10.0), "{page}");
        let views = page["views"].as_array().expect("views");
        assert_eq!(views.len(), 4);
        for view in views {
            for wrong in ["wide", "faint", "twice"] {
                assert_eq!(view[wrong], Value::Array(vec![]), "{wrong}: {view}");
            }
            assert_eq!(
                (&view["broken"], &view["unnamed"], &view["small"]),
                (&0.into(), &0.into(), &0.into()),
                "{view}"
            );
            assert!(view["pictures"].as_u64() > Some(4) && view["plots"].as_u64() > Some(4), "{view}");
        }
    }
}
