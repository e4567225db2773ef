//! What `inspect` tells of a run is what EXtra-data and h5py tell of it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use trainyard_tests::{copy_folder, json_of_python, python, simulated, start_with, trainyard, Powder, PATIENCE};

fn inspect<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Value {
    let arguments: Vec<_> = arguments.into_iter().map(|a| a.as_ref().to_os_string()).collect();
    let all = [OsStr::new("inspect"), OsStr::new("--json")].into_iter().chain(arguments.iter().map(|a| a.as_os_str()));
    let done = trainyard(all).expect(0);
    serde_json::from_str(&done.stdout).expect("JSON")
}

/// Keys as EXtra-data names them, `group.key`, with their group.
fn keys(source: &Value) -> BTreeMap<String, (&Value, &Value)> {
    let mut keys = BTreeMap::new();
    for group in source["groups"].as_array().expect("groups") {
        let prefix = group["name"].as_str().filter(|n| !n.is_empty()).map(|n| format!("{n}.")).unwrap_or_default();
        for key in group["keys"].as_array().expect("keys") {
            keys.insert(format!("{prefix}{}", key["key"].as_str().expect("a key")), (group, key));
        }
    }
    keys
}

fn names<'a>(sources: &'a [Value], section: &str) -> Vec<&'a str> {
    sources.iter().filter(|s| s["section"] == section).filter_map(|s| s["name"].as_str()).collect()
}

/// Ends the test unless both tell the same of the run.
fn same_as_others(run: &Path) -> Option<()> {
    let told = json_of_python("inspected.py", [run])?;
    let ours = inspect([run.as_os_str(), "--all".as_ref()]);
    for figure in ["first", "last", "missing"] {
        assert_eq!(ours["trains"][figure], told[figure], "{figure}");
    }
    assert_eq!(ours["trains"]["count"], told["trains"]);
    let sources = ours["sources"].as_array().expect("sources");
    for (section, of) in [("INSTRUMENT", "instrument"), ("CONTROL", "control")] {
        let theirs: Vec<&str> = told[of].as_array().expect("names").iter().filter_map(Value::as_str).collect();
        assert_eq!(names(sources, section), theirs);
    }
    for source in sources.iter().filter(|s| ["INSTRUMENT", "CONTROL"].map(Value::from).contains(&s["section"])) {
        let name = source["name"].as_str().expect("a name");
        let ours = keys(source);
        let theirs = told["keys"][name].as_object().expect("keys");
        assert!(ours.keys().eq(theirs.keys()), "{name}: {:?} and {:?}", ours.keys(), theirs.keys());
        for (key, (group, line)) in ours {
            let (at, theirs) = (format!("{name}/{key}"), &theirs[&key]);
            let dtype = line["dtype"].as_str().expect("a type");
            assert_eq!(dtype.split('(').next(), theirs["dtype"].as_str(), "{at}");
            assert_eq!(line["shape"], theirs["shape"], "{at}");
            assert_eq!((&group["rows"], &group["trains"]), (&theirs["rows"], &theirs["trains"]), "{at}");
            assert_eq!(line["unit"].as_str(), theirs["unit"].as_str(), "{at}");
            let path = format!("{name}/{}", key.replace('.', "/"));
            let stored = &told["stored"][&path];
            assert_eq!(line["stored_bytes"], stored["stored"], "{at}");
            if dtype != "text" {
                assert_eq!(line["raw_bytes"], stored["raw"], "{at}");
            }
            assert_eq!(line["chunk"], stored["chunk"], "{at}");
            let filters = line["filter_parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let numbers: Vec<&Value> = filters.iter().map(|f| &f["id"]).collect();
            assert_eq!(numbers, stored["filters"].as_array().expect("filters").iter().collect::<Vec<_>>(), "{at}");
        }
        for (key, value) in told["run"][name].as_object().into_iter().flatten() {
            let ours = &source["values"][key];
            let same = match (ours.as_f64(), value.as_f64()) {
                (Some(ours), Some(value)) => ours == value,
                _ => ours == value,
            };
            assert!(same, "{name}/{key}: {ours} and {value}");
        }
    }
    let theirs = told["detectors"].as_object().expect("detectors");
    let modules = || {
        ours["detectors"]
            .as_array()
            .expect("detectors")
            .iter()
            .flat_map(|d| d["modules"].as_array().expect("modules").iter().map(move |module| (d, module)))
    };
    assert_eq!(modules().count(), theirs.len());
    for (detector, module) in modules() {
        let theirs = &theirs[module["source"].as_str().expect("a source")];
        assert_eq!(detector["module_shape"], theirs["dims"], "{theirs}");
        assert_eq!(detector["frames_per_train"]["most"], theirs["frames_per_train"], "{theirs}");
    }
    Some(())
}

#[test]
fn figures_are_those_of_extra_data_and_h5py() {
    for run in [
        Powder::raw(),
        Powder::corrected(),
        simulated("powder --detector lpd --raw --trains 3 --pulses 5 --modules 0,7 --codec zstd:1 --format 1.2"),
        simulated("powder --detector dssc --raw --trains 2 --pulses 4 --modules 3 --trains-per-sequence 1"),
    ] {
        if same_as_others(&run).is_none() {
            return;
        }
    }
}

#[test]
fn frames_per_train_of_a_raw_run() {
    let run = Powder::raw();
    let ours = inspect([&run]);
    let [detector] = ours["detectors"].as_array().expect("detectors").as_slice() else { panic!("{ours}") };
    assert_eq!((&detector["kind"], &detector["raw"]), (&"AGIPD".into(), &true.into()));
    // 8 trains of 12 cells, one of them empty, and one that a module lacks
    let spread = serde_json::json!({"least": 12, "median": 12, "most": 12});
    assert_eq!((&detector["frames"], &detector["frames_per_train"]), (&84.into(), &spread));
    assert_eq!(detector["trains_without_frames"], 1);
    let trains: Vec<&Value> = detector["modules"].as_array().expect("modules").iter().map(|m| &m["trains"]).collect();
    assert_eq!(trains, [7, 6, 7, 7]);
    let pixels = &detector["pixels"];
    assert_eq!((&pixels["key"], &pixels["filters"]), (&"image.data".into(), &serde_json::json!(["bitshuffle-lz4"])));
    let text = trainyard(["inspect".as_ref(), run.as_os_str()]).expect(0).stdout;
    for words in [
        "8 trains, 10001 to 10008, 0:00:00.8",
        "AGIPD, raw, 4 modules: 0, 5, 10, 15",
        "84 frames, 12 per train, 1 train without",
        "trains that single modules lack: module 5: 1",
        "bitshuffle-lz4, chunks [",
    ] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

/// JUNGFRAU rows hold several cells.
#[test]
fn cells_of_a_row_are_frames() {
    let run = simulated("powder --detector jungfrau --raw --trains 3 --pulses 16 --modules 1,2");
    let detector = &inspect([&run])["detectors"][0];
    assert_eq!((&detector["kind"], &detector["frames"]), (&"JUNGFRAU".into(), &48.into()));
    assert_eq!(detector["frames_per_train"]["median"], 16);
}

#[test]
fn gaps_between_trains_are_told() {
    let run = |first| simulated(&format!("powder --trains 2 --pulses 2 --modules 0 --first-train {first}"));
    let (one, two) = (run(10001), run(10011));
    let trains = &inspect([&one, &two])["trains"];
    let gaps = serde_json::json!(["10003:10011"]);
    assert_eq!((&trains["count"], &trains["missing"], &trains["gaps"]), (&4.into(), &8.into(), &gaps));
    let text = trainyard(["inspect".as_ref(), one.as_os_str(), two.as_os_str()]).expect(0).stdout;
    assert!(text.contains("8 ids between them are missing: 10003:10011"), "{text}");
}

/// 16 modules and more than 30 slow sources.
#[test]
fn an_overview_fits_a_screen() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    copy_folder(&simulated("powder --raw --trains 2 --pulses 2 --codec bitshuffle-lz4 --empty-train 1"), &run);
    if python("many_sources.py", [run.as_os_str(), "30".as_ref()]).map(|done| done.expect(0)).is_none() {
        return;
    }
    let text = trainyard(["inspect".as_ref(), run.as_os_str()]).expect(0).stdout;
    for words in ["16 modules: 0-15", "32 control: ", " more\n", "1 train without", "ratio "] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    assert!(text.lines().count() <= 24 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let sources = trainyard(["inspect".as_ref(), run.as_os_str(), "--sources".as_ref()]).expect(0).stdout;
    assert!(sources.lines().count() >= 16 + 32 && sources.contains("SPB_IRU_DEVICE/MOTOR/NUMBER_29"), "{sources}");
    let files = trainyard(["inspect".as_ref(), run.as_os_str(), "--files".as_ref()]).expect(0).stdout;
    assert!(files.contains("RAW-R0001-DA02-S00000.h5") && !files.contains("SPB_IRU_DEVICE"), "{files}");
}

#[test]
fn one_file_and_one_source() {
    let run = simulated("powder --trains 4 --pulses 3 --modules 0,8 --trains-per-sequence 2");
    let file = |name: &str| run.join(format!("CORR-R0001-{name}.h5"));
    let one = inspect([file("AGIPD08-S00001")]);
    assert_eq!((&one["trains"]["count"], &one["trains"]["first"]), (&2.into(), &10003.into()));
    assert_eq!(one["detectors"][0]["modules"][0]["number"], 8);
    // files of one series belong together
    let two = inspect([file("AGIPD08-S00000"), file("AGIPD08-S00001")]);
    assert_eq!((&two["trains"]["count"], &two["detectors"][0]["frames"]), (&4.into(), &12.into()));
    let text = trainyard(["inspect".as_ref(), run.as_os_str(), "--source".as_ref(), "XGM".as_ref()]).expect(0).stdout;
    for words in ["SPB_XTD9_XGM/XGM/DOOCS:output  [INSTRUMENT]", "f32 [1000]  μJ", "for the whole run", "DoocsXGM"] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    assert!(!text.contains("AGIPD"), "{text}");
    trainyard(["inspect".as_ref(), file("nowhere").as_os_str()]).expect(3).complains(&["there is no such folder"]);
}

#[test]
fn unknown_filters_have_a_remedy() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = folder.path().join("run");
    copy_folder(&simulated("powder --trains 4 --pulses 3 --modules 0,8 --trains-per-sequence 2"), &run);
    let file = run.join("CORR-R0001-DA01-S00001.h5");
    let arguments = [file.as_os_str(), "32013".as_ref(), "32026".as_ref(), "40000".as_ref(), "6".as_ref()];
    if python("foreign_filters.py", arguments).map(|done| done.expect(0)).is_none() {
        return;
    }
    let inspect = |folder: &str, json: bool| {
        let more = if json { vec!["--json".as_ref()] } else { vec![] };
        let arguments = [OsStr::new("inspect"), run.as_os_str()].into_iter().chain(more);
        start_with(&[("HDF5_PLUGIN_PATH", folder)], arguments).wait(PATIENCE).expect(0).stdout
    };
    let filters = |folder: &str| -> BTreeMap<u64, Value> {
        let told: Value = serde_json::from_str(&inspect(folder, true)).expect("JSON");
        let lines = told["filters"].as_array().expect("filters").clone();
        lines.into_iter().map(|line| (line["id"].as_u64().expect("a number"), line)).collect()
    };
    let without = filters("/nowhere");
    for (id, name) in [(32013, "zfp"), (32026, "blosc2"), (40000, "unnamed")] {
        let line = &without[&id];
        assert_eq!((&line["name"], &line["read_by"], &line["datasets"]), (&name.into(), &"nobody".into(), &1.into()));
        let remedy = line["remedy"].as_str().expect("a remedy");
        assert!(remedy.contains("`/nowhere`") && remedy.contains("hdf5plugin"), "{remedy}");
        assert!(line["example"].as_str().is_some_and(|e| e.starts_with("CORR-R0001-DA01-S00001.h5: ")), "{line}");
    }
    assert_eq!(without[&6]["read_by"], "HDF5");
    assert_eq!(without[&2]["read_by"], "trainyard");
    let text = inspect("/nowhere", false);
    assert!(text.contains("filter 32013 (zfp), in 1 dataset, cannot be read here:\n  no plug-in with it"), "{text}");
    let Some(plugins) = python("plugins.py", [""; 0]) else { return };
    let with = filters(plugins.expect(0).stdout.trim());
    assert_eq!((&with[&32013]["read_by"], &with[&32026]["read_by"]), (&"plug-in".into(), &"plug-in".into()));
    assert!(with[&32013].get("remedy").is_none() && with[&40000]["read_by"] == "nobody", "{with:?}");
}
