//! What the book says is so: its commands run, its pieces of workflows are accepted, its numbers are those of the program.
//!
//! | fence | what becomes of it |
//! |---|---|
//! | `sh run` | typed into a shell, all blocks of a page in one folder |
//! | `sh mpi` | the same, where the program has MPI |
//! | `sh cluster` | needs a Slurm cluster, where `slurm.rs` does the same; here every command has to be one that the program knows |
//! | `sh tree` | builds the source tree, as `.ci/run` does; the same |
//! | `yaml FILE` | a file of that folder |
//! | `yaml` | a piece of a workflow, put into one that `check` accepts |
//! | `python run` | a script |
//! | `text` | what something looks like |

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use trainyard_tests::{program, trainyard, Child, Finished, PATIENCE};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// README and every page below `docs`, by path from the top.
fn pages() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("examples") {
                collect(&path, found);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    let mut found = vec![root().join("README.md")];
    collect(&root().join("docs"), &mut found);
    found.sort();
    let name = |path: &Path| path.strip_prefix(root()).expect("below the top").display().to_string();
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("a page"))).collect()
}

struct Block {
    page: String,
    line: usize,
    /// what stands behind the fence
    kind: String,
    text: String,
}

impl Block {
    fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

fn blocks() -> Vec<Block> {
    let mut all = Vec::new();
    for (page, text) in pages() {
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            let Some(kind) = line.trim_start().strip_prefix("```") else { continue };
            let inside: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| !line.trim_start().starts_with("```")).collect();
            all.push(Block {
                page: page.clone(),
                line: number + 1,
                kind: kind.trim().into(),
                text: inside.join("\n") + "\n",
            });
        }
    }
    assert!(all.len() > 40, "only {} blocks were found", all.len());
    all
}

fn shell(folder: &Path, line: &str) -> Finished {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = program().parent().map(Path::to_path_buf);
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path))).expect("a search path");
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", line]).current_dir(folder).env("PATH", path).env_remove("TRAINYARD_LOG");
    command.env("OMPI_ALLOW_RUN_AS_ROOT", "1").env("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1");
    command.env("OMPI_MCA_rmaps_base_oversubscribe", "1");
    Child::start(&mut command).wait(PATIENCE)
}

/// What a page takes for given: its reader has a run and a workflow.
const GIVEN: [(&str, &str); 3] = [
    ("docs/guides/mpi.md", "azint.yaml"),
    ("docs/guides/slurm.md", "azint.yaml"),
    ("docs/guides/workflows.md", "w.yaml"),
];

fn give(page: &str, folder: &Path) {
    let Some((_, name)) = GIVEN.iter().find(|(of, _)| *of == page) else { return };
    shell(folder, "trainyard simulate powder --output run --trains 4 --pulses 8 --modules 0,8").expect(0);
    let text = "run: run\ngeometry: {file: run/simulated.geom, extra-panels: ignore}\noutput: reduced/r0053\nsequence: {trains: 1}\nsteps:\n  - integrate-azimuthally: {unit: q_nm^-1, bins: 500, per: train}\n";
    std::fs::write(folder.join(name), text).expect("a workflow");
}

fn has_mpi(folder: &Path) -> bool {
    trainyard(["--version"]).expect(0).stdout.contains("\nMPI Open MPI")
        && shell(folder, "mpirun --version").code == Some(0)
}

#[test]
fn commands_run_as_they_stand() {
    let all = blocks();
    for (page, _) in pages() {
        let of_page: Vec<&Block> = all.iter().filter(|block| block.page == page).collect();
        if !of_page.iter().any(|block| ["sh run", "sh mpi", "python run"].contains(&block.kind.as_str())) {
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder");
        give(&page, folder.path());
        for block in of_page {
            let done = match block.kind.as_str() {
                "sh run" => shell(folder.path(), &block.text),
                "sh mpi" if has_mpi(folder.path()) => shell(folder.path(), &block.text),
                "python run" => {
                    std::fs::write(folder.path().join("page.py"), &block.text).expect("a script");
                    match std::env::var_os("TRAINYARD_PYTHON") {
                        Some(python) => shell(folder.path(), &format!("{} page.py", Path::new(&python).display())),
                        None => continue,
                    }
                }
                kind => {
                    if let Some(name) = kind.strip_prefix("yaml ") {
                        std::fs::write(folder.path().join(name), &block.text).expect("a workflow");
                    }
                    continue;
                }
            };
            assert_eq!(done.code, Some(0), "{}:\n{}\n{}\n{}", block.place(), block.text, done.stdout, done.stderr);
        }
    }
}

#[test]
fn every_block_says_what_it_is() {
    let known = ["sh run", "sh mpi", "sh cluster", "sh tree", "yaml", "python run", "rust", "text"];
    let odd: Vec<String> = blocks()
        .iter()
        .filter(|block| !known.contains(&block.kind.as_str()) && !block.kind.starts_with("yaml "))
        .map(|block| format!("{}: `{}`", block.place(), block.kind))
        .collect();
    assert!(odd.is_empty(), "nobody knows what to do about these: {odd:#?}");
}

/// Commands that cannot be run here are read by the program all the same, up to `--help`.
#[test]
fn commands_of_clusters_are_known() {
    let mut seen = 0;
    for block in blocks().iter().filter(|block| ["sh cluster", "sh tree"].contains(&block.kind.as_str())) {
        for line in block.text.lines() {
            if line.contains("cargo ") {
                continue;
            }
            let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let Some(at) = words.iter().position(|word| *word == "trainyard" || word.ends_with("/trainyard")) else {
                continue;
            };
            let asked = trainyard(words[at + 1..].iter().chain(&["--help"]));
            assert_eq!(asked.code, Some(0), "{}: {line}\n{}", block.place(), asked.stderr);
            assert!(asked.stdout.contains("Example:"), "{}: {line}\n{}", block.place(), asked.stdout);
            seen += 1;
        }
    }
    assert!(seen >= 6, "{seen}");
}

/// Top-level keys of a piece, each by itself; items of a list of steps belong to `steps`.
fn keys_of(piece: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for line in piece.lines().filter(|line| !line.trim().is_empty()) {
        match keys.last_mut() {
            Some(last) if line.starts_with(' ') => last.push_str(&format!("{line}\n")),
            None if line.starts_with(' ') => keys.push(format!("steps:\n{line}\n")),
            _ => keys.push(format!("{line}\n")),
        }
    }
    keys
}

/// Every key of a piece, in a workflow that is right but for the run, which is not there.
#[test]
fn pieces_of_workflows_are_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("w.yaml");
    let mut seen = 0;
    for block in blocks().iter().filter(|block| block.kind == "yaml") {
        for key in keys_of(&block.text) {
            let name = key.split(':').next().expect("a name");
            let rest = [("run", "run: r\n"), ("output", "output: o\n"), ("steps", "steps: []\n")];
            let rest: String = rest.iter().filter(|(of, _)| *of != name).map(|(_, text)| *text).collect();
            std::fs::write(&file, format!("{key}{rest}")).expect("a workflow");
            let told = trainyard(["check".as_ref(), file.as_os_str()]);
            let wrong: Vec<&str> = told
                .stderr
                .lines()
                .filter(|line| line.starts_with("error: ") && !line.starts_with("error: there is no "))
                .collect();
            assert!(wrong.is_empty(), "{}: {key}\n{}", block.place(), told.stderr);
            assert!(matches!(told.code, Some(3)), "{}: {key}\n{}", block.place(), told.stderr);
            seen += 1;
        }
    }
    assert!(seen > 15, "{seen}");
}

/// The mistake that the first guide shows is told as it shows it.
#[test]
fn the_mistake_of_the_first_guide_is_told_like_that() {
    let folder = tempfile::tempdir().expect("a folder");
    let page = "docs/guides/first-run.md";
    let all = blocks();
    let find = |kind: &str, part: &str| {
        let mut found = all.iter().filter(|block| block.page == page && block.kind == kind);
        found.find(|block| block.text.contains(part)).expect("a block")
    };
    shell(folder.path(), "trainyard simulate powder --output demo/r0001 --trains 1 --pulses 2 --modules 0").expect(0);
    let text = find("yaml powder.yaml", "bins").text.replace("bins:", "bin:");
    std::fs::write(folder.path().join("powder.yaml"), text).expect("a workflow");
    let told = shell(folder.path(), "trainyard check powder.yaml").expect(3);
    let shown = &find("text", "unknown key `bin`").text;
    assert!(told.stderr.starts_with(shown.as_str()), "the page shows\n{shown}\nthe program says\n{}", told.stderr);
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).expect(name)
}

/// Every key that the schema has stands in the table of keys, with its default where that is a word or a number.
#[test]
fn the_table_of_keys_has_all_of_them() {
    let text = page("docs/reference/workflow-keys.md");
    let schema: Value = serde_json::from_str(&trainyard(["schema"]).expect(0).stdout).expect("JSON");
    let keys = schema["properties"].as_object().expect("keys");
    let row = |key: &str| text.lines().find(|line| line.starts_with(&format!("| `{key}` |")));
    for (key, value) in keys {
        let row = row(key).unwrap_or_else(|| panic!("no row for `{key}`"));
        if let Some(default) = value["default"].as_str() {
            assert!(row.contains(default), "`{key}` has the default {default}: {row}");
        }
        if let Some(defaults) = value["default"].as_object() {
            for (name, default) in defaults {
                assert!(row.contains(&format!("{name}: {default}")), "`{key}` has {name}: {default}: {row}");
            }
        }
    }
    let rows = text.split("## Slurm").next().expect("the first part");
    let named = rows.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let quality = ["max-error", "psnr", "ssim", "azimuthal-deviation"];
    let gone: Vec<&str> = named.filter(|key| !keys.contains_key(*key) && !quality.contains(key)).collect();
    assert!(gone.is_empty(), "the program has no such keys: {gone:?}");
}

/// `<STEP>` in the names of sources: those that pages name are those that steps leave.
#[test]
fn short_names_of_steps_are_theirs() {
    let steps = root().join("docs/reference/steps");
    let mut left = String::new();
    for entry in std::fs::read_dir(steps).expect("pages of steps").flatten() {
        left.push_str(&std::fs::read_to_string(entry.path()).expect("a page"));
    }
    let text = page("docs/reference/output-folder.md");
    let line = text.split("short name of the step in capitals (").nth(1).expect("the names");
    let names: Vec<&str> = line.split(')').next().expect("the names").split(", ").collect();
    assert!(names.len() >= 4, "{names:?}");
    for name in names.iter().map(|name| name.trim_matches('`')) {
        assert!(left.contains(&format!("/REDU/{name}")), "no step leaves {name}");
    }
}
