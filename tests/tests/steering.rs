//! What a newcomer begins with: `init`, `schema`, `completions`, `man`, `doctor`, pages of steps, ready workflows. The commands
//! of the book are run by `book.rs`.

use serde_json::{json, Value};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use trainyard::document::check::untyped;
use trainyard::document::{check::Site, parse, Origin, Span};
use trainyard_tests::{json_of_python, program, simulated, trainyard, Finished, PATIENCE};

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");

/// Runs and folders that a command line of words names are relative to `folder`.
#[track_caller]
fn shell(folder: &Path, line: &str) -> Finished {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = program().parent().map(Path::to_path_buf);
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))).expect("a search path");
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", line]).current_dir(folder).env("PATH", path).env_remove("TRAINYARD_LOG");
    trainyard_tests::Child::start(&mut command).wait(PATIENCE)
}

/// Small runs, one a technique, and the words of a first step that the workflow must have.
const TECHNIQUES: [(&str, &str, &[&str]); 6] = [
    ("powder", "powder --trains 2 --pulses 4 --modules 0,8", &["keep: lit", "integrate-azimuthally", "q_nm^-1"]),
    ("sfx", "sfx --trains 2 --pulses 4 --modules 0,8", &["keep: lit", "find-peaks", "write-frames"]),
    ("spi", "spi --trains 2 --pulses 4 --modules 3,4,8,15", &["find-hits", "[3, 4, 8, 15]"]),
    ("xpcs", "xpcs --trains 2 --pulses 20 --modules 0,4,8,12", &["correlate-times", "levels: 2", "rings: [[20, 30]"]),
    ("dark-deletion", "powder --trains 2 --pulses 4 --modules 0,8 --lit-stride 2", &["lit-frames", "codec: same"]),
    ("compress", "powder --trains 2 --pulses 4 --modules 0,8", &["write-frames"]),
];

#[test]
fn init_writes_what_check_accepts_and_run_does() {
    for (kind, simulation, words) in TECHNIQUES {
        let run = simulated(simulation);
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("w.yaml");
        let arguments = ["init".as_ref(), kind.as_ref(), run.as_os_str(), "-o".as_ref(), file.as_os_str()];
        let told = trainyard(arguments).expect(0);
        assert!(told.stderr.contains("the geometry is the file beside the run"), "{kind}: {}", told.stderr);
        let text = std::fs::read_to_string(&file).expect("the workflow");
        for word in words {
            assert!(text.contains(word), "{kind}: no `{word}` in\n{text}");
        }
        trainyard(["check".as_ref(), file.as_os_str()]).expect(0);
        trainyard(["run".as_ref(), file.as_os_str()]).expect(0);
        // a second one does not overwrite what may have been changed
        let told = trainyard(arguments).expect(3);
        assert!(told.stderr.contains("already") && told.stderr.contains("hint: "), "{}", told.stderr);
        assert_eq!(std::fs::read_to_string(&file).expect("the workflow"), text);
    }
}

#[test]
fn init_says_what_only_the_user_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = folder.path().join("run");
    trainyard_tests::copy_folder(&simulated("xpcs --trains 2 --pulses 20 --modules 0,4,8,12"), &run);
    let geometry = folder.path().join("own.geom");
    std::fs::rename(run.join("simulated.geom"), &geometry).expect("a rename");
    for (kind, _, _) in TECHNIQUES.iter().filter(|(kind, _, _)| *kind != "powder" && *kind != "spi") {
        let told =
            shell(folder.path(), &format!("trainyard init {kind} run > {kind}.yaml; trainyard check {kind}.yaml"))
                .expect(0);
        assert!(told.stderr.contains("no geometry: fill in"), "{kind}: {}", told.stderr);
        let text = std::fs::read_to_string(folder.path().join(format!("{kind}.yaml"))).expect("the workflow");
        assert!(text.contains("# geometry: FILE"), "{kind}: {text}");
    }
    // what no workflow can do without is refused
    let told = shell(folder.path(), "trainyard init powder run").expect(3);
    assert!(told.stdout.is_empty() && told.stderr.contains("hint: give a CrystFEL .geom"), "{}", told.stderr);
    let told = shell(folder.path(), "trainyard init powder run --geometry own.geom -o w.yaml; trainyard check w.yaml")
        .expect(0);
    assert!(!told.stderr.contains("geometry"), "{}", told.stderr);
    let told = shell(folder.path(), "trainyard init powder run --geometry nowhere.geom").expect(3);
    assert!(told.stderr.contains("nowhere.geom"), "{}", told.stderr);
    let told = shell(folder.path(), "trainyard init sfx run --detector NOBODY").expect(3);
    assert!(
        told.stderr.contains("no detector `NOBODY`") && told.stderr.contains("MID_DET_AGIPD1M-1"),
        "{}",
        told.stderr
    );
    let told = shell(folder.path(), "trainyard init nonsense run").expect(3);
    assert!(told.stderr.contains("dark-deletion"), "{}", told.stderr);
}

/// A run without bunch pattern, another detector, data as recorded: simpler steps, and a word about it.
#[test]
fn init_takes_what_the_run_has() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = simulated("powder --detector jungfrau --trains 2 --modules 1,2").display().to_string();
    for kind in ["powder", "sfx", "spi", "xpcs", "compress"] {
        let file = format!("{kind}.yaml");
        shell(folder.path(), &format!("trainyard init {kind} {run} -o {file}; trainyard check {file}")).expect(0);
        let text = std::fs::read_to_string(folder.path().join(&file)).expect("the workflow");
        assert!(kind == "compress" || text.contains("# - lit-frames"), "{text}");
    }
    let told = shell(folder.path(), &format!("trainyard init dark-deletion {run}")).expect(3);
    assert!(told.stdout.is_empty() && told.stderr.contains("`dark-deletion` needs"), "{}", told.stderr);
    let raw = simulated("sfx --raw --trains 2 --pulses 4 --modules 0,8").display().to_string();
    let told =
        shell(folder.path(), &format!("trainyard init sfx {raw} -o raw.yaml; trainyard check raw.yaml")).expect(0);
    assert!(told.stderr.contains("thresholds are in ADU"), "{}", told.stderr);
}

fn schema() -> Value {
    serde_json::from_str(&trainyard(["schema"]).expect(0).stdout).expect("JSON")
}

/// A YAML text as editors see it: YAML 1.2's core schema.
fn value(text: &str) -> Value {
    let node = parse(text.as_bytes(), Origin::File).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    untyped(&node, &Site::new("it", Span::default())).expect("finite numbers")
}

fn ready_workflows() -> Vec<PathBuf> {
    let folder = Path::new(MANIFEST).join("../workflows");
    let files = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    assert!(files.len() >= 6, "{files:?}");
    files
}

/// What `check` takes, beside the ready workflows.
const RIGHT: [&str; 8] = [
    "{run: r, output: o, steps: [lit-frames, {keep: lit}, {write-frames: }]}",
    "{run: [a, b], output: o, trains: '5:9', steps: [], mask: , sequence: {bytes: 4GiB}}",
    "{run: {proposal: 2345, run: 53, data: all}, output: o, trains: {index: ':100'}, steps: []}",
    "{run: r, output: o, geometry: {file: a.geom, distance: 0.2 m, energy: 9.3 keV}, steps: [{write-frames: {codec: deflate}}]}",
    "{run: r, output: o, steps: [{write-frames: {codec: {sz3: {absolute: 0.5, non-finite: {replace-with: 0}}}}}]}",
    "{run: r, output: o, on-bad-input: {skip-up-to: 1%}, steps: [{integrate-azimuthally: {as: q, splitting: no, range: [0, 3]}}]}",
    "{run: r, output: o, steps: [], slurm: {time: 90, memory: none, nodes: 2, prologue: [module load x], environment: {A: 1}}}",
    "{run: r, output: o, steps: [{round: {method: {noise: {factor: 0.5}}}}], quality: {sample: 5%, limits: {max-error: 0.5}}}",
];

/// Mistakes that both `check` and an editor find.
const WRONG: [&str; 20] = [
    "{run: r, steps: []}",
    "{run: r, output: o}",
    "{run: r, output: o, step: [], steps: []}",
    "{run: r, output: o, steps: [{integrate-azimuthal: {}}]}",
    "{run: r, output: o, steps: [find-peaks]}",
    "{run: r, output: o, steps: [{find-peaks: {}}]}",
    "{run: r, output: o, steps: [{integrate-azimuthally: {bin: 5}}]}",
    "{run: r, output: o, steps: [{integrate-azimuthally: {bins: many}}]}",
    "{run: r, output: o, steps: [{integrate-azimuthally: {bins: 65536}}]}",
    "{run: r, output: o, steps: [{integrate-azimuthally: {unit: q}}]}",
    "{run: r, output: o, steps: [{integrate-azimuthally: {range: [1, 2, 3]}}]}",
    "{run: r, output: o, steps: [{lit-frames: {}, keep: lit}]}",
    "{run: r, output: o, steps: [{write-frames: {codec: zst}}]}",
    "{run: r, output: o, steps: [{write-frames: {codec: {deflate: {level: 99}}}}]}",
    "{run: r, output: o, geometry: {file: a.geom, distance: 0.2}, steps: []}",
    "{run: r, output: o, geometry: {file: a.geom, energy: 9.3 m}, steps: []}",
    "{run: r, output: o, on-bad-input: {skip-up-to: 1}, steps: []}",
    "{run: {proposal: p2345, run: 53}, output: o, steps: []}",
    "{run: r, output: o, trains: '5-9', steps: []}",
    "{run: r, output: o, sequence: {trains: 0}, steps: [{write-frames: {as: 1x}}]}",
];

#[test]
fn editors_and_check_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("w.yaml");
    // the run is not there: that is told last, once nothing of the file itself is wrong
    let wrong_by_check = |text: &str| {
        std::fs::write(&file, text).expect("a file");
        let told = trainyard(["check".as_ref(), file.as_os_str()]).expect(3);
        let mut errors = told.stderr.lines().filter(|line| line.starts_with("error: "));
        errors.any(|line| !line.starts_with("error: there is no "))
    };
    let mut texts: Vec<(String, bool)> =
        ready_workflows().iter().map(|path| (std::fs::read_to_string(path).expect("text"), true)).collect();
    for text in RIGHT {
        assert!(!wrong_by_check(text), "check finds something wrong in {text}");
        texts.push((text.to_string(), true));
    }
    for text in WRONG {
        assert!(wrong_by_check(text), "check finds nothing wrong in {text}");
        texts.push((text.to_string(), false));
    }
    let instances: Vec<Value> = texts.iter().map(|(text, _)| value(text)).collect();
    let question = folder.path().join("question.json");
    std::fs::write(&question, json!({"schema": schema(), "instances": instances}).to_string()).expect("a file");
    let Some(found) = json_of_python("schema.py", [question.as_os_str()]) else { return };
    for ((text, right), problems) in texts.iter().zip(found.as_array().expect("a list")) {
        let problems = problems.as_array().expect("a list");
        assert_eq!(problems.is_empty(), *right, "{text}\n{problems:?}");
    }
}

/// What an editor shows: nothing in the ready workflows, something in each mistake.
#[test]
fn editors_underline_mistakes_and_nothing_else() {
    let ready: Vec<String> =
        ready_workflows().iter().map(|path| std::fs::read_to_string(path).expect("text")).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let question = folder.path().join("question.json");
    let texts: Vec<&str> = ready.iter().map(String::as_str).chain(RIGHT).chain(WRONG).collect();
    std::fs::write(&question, json!({"schema": schema(), "texts": texts}).to_string()).expect("a file");
    let Some(found) = json_of_python("language_server.py", [question.as_os_str()]) else { return };
    let Some(found) = found.as_array() else { return println!("skipped: there is no yaml-language-server") };
    let right = ready.len() + RIGHT.len();
    for (number, (text, problems)) in texts.iter().zip(found).enumerate() {
        let problems = problems.as_array().expect("a list");
        assert_eq!(problems.is_empty(), number < right, "{text}\n{problems:?}");
    }
}

#[test]
fn bash_completes_verbs_and_options() {
    let folder = tempfile::tempdir().expect("a folder");
    for shell_name in ["bash", "zsh", "fish"] {
        let script = trainyard(["completions", shell_name]).expect(0).stdout;
        assert!(script.contains("dark-deletion") && !script.contains("opener"), "{shell_name}");
        std::fs::write(folder.path().join(shell_name), script).expect("a file");
    }
    shell(folder.path(), "bash -n bash").expect(0);
    let complete = |words: &str, at: usize| {
        let line = format!("source ./bash; COMP_WORDS=({words}); COMP_CWORD={at}; _trainyard trainyard \"${{COMP_WORDS[{at}]}}\" \"\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"");
        shell(folder.path(), &line).expect(0).stdout
    };
    assert!(complete("trainyard in", 1).lines().any(|word| word == "init"));
    assert!(complete("trainyard init da", 2).lines().any(|word| word == "dark-deletion"));
    assert!(complete("trainyard run --mem", 2).lines().any(|word| word == "--memory"));
}

#[test]
fn man_pages_render() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = shell(folder.path(), "trainyard man -o man1; trainyard man > whole.1").expect(0);
    assert!(told.stdout.contains("pages in man1"), "{}", told.stdout);
    for page in ["man1/trainyard.1", "man1/trainyard-run.1", "man1/trainyard-init.1", "whole.1"] {
        let text = std::fs::read_to_string(folder.path().join(page)).expect(page);
        assert!(text.contains(".TH trainyard") && text.contains(".SH SYNOPSIS"), "{page}: {text}");
    }
    let page = std::fs::read_to_string(folder.path().join("man1/trainyard-run.1")).expect("a page");
    assert!(page.contains("trainyard run") && page.contains("Example:"), "{page}");
    assert!(!folder.path().join("man1/trainyard-conclude.1").exists(), "hidden verbs have no page");
    if Command::new("man").arg("--version").stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        let told = shell(folder.path(), "MANWIDTH=80 man --warnings -l man1/trainyard-run.1 | cat").expect(0);
        assert!(told.stdout.contains("SYNOPSIS") && told.stdout.contains("--overwrite"), "{told:?}");
    } else {
        println!("skipped: there is no `man` that renders pages");
    }
}

#[test]
fn the_version_says_what_it_was_built_with() {
    let text = trainyard(["--version"]).expect(0).stdout;
    let words: Vec<&str> = text.lines().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["trainyard", "commit", "MPI", "HDF5", "features"], "{text}");
    assert!(text.starts_with(concat!("trainyard ", env!("CARGO_PKG_VERSION"), "\n")), "{text}");
    let hdf5 = text.lines().find_map(|line| line.strip_prefix("HDF5 ")).expect("a line");
    assert!(hdf5.split('.').count() == 3 && hdf5.split('.').all(|number| number.parse::<u32>().is_ok()), "{text}");
}

fn doctor(finished: &Finished) -> Vec<Value> {
    let told: Value = serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}: {finished:?}"));
    told["findings"].as_array().expect("findings").clone()
}

fn of<'v>(findings: &'v [Value], what: &str) -> &'v Value {
    findings.iter().find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("no `{what}` in {findings:?}"))
}

#[test]
fn doctor_tells_what_works_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display();
    let well = doctor(
        &shell(folder.path(), "ulimit -S -n 1024 || true; HDF5_PLUGIN_PATH= trainyard doctor --json .").expect(0),
    );
    for what in ["openers, HDF5", "file locking", "sync and rename", "memory", "open files"] {
        assert_eq!(of(&well, what)["state"], "ok", "{well:?}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing stays behind");
    // everything that is not ok has a reason, and what is not, advice
    for finding in well.iter().filter(|finding| finding["state"] == "not") {
        assert!(finding["advice"].as_str().is_some_and(|advice| !advice.is_empty()), "{finding}");
    }
    let ill = doctor(&shell(folder.path(), &format!("ulimit -S -n 200; HDF5_PLUGIN_PATH={path}/none PATH=$(dirname $(command -v trainyard)):/nowhere trainyard doctor --json")).expect(0));
    assert!(of(&ill, "open files")["advice"].as_str().is_some_and(|advice| advice.contains("ulimit -n")), "{ill:?}");
    assert!(of(&ill, "filter plug-ins")["found"].as_str().is_some_and(|found| found.contains("no folder")), "{ill:?}");
    assert_eq!(of(&ill, "Slurm")["state"], "not");
    assert_eq!(of(&ill, "room, TMPDIR")["state"], "could-not-tell", "without `df` nobody can tell");
    // what every run needs
    let told = shell(folder.path(), &format!("TMPDIR={path}/none trainyard doctor")).expect(5);
    assert!(told.stdout.contains("not  openers, HDF5") && told.stdout.contains("hint: "), "{}", told.stdout);
    // a folder that is not there is the user's to name, not a fault of the machine
    let told = shell(folder.path(), "trainyard doctor nowhere").expect(0);
    assert!(told.stdout.contains("failed to write in nowhere"), "{}", told.stdout);
}

#[test]
fn doctor_speaks_once_for_all_ranks() {
    let Some(ranks) = trainyard_tests::trainyard_on_ranks(2, &[], ["doctor", "--json"]) else { return };
    let findings = doctor(&ranks.wait(PATIENCE).expect(0));
    assert!(of(&findings, "MPI")["found"].as_str().is_some_and(|found| found.starts_with("2 ranks")), "{findings:?}");
}

/// The run that examples name.
fn run_of_examples() -> PathBuf {
    let example = trainyard(["algorithms", "lit-frames", "--example"]).expect(0).stdout;
    let words = example.lines().find_map(|line| line.strip_prefix("# A run for it: trainyard simulate "));
    simulated(&words.expect("a command").replace("--output run ", ""))
}

/// `TRAINYARD_WRITE_PAGES=1` writes them anew.
#[test]
fn pages_of_steps_are_those_of_the_program() {
    let pages = Path::new(MANIFEST).join("../docs/reference/steps");
    let write = std::env::var_os("TRAINYARD_WRITE_PAGES").is_some();
    let run = run_of_examples();
    let list: Value = serde_json::from_str(&trainyard(["algorithms", "--json"]).expect(0).stdout).expect("JSON");
    let names: Vec<&str> = list.as_array().expect("a list").iter().filter_map(|entry| entry["name"].as_str()).collect();
    let mut made = vec![("README.md".to_string(), trainyard(["algorithms", "--markdown"]).expect(0).stdout)];
    for name in &names {
        let arguments = ["algorithms", name, "--markdown", "--run"].map(std::ffi::OsStr::new);
        let page = trainyard(arguments.into_iter().chain([run.as_os_str()])).expect(0).stdout;
        assert!(page.contains("## Example"), "{name} has no example");
        made.push((format!("{name}.md"), page));
    }
    for (name, page) in &made {
        let path = pages.join(name);
        if write {
            std::fs::write(&path, page).expect("a page");
        }
        let stands = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            stands == *page,
            "{} is not what the program says; TRAINYARD_WRITE_PAGES=1 writes it anew",
            path.display()
        );
    }
    let files = std::fs::read_dir(&pages).expect("pages").count();
    assert_eq!(files, made.len(), "pages of steps that are gone");
    for bound in ["at most 65535", "`frame`"] {
        assert!(made.iter().any(|(name, page)| name == "integrate-azimuthally.md" && page.contains(bound)), "{bound}");
    }
}

#[test]
fn examples_of_steps_run() {
    let run = run_of_examples();
    let list: Value = serde_json::from_str(&trainyard(["algorithms", "--json"]).expect(0).stdout).expect("JSON");
    for entry in list.as_array().expect("a list") {
        let name = entry["name"].as_str().expect("a name");
        let folder = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(&run, folder.path().join("run")).expect("a link");
        shell(
            folder.path(),
            &format!("trainyard algorithms {name} --example > w.yaml; trainyard check w.yaml; trainyard run w.yaml"),
        )
        .expect(0);
    }
}

/// The first comment makes the run that the workflow names.
#[test]
fn ready_workflows_run_as_they_stand() {
    for path in ready_workflows() {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let folder = tempfile::tempdir().expect("a folder");
        let text = std::fs::read_to_string(&path).expect("a workflow");
        std::fs::write(folder.path().join(name), &text).expect("a copy");
        let simulate = text.lines().next().and_then(|line| line.strip_prefix("# ")).expect("a first comment");
        assert!(simulate.starts_with("trainyard simulate "), "{name}: {simulate}");
        let done = shell(
            folder.path(),
            &format!("{simulate}; trainyard run {name}; trainyard validate reduced/{}", name.trim_end_matches(".yaml")),
        )
        .expect(0);
        println!("{name}:\n{}", done.stdout);
    }
}
