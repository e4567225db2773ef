//! The validator beside EXtra-data's own, on runs that its mock maker made and that were then damaged.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use support::{pool, python};
use trainyard_format::opener::OpenerPool;
use trainyard_format::validate::{validate_run, Finding, Options, Severity, CHECKS};

type Verdict = BTreeSet<(String, String)>;

fn file_name(finding: &Finding) -> String {
    let file = finding.place.file.as_deref().filter(|file| !file.is_dir());
    file.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn validate(path: &Path, pool: &OpenerPool, deep: bool) -> Vec<Finding> {
    validate_run(&[path.to_owned()], pool, Options { deep })
}

/// Errors of those checks that EXtra-data's validator makes too.
fn shared_errors(findings: &[Finding]) -> Verdict {
    let shared = |id: &str| CHECKS.iter().any(|check| check.id == id && check.summary.starts_with("(E)"));
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error && shared(&finding.id));
    errors.map(|finding| (finding.id.to_string(), file_name(finding))).collect()
}

/// Entries past the train list are cut in our maps; EXtra-data also reports what the padding does to contiguity.
fn without_padding(mut verdict: Verdict) -> Verdict {
    let long: BTreeSet<String> =
        verdict.iter().filter(|(id, _)| id == "index-length").map(|(_, file)| file.clone()).collect();
    verdict.retain(|(id, file)| id != "index-contiguous" || !long.contains(file));
    verdict
}

#[test]
fn verdicts_are_those_of_extra_data() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    if python("validation_cases.py", &[folder.path()]).is_none() {
        return;
    }
    let pool = pool();
    let text = std::fs::read(folder.path().join("expected.json")).expect("the verdicts");
    let expected: BTreeMap<String, Verdict> = serde_json::from_slice(&text).expect("verdicts");
    assert!(expected.len() > 40);
    let mut found: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    let mut faults = Vec::new();
    for (case, verdict) in &expected {
        let findings = validate(&folder.path().join(case), &pool, false);
        let ours = without_padding(shared_errors(&findings));
        let mut theirs = without_padding(verdict.clone());
        if case == "nothing" {
            // a folder that does not hold a file: no file to name
            theirs = verdict.clone();
        }
        // with no file left there is also nothing else to report
        if ours != theirs {
            faults.push(format!("{case}: ours {ours:?}, theirs {theirs:?}"));
        }
        found.insert(case.clone(), findings);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let dotted = validate(&folder.path().join("keys_with_dots"), &pool, false);
    assert!(dotted.is_empty(), "{dotted:#?}");

    // What it does not see.
    for (case, id, severity) in [
        ("absurd_id", "train-ids-plausible", Severity::Error),
        ("train_in_two_sequences", "train-once", Severity::Error),
        ("id_not_increasing", "train-ids-repeated", Severity::Error),
        ("suspect_train", "train-flags", Severity::Note),
        ("counts_disagree", "modules-count", Severity::Warning),
        ("pulse_ids_disagree", "modules-ids", Severity::Warning),
        ("pulse_id_twice", "modules-ids", Severity::Error),
        ("orphaned_rows", "index-orphans", Severity::Warning),
        ("control_past_end", "control-count", Severity::Error),
        ("out_of_step", "trains-agree", Severity::Note),
        ("no_trains", "empty-file", Severity::Note),
        ("clean_12", "modules-present", Severity::Warning),
    ] {
        let findings = &found[case];
        assert!(
            findings.iter().any(|finding| finding.id == id && finding.severity == severity),
            "{case} lacks {id}: {findings:#?}"
        );
    }
    for case in [
        "clean_05",
        "clean_10",
        "clean_12",
        "clean_13",
        "legacy_names",
        "reduced",
        "good_cache",
        "timestamps_zero_at_end",
    ] {
        let errors: Vec<String> =
            found[case].iter().filter(|finding| finding.severity == Severity::Error).map(|f| f.to_string()).collect();
        assert!(errors.is_empty(), "{case}: {}", errors.join("\n"));
    }
    for (case, object) in [
        ("no_flag", "INDEX/flag"),
        ("no_train_ids", "INDEX/trainId"),
        ("no_index", "INDEX"),
        ("no_metadata", "METADATA"),
    ] {
        let named = found[case].iter().any(|finding| finding.id == "open" && finding.what.contains(object));
        assert!(named, "{case} names {object}: {:#?}", found[case]);
    }
}

#[test]
fn a_damaged_chunk_is_found_by_looking_deep() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(output) = python("compressed_run.py", &[folder.path()]) else { return };
    let pool = pool();
    let clean = validate(folder.path(), &pool, true);
    assert!(clean.iter().all(|finding| finding.severity != Severity::Error), "{clean:#?}");
    // offset and size of chunk 2 of each dataset
    for line in output.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let (file, dataset, offset): (_, _, u64) = (Path::new(words[0]), words[1], words[2].parse().expect("a number"));
        let whole = std::fs::read(file).expect("the file");
        let mut damaged = whole.clone();
        damaged[offset as usize..offset as usize + 8].fill(0xff);
        std::fs::write(file, &damaged).expect("written");
        assert!(validate(folder.path(), &pool, false).iter().all(|finding| finding.severity != Severity::Error));
        let findings = validate(folder.path(), &pool, true);
        let found: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).collect();
        assert!(found.len() == 1 && found[0].id == "chunks", "{dataset}: {found:#?}");
        assert_eq!(found[0].dataset.as_deref(), Some(dataset));
        assert_eq!(found[0].place.train, Some(10_001), "{dataset}");
        std::fs::write(file, &whole).expect("written");
    }
}
