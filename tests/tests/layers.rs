//! Arrows between the crates point one way: read from the manifests, so that a wrong `[dependencies]` line fails here.
//!
//! ```text
//! codec   geometry                slurm-cli-wrapper
//!   format                          (knows none of us)
//!     engine, simulate
//!       algorithms, report
//!         trainyard (workflows)
//!           tests
//! ```
//!
//! Development dependencies count too: a test of a lower crate that needs a higher one belongs to the higher one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may know whom. A crate of the workspace without a line here is an error: its place has to be decided.
const MAY_KNOW: [(&str, &[&str]); 10] = [
    ("trainyard-codec", &[]),
    ("trainyard-geometry", &[]),
    ("slurm-cli-wrapper", &[]),
    ("trainyard-format", &["trainyard-codec"]),
    ("trainyard-engine", &["trainyard-codec", "trainyard-format", "trainyard-geometry"]),
    ("trainyard-simulate", &["trainyard-codec", "trainyard-format", "trainyard-geometry"]),
    ("trainyard-report", &["trainyard-engine", "trainyard-format", "trainyard-geometry"]),
    ("trainyard-algorithms", &["trainyard-codec", "trainyard-engine", "trainyard-format", "trainyard-geometry"]),
    (
        "trainyard",
        &[
            "slurm-cli-wrapper",
            "trainyard-algorithms",
            "trainyard-codec",
            "trainyard-engine",
            "trainyard-format",
            "trainyard-geometry",
            "trainyard-report",
            "trainyard-simulate",
        ],
    ),
    (
        "trainyard-tests",
        &[
            "slurm-cli-wrapper",
            "trainyard",
            "trainyard-algorithms",
            "trainyard-codec",
            "trainyard-engine",
            "trainyard-format",
            "trainyard-geometry",
            "trainyard-report",
            "trainyard-simulate",
        ],
    ),
];

/// Crates that only one of us may use: the file format is asked in one place, MPI in another.
const KEPT_APART: [(&str, &str); 4] = [
    ("hdf5-sys", "trainyard-format"),
    ("mpi", "trainyard-engine"),
    ("saphyr-parser", "trainyard"),
    ("clap", "trainyard"),
];

/// Name of a crate -> names of everything its manifest depends on.
type Graph = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> toml::Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("failed to read {}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("failed to parse {}: {e}", path.display()))
}

/// Every `dependencies`, `dev-dependencies` and `build-dependencies` table, also those under `target`.
fn dependencies(manifest: &toml::Table, found: &mut BTreeSet<String>) {
    for (key, value) in manifest {
        let Some(table) = value.as_table() else { continue };
        match key.as_str() {
            "dependencies" | "dev-dependencies" | "build-dependencies" => {
                for (name, what) in table {
                    let package = what.get("package").and_then(toml::Value::as_str);
                    found.insert(package.unwrap_or(name).to_string());
                }
            }
            "target" => table.values().filter_map(toml::Value::as_table).for_each(|t| dependencies(t, found)),
            _ => {}
        }
    }
}

fn workspace() -> Graph {
    let top = read(&root().join("Cargo.toml"));
    let members = top["workspace"]["members"].as_array().expect("members are a list");
    let manifests = members.iter().filter_map(toml::Value::as_str).map(|m| read(&root().join(m).join("Cargo.toml")));
    manifests
        .map(|manifest| {
            let name = manifest["package"]["name"].as_str().expect("a package has a name").to_string();
            let mut found = BTreeSet::new();
            dependencies(&manifest, &mut found);
            (name, found)
        })
        .collect()
}

fn wrong_arrows(graph: &Graph) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, used) in graph {
        let Some((_, known)) = MAY_KNOW.iter().find(|(n, _)| n == name) else {
            wrong.push(format!("`{name}` has no place among the layers"));
            continue;
        };
        let ours = used.iter().filter(|u| graph.contains_key(*u));
        wrong.extend(ours.filter(|u| !known.contains(&u.as_str())).map(|u| format!("`{name}` may not know `{u}`")));
        let apart = KEPT_APART.iter().filter(|(theirs, owner)| owner != name && used.contains(*theirs));
        wrong.extend(apart.map(|(theirs, owner)| format!("`{theirs}` is for `{owner}` alone, not for `{name}`")));
    }
    wrong
}

#[test]
fn arrows_point_down() {
    let graph = workspace();
    assert_eq!(graph.len(), MAY_KNOW.len(), "crates: {:?}", graph.keys());
    assert_eq!(wrong_arrows(&graph), Vec::<String>::new());
}

#[test]
fn a_wrong_arrow_is_found() {
    let with = |name: &str, manifest: &str| {
        let mut graph = workspace();
        let mut found = BTreeSet::new();
        dependencies(&manifest.parse().expect("valid TOML"), &mut found);
        graph.insert(name.into(), found);
        wrong_arrows(&graph)
    };
    let upwards = "[dependencies]\ntrainyard-engine.workspace = true\n";
    assert_eq!(with("trainyard-codec", upwards), ["`trainyard-codec` may not know `trainyard-engine`"]);
    let in_tests = "[dev-dependencies]\nsimulated = { package = \"trainyard-simulate\", path = \"x\" }\n";
    assert_eq!(with("trainyard-algorithms", in_tests), ["`trainyard-algorithms` may not know `trainyard-simulate`"]);
    let on_linux = "[target.'cfg(unix)'.dependencies]\nmpi = \"0.8\"\n";
    assert_eq!(
        with("slurm-cli-wrapper", on_linux),
        ["`mpi` is for `trainyard-engine` alone, not for `slurm-cli-wrapper`"]
    );
    assert_eq!(with("trainyard-extra", ""), ["`trainyard-extra` has no place among the layers"]);
}
