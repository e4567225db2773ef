//! Mistakes of newcomers: each is told once, with what is wrong, where, and what to do.
//!
//! A line of the table is a mistake, the exit code, and the words that must stand in what is said. One mistake is one error:
//! what follows from it is not told beside it.

use std::path::Path;
use std::process::Command;
use trainyard_tests::{program, simulated, Child, Finished, PATIENCE};

/// What is made before, in the folder where it happens: a run, a reduced run, a workflow `w.yaml`.
const STEPS: &str = "  - integrate-azimuthally: {unit: r_mm, bins: 50, per: run}\n";

struct Mistake {
    /// what somebody did
    what: &'static str,
    /// top-level lines that stand in place of those of the right workflow, and others beside them
    lines: &'static str,
    /// behind `trainyard`
    words: &'static str,
    code: i32,
    /// in what is said
    says: &'static [&'static str],
}

/// A mistake of the workflow, which `check` and `run` tell alike.
const fn of_workflow(what: &'static str, lines: &'static str, says: &'static [&'static str]) -> Mistake {
    Mistake { what, lines, words: "check w.yaml", code: 3, says }
}

/// A mistake of the command line.
const fn of_words(what: &'static str, words: &'static str, says: &'static [&'static str]) -> Mistake {
    Mistake { what, lines: "", words, code: 3, says }
}

const MISTAKES: &[Mistake] = &[
    // quantities and words
    of_workflow(
        "a length without unit",
        "geometry: {file: run/simulated.geom, distance: 0.2}\n",
        &["`0.2` has no unit", "`0.2 m`", "w.yaml:1:48"],
    ),
    of_workflow(
        "an energy with the unit of a length",
        "geometry: {file: run/simulated.geom, energy: 9.3 mm}\n",
        &["wrong unit: `9.3 mm` is a length", "`9.3 keV`", "w.yaml:1:46"],
    ),
    of_workflow(
        "a quantity in a condition without quotes",
        "steps: [lit-frames, {keep: lit && energy > 500 uJ}, write-frames]\n",
        &["hint: ", "`\"500 uJ\"`", "w.yaml:1:22"],
    ),
    of_workflow(
        "the name that HDF5 has for deflate",
        "steps: [{write-frames: {codec: gzip}}]\n",
        &["`codec` cannot be `gzip`", "did you mean `deflate`?", "w.yaml:1:32"],
    ),
    of_workflow(
        "a level without its name",
        "steps: [{write-frames: {codec: {zstd: 3}}}]\n",
        &["`zstd` must be a map, not the number `3`", "hint: write `{level: 3}`", "w.yaml:1:39"],
    ),
    of_workflow(
        "a codec that needs parameters without any",
        "steps: [{write-frames: {codec: sz3}}]\n",
        &["`sz3`", "hint: ", "w.yaml:1:32"],
    ),
    of_workflow(
        "a mask that is only a file",
        "mask: bad.npy\n",
        &["`mask` must be a map, not the text `bad.npy`", "hint: write `{file: bad.npy}`", "w.yaml:1:7"],
    ),
    of_workflow(
        "a unit of another program",
        "steps: [{integrate-azimuthally: {unit: q}}]\n",
        &["`unit` cannot be `q`", "did you mean `q_nm^-1`?", "w.yaml:1:40"],
    ),
    of_workflow(
        "a number in quotes",
        "steps: [{integrate-azimuthally: {unit: r_mm, bins: \"500\"}}]\n",
        &["`bins` must be a whole number", "hint: leave out the quotes", "w.yaml:1:52"],
    ),
    of_workflow(
        "too many bins",
        "steps: [{integrate-azimuthally: {unit: r_mm, bins: 1000000}}]\n",
        &["`bins` must be at least 1 and at most 65535, not 1000000", "w.yaml:1:52"],
    ),
    of_workflow(
        "a share without its sign",
        "on-bad-input: {skip-up-to: 1}\n",
        &["`1` has no unit", "`1%`", "w.yaml:1:28"],
    ),
    of_workflow(
        "trains with a dash",
        "trains: 10001-10002\n",
        &["must be a range `A:B`", "hint: from A up to, but not including, B", "w.yaml:1:9"],
    ),
    of_workflow(
        "one number where a list is meant",
        "modules: 3\n",
        &["`modules` must be a list, not the number `3`", "hint: write `[3]`", "w.yaml:1:10"],
    ),
    // names
    of_workflow("a key with a letter missing", "stps: []\n", &["unknown key `stps`", "did you mean `steps`?", "w.yaml:1:1"]),
    of_workflow(
        "a step with a letter missing",
        "steps: [{find-peak: {threshold: 5}}]\n",
        &["unknown step `find-peak`", "did you mean `find-peaks`?", "w.yaml:1:10"],
    ),
    of_workflow(
        "a parameter with a letter missing",
        "steps: [{find-peaks: {treshold: 5}}]\n",
        &["unknown key `treshold` of `find-peaks`", "did you mean `threshold`?", "w.yaml:1:23"],
    ),
    of_workflow(
        "a detector that the run has not",
        "detector: SPB_DET_AGIPD1M\n",
        &["no detector `SPB_DET_AGIPD1M`", "SPB_DET_AGIPD1M-1", "w.yaml:1:11"],
    ),
    of_workflow("a module that there is not", "modules: [0, 99]\n", &["99", "hint: ", "w.yaml:1:"]),
    of_workflow(
        "a source with a letter missing",
        "copy: [SA1_XTD2_XGM/XGM/DOOC]\n",
        &["SA1_XTD2_XGM/XGM/DOOC", "did you mean", "w.yaml:1:8"],
    ),
    of_workflow(
        "a pattern where names are listed",
        "copy: [\"*XGM*\"]\n",
        &["`*XGM*`", "hint: `copy` takes whole names; here these are meant: SPB_XTD9_XGM/XGM/DOOCS", "w.yaml:1:8"],
    ),
    // order and what belongs together
    of_workflow(
        "a condition before its step",
        "steps:\n  - keep: hit\n  - find-hits: {method: lit-pixels, threshold: 0.7, modules: [0, 8]}\n  - write-frames\n",
        &["no column named `hit`", "hint: `find-hits`, step 2, makes it: move this `keep` behind it", "w.yaml:2:"],
    ),
    of_workflow(
        "a condition whose step is not there",
        "steps: [{keep: lit}, write-frames]\n",
        &["no column named `lit`", "hint: `lit-frames` makes it: put it before this step", "w.yaml:1:"],
    ),
    of_workflow(
        "frames written before they are chosen",
        "steps: [write-frames, {keep: cell > 2}]\n",
        &["`write-frames`", "hint: move `write-frames` to the end", "w.yaml:1:"],
    ),
    of_workflow(
        "parameters that are not indented",
        "steps:\n  - integrate-azimuthally:\n    unit: r_mm\n",
        &["a step has one name, this one has 2", "hint: indent the parameters of `integrate-azimuthally`", "w.yaml:3:5"],
    ),
    of_workflow(
        "steps as a map",
        "steps:\n  lit-frames:\n  write-frames:\n",
        &["`steps` must be a list, not a map", "hint: begin each item of a list with `- `", "w.yaml:2:3"],
    ),
    of_workflow(
        "a gate without frames",
        "quality: {limits: {psnr: 50}}\n",
        &["none are written", "hint: add `write-frames`", "w.yaml:1:"],
    ),
    of_workflow(
        "a geometry that is not there, beside no steps",
        "geometry: nowhere.geom\nsteps: []\n",
        &["failed to read geometry file", "nowhere.geom", "w.yaml:1:11"],
    ),
    of_workflow(
        "q without a geometry",
        "geometry:\n",
        &["the geometry of the detector is not known", "hint: name a CrystFEL .geom or a .poni file", "w.yaml:"],
    ),
    // paths
    of_workflow("the home folder as shells write it", "run: ~/raw/r0053\n", &["`~` in `run`", "hint: write the whole path", "w.yaml:1:6"]),
    of_workflow(
        "a variable of the shell",
        "output: $HOME/reduced\n",
        &["`$HOME` in `output`", "hint: write the whole path", "w.yaml:1:9"],
    ),
    of_workflow("a run that is not there", "run: raw/r0053\n", &["there is no such folder", "raw/r0053", "hint: relative paths start at", "w.yaml:1:6"]),
    of_workflow(
        "a file of the run in place of its folder",
        "run: run/CORR-R0001-AGIPD00-S00000.h5\n",
        &["this is a file, and `run` takes the folder of a run", "hint: name the folder that it lies in: `./run`", "w.yaml:1:6"],
    ),
    of_workflow(
        "a proposal as its folder is called",
        "run: {proposal: p002345, run: r0053, data: raw}\n",
        &["`proposal` must be a whole number, not the text `p002345`", "hint: write `2345`", "hint: write `53`", "w.yaml:1:17"],
    ),
    of_workflow(
        "two runs together",
        "run: [run, other]\n",
        &["these are folders of different runs: r0001, r0002", "hint: reduce each run by itself", "w.yaml:1:6"],
    ),
    of_workflow(
        "a geometry that is not there",
        "geometry: nowhere.geom\n",
        &["failed to read geometry file", "nowhere.geom", "w.yaml:1:11"],
    ),
    of_workflow("a geometry that is none", "geometry: notes.txt\n", &["notes.txt", "hint: ", "w.yaml:1:11"]),
    of_workflow("a mask that is not there", "mask: {file: nowhere.npy}\n", &["nowhere.npy", "w.yaml:1:14"]),
    of_workflow(
        "a mask that is none",
        "mask: {file: notes.txt}\n",
        &["notes.txt", "NPY", "w.yaml:1:14"],
    ),
    of_workflow("the run as its own output", "output: run\n", &["the output folder is the run itself", "hint: choose another `output`"]),
    Mistake {
        what: "a folder of something else as output",
        lines: "output: precious\n",
        words: "check w.yaml",
        code: 3,
        says: &["the output folder holds", "precious", "hint: choose another `output`"],
    },
    // what lies off the run or the detector
    of_workflow("trains of another run", "trains: \"5:9\"\n", &["no train", "hint: ", "10001", "w.yaml:1:9"]),
    of_workflow(
        "a range off the detector",
        "steps: [{integrate-azimuthally: {unit: r_mm, range: [5000, 6000]}}]\n",
        &["range", "5000", "w.yaml:1:"],
    ),
    // the text itself
    of_workflow("a tab", "steps:\n\t- lit-frames\n", &["tab", "hint: ", "w.yaml:2:"]),
    of_workflow("a bracket that is not closed", "modules: [0, 1\n", &["w.yaml:", "error: "]),
    of_workflow("no output", "output:\n", &["`output`", "w.yaml:1:"]),
    // the command line
    of_words("memory as sbatch takes it", "run w.yaml --memory 8G", &["unknown unit `G` in `8G`", "hint: did you mean `GiB`?"]),
    of_words("memory without unit", "run w.yaml --memory 8", &["`8` has no unit", "`4GiB`"]),
    of_words("too little memory", "run w.yaml --memory 1MiB", &["MiB", "hint: give more with --memory"]),
    of_words("no threads", "run w.yaml --threads 0", &["at least 1 of the threads", "hint: leave it out to use all cores"]),
    of_words("threads in words", "run w.yaml --threads all", &["a number of threads", "hint: leave it out to use all cores"]),
    of_words("trains with a dash, as an option", "run w.yaml --trains 5-9", &["`5-9` is not a range `A:B`", "--trains"]),
    of_words("trains of another run, as an option", "check w.yaml --trains 5:9", &["no train", "--> --trains", "10001"]),
    of_words(
        "a value without its step",
        "check w.yaml --set bins=5",
        &["unknown key `bins`", "--> --set", "bins=5\n", "hint: ", "steps.integrate-azimuthally.bins"],
    ),
    of_words(
        "a step with letters missing",
        "check w.yaml --set steps.integrate-azimuth.bins=5",
        &["no step `integrate-azimuth`", "--> --set", "did you mean `integrate-azimuthally`?"],
    ),
    of_words(
        "a wrong value by --set",
        "check w.yaml --set steps.integrate-azimuthally.bins=0",
        &["`bins` must be at least 1", "--> --set", "bins=0"],
    ),
    of_words(
        "a wrong file by --set",
        "check w.yaml --set geometry=nowhere.geom",
        &["nowhere.geom", "--> --set", "geometry=nowhere.geom"],
    ),
    of_words(
        "a range off the detector by --set",
        "check w.yaml --set steps.integrate-azimuthally.range=[5000,6000]",
        &["5000", "--> --set", "range=[5000,6000]"],
    ),
    of_words("a setting without value", "check w.yaml --set output", &["`output` has no `=`", "hint: write `--set key=value`"]),
    of_words("a workflow that is not there", "check nowhere.yaml", &["failed to read the workflow", "nowhere.yaml"]),
    of_words("a folder in place of a workflow", "check run", &["failed to read the workflow", "  --> run", "hint: "]),
    of_words("a verb with a letter missing", "chek w.yaml", &["unrecognized subcommand 'chek'", "'check'"]),
    of_words("an option with a letter missing", "run w.yaml --overwite", &["'--overwite'", "'--overwrite'"]),
    of_words("a source that there is not", "inspect run --source ZGM", &["no source of the run is called like `ZGM`", "hint: "]),
    of_words("a run that is not there, looked at", "inspect nowhere", &["there is no such", "nowhere"]),
    of_words("a step that there is not", "algorithms find-peak", &["find-peak", "did you mean `find-peaks`?"]),
    of_words("a job that there is not", "status nowhere", &["`nowhere` is neither a folder nor a job id", "hint: "]),
    of_words("a technique that there is not", "init saxs run", &["saxs", "powder"]),
    // the machine
    Mistake {
        what: "a codec whose plug-in is not there",
        lines: "steps: [{write-frames: {codec: {sz3: {absolute: 0.5}}}}]\n",
        words: "check w.yaml",
        code: 3,
        says: &["there is no SZ3 plug-in on this machine", "hint: ", "HDF5_PLUGIN_PATH"],
    },
];

/// The right workflow with other lines in place of its own.
fn workflow(lines: &str) -> String {
    let steps = format!("steps:\n{STEPS}");
    let right = [
        ("run", "run: run\n"),
        ("geometry", "geometry: {file: run/simulated.geom, extra-panels: ignore}\n"),
        ("output", "output: reduced\n"),
        ("steps", steps.as_str()),
    ];
    let given = |key: &str| lines.lines().any(|line| line.starts_with(&format!("{key}:")));
    let rest: String = right.iter().filter(|(key, _)| !given(key)).map(|(_, text)| *text).collect();
    format!("{lines}{rest}")
}

/// A run of the next number, as far as names tell.
fn another_run(run: &Path, other: &Path) {
    trainyard_tests::copy_folder(run, other);
    for entry in std::fs::read_dir(other).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        std::fs::rename(entry.path(), other.join(name.replace("-R0001-", "-R0002-"))).expect("another name");
    }
}

fn trainyard_in(folder: &Path, words: &str) -> Finished {
    let mut command = Command::new(program());
    command.args(words.split(' ')).current_dir(folder).env_remove("TRAINYARD_LOG");
    command.env("HDF5_PLUGIN_PATH", folder.join("no-plug-ins"));
    Child::start(&mut command).wait(PATIENCE)
}

#[test]
fn each_is_told_once_with_its_place_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let link = |target: &Path, name: &str| std::os::unix::fs::symlink(target, at.join(name)).expect("a link");
    let run = simulated("powder --trains 2 --pulses 4 --modules 0,8");
    link(&run, "run");
    another_run(&run, &at.join("other"));
    std::fs::create_dir(at.join("precious")).expect("a folder");
    std::fs::write(at.join("precious/thesis.tex"), "precious").expect("a file");
    std::fs::write(at.join("notes.txt"), "these are notes\n").expect("a file");
    // nothing is wrong with what the mistakes are made in
    std::fs::write(at.join("w.yaml"), workflow("")).expect("a workflow");
    trainyard_in(at, "check w.yaml").expect(0);
    let mut wrong = Vec::new();
    for mistake in MISTAKES {
        std::fs::write(at.join("w.yaml"), workflow(mistake.lines)).expect("a workflow");
        let told = trainyard_in(at, mistake.words);
        let missing: Vec<&&str> = mistake.says.iter().filter(|words| !told.stderr.contains(**words)).collect();
        // two keys of one line may both be wrong, and each has its hint then
        let errors = told.stderr.lines().filter(|line| line.starts_with("error: ")).count();
        let expected = mistake.says.iter().filter(|words| words.starts_with("hint: ")).count().max(1);
        if told.code != Some(mistake.code) || !missing.is_empty() || errors != expected {
            wrong.push(format!(
                "## {}: exit code {:?}, {errors} errors, missing: {missing:?}\n{}{}",
                mistake.what, told.code, told.stdout, told.stderr
            ));
        }
        assert!(!at.join("reduced").exists(), "{}: something was written", mistake.what);
    }
    assert!(MISTAKES.len() >= 60);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), MISTAKES.len(), wrong.join("\n"));
}

/// Programs get the same in parts.
#[test]
fn each_is_told_as_json_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::os::unix::fs::symlink(simulated("powder --trains 2 --pulses 4 --modules 0,8"), at.join("run"))
        .expect("a link");
    std::fs::write(at.join("w.yaml"), workflow("mask: bad.npy\nstps: []\n")).expect("a workflow");
    for verb in ["check", "plan", "run", "submit"] {
        let told = trainyard_in(at, &format!("{verb} w.yaml --json")).expect(3);
        let json: serde_json::Value = serde_json::from_str(&told.stdout).expect("JSON");
        assert_eq!(json["exit"], 3, "{verb}");
        let errors = json["errors"].as_array().expect("a list");
        assert_eq!(errors.len(), 2, "{verb}: {errors:?}");
        assert_eq!(errors[0]["place"], "w.yaml:1:7");
        assert_eq!(errors[0]["hint"], "write `{file: bad.npy}`");
        assert!(told.stderr.contains("error: unknown key `stps`"), "{}", told.stderr);
    }
    std::fs::write(at.join("w.yaml"), workflow("")).expect("a workflow");
    for verb in ["check", "plan", "run", "run"] {
        let told = trainyard_in(at, &format!("{verb} w.yaml --json --trains 10001:10002")).expect(0);
        let json: serde_json::Value = serde_json::from_str(&told.stdout).expect("JSON");
        assert!(json["errors"].as_array().is_none_or(Vec::is_empty), "{verb}: {json}");
        assert!(verb == "run" || json["trains"] == 1, "{verb}: {json}");
        assert!(verb != "run" || json["published"].as_str().is_some_and(|path| path.ends_with("reduced")), "{json}");
    }
}
