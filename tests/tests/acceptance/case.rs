//! One case: its input, the reduction of it, and what is asserted of every outcome.

use serde_json::{json, Value};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use trainyard_tests::{json_of_python, made_by, trainyard, Finished, Reduction};

/// Three of four frames of the small run.
pub const KEEP: &str = "steps:\n  - keep: cell < 3\n  - write-frames";

/// Only what all rows of a run have: slow data, modules, trains.
pub const COPY: &str = "steps: []";

pub struct Case {
    pub input: PathBuf,
    /// what the checker should know: see `acceptance.py`
    options: Value,
    /// errors of the validator in the input stay errors of the output
    carries_errors: bool,
    /// the run that the outcome is held against, when readers cannot make sense of the input itself
    reference: Option<PathBuf>,
}

/// The folder of a case; `None` without Python.
fn folder(name: &str) -> Option<PathBuf> {
    static ALL: OnceLock<Option<PathBuf>> = OnceLock::new();
    let all = ALL.get_or_init(|| made_by(&["acceptance_cases.py", "acceptance_pixels.py"]));
    let folder = all.as_ref()?.join(name);
    assert!(folder.is_dir(), "no case {name}");
    Some(folder)
}

/// A case by its name; `None` without Python.
pub fn case(name: &str) -> Option<Case> {
    Some(Case::of(folder(name)?))
}

impl Case {
    /// Any other run.
    pub fn of(input: PathBuf) -> Self {
        Case { input, options: json!({}), carries_errors: false, reference: None }
    }

    /// Says something to the checker.
    pub fn with(mut self, option: &str, value: Value) -> Self {
        self.options[option] = value;
        self
    }

    pub fn carries_errors(mut self) -> Self {
        self.carries_errors = true;
        self
    }

    pub fn against(mut self, reference: &str) -> Self {
        self.reference = folder(reference);
        self
    }

    /// Reduces, and holds what comes out against the input.
    #[track_caller]
    pub fn reduced(&self, lines: &str, code: i32) -> Outcome {
        let reduction = Reduction::new(&self.input, lines);
        let ended = reduction.run(&["--threads", "2"]).expect(code);
        let found = self.check(&reduction);
        Outcome { reduction, ended, found }
    }

    /// As [`Case::reduced`] without comparing frames and sources.
    #[track_caller]
    pub fn refused(&self, lines: &str, code: i32, words: &[&str]) -> Finished {
        let reduction = Reduction::new(&self.input, lines);
        let ended = reduction.run(&[]).expect(code).complains(words);
        assert!(!reduction.output().join("reduction.json").exists(), "something was published");
        ended
    }

    #[track_caller]
    fn check(&self, reduction: &Reduction) -> Value {
        let output = reduction.output();
        // our own validator, on a folder that no other program has touched yet
        let told = validate(&[output.as_os_str(), "--against".as_ref(), self.input.as_os_str()], None);
        let errors: Vec<&Value> = of_severity(&told, "error");
        if self.carries_errors {
            let before: Vec<String> = ids(&validate(&[self.input.as_os_str()], None), "error");
            let new: Vec<&Value> = errors.into_iter().filter(|e| !before.contains(&e["id"].to_string())).collect();
            assert!(new.is_empty(), "validate --against: {new:#?}");
        } else {
            assert!(errors.is_empty(), "validate --against: {errors:#?}");
        }
        assert!(told["against"]["frames"] == reduction.manifest()["frames"]["input"], "{told}");
        let reference = self.reference.as_deref().unwrap_or(&self.input);
        let options = self.options.to_string();
        let arguments = [reference.as_os_str(), output.as_os_str(), options.as_ref()];
        let found = json_of_python("acceptance.py", arguments).expect("there is an interpreter");
        assert_eq!(found["differences"], json!([]), "against the input");
        if !self.carries_errors {
            assert_eq!(found["new-problems"], json!([]), "EXtra-data's validator");
        }
        found
    }
}

/// What came of a case.
pub struct Outcome {
    pub reduction: Reduction,
    pub ended: Finished,
    /// what the checker prints
    pub found: Value,
}

impl Outcome {
    /// Frames kept and frames of the input, by the manifest.
    pub fn frames(&self) -> (u64, u64) {
        let frames = &self.reduction.manifest()["frames"];
        (frames["kept"].as_u64().expect("a number"), frames["input"].as_u64().expect("a number"))
    }

    /// Frames of each train of a module, which is found by what its source contains.
    #[track_caller]
    pub fn frames_of(&self, module: &str) -> Vec<u64> {
        let frames = self.found["frames"].as_object().expect("frames");
        let (_, trains) = frames.iter().find(|(source, _)| source.contains(module)).expect("the module");
        trains.as_object().expect("trains").values().map(|n| n.as_u64().expect("a number")).collect()
    }

    /// Ends the test unless a component of EXtra-data opens the output, with so many frames in each train.
    #[track_caller]
    pub fn opens_as(&self, component: &str, sizes: &[u64]) -> &Self {
        assert_eq!((&self.found["opened"], &self.found["sizes"]), (&json!(component), &json!(sizes)));
        self
    }

    pub fn fate(&self, name: &str) -> u64 {
        self.reduction.manifest()["frames"]["by-fate"][name].as_u64().unwrap_or(0)
    }
}

/// Findings of `trainyard validate`, with the exit code it must have, or any.
#[track_caller]
pub fn validate(arguments: &[&std::ffi::OsStr], code: Option<i32>) -> Value {
    let all = ["validate".as_ref(), "--json".as_ref()].into_iter().chain(arguments.iter().copied());
    let ended = trainyard(all);
    let ended = match code {
        Some(code) => ended.expect(code),
        None => ended,
    };
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{}\n{}", ended.stdout, ended.stderr))
}

fn of_severity<'v>(told: &'v Value, severity: &str) -> Vec<&'v Value> {
    told["findings"].as_array().expect("findings").iter().filter(|f| f["severity"] == severity).collect()
}

/// Checks that found something of a severity.
pub fn ids(told: &Value, severity: &str) -> Vec<String> {
    of_severity(told, severity).iter().map(|f| f["id"].to_string()).collect()
}

/// Ends the test unless the validator finds `id` in the input and exits with `code`.
#[track_caller]
pub fn reported(input: &Path, id: &str, code: i32) {
    let told = validate(&[input.as_os_str()], Some(code));
    let found = told["findings"].as_array().expect("findings").iter().any(|f| f["id"] == id);
    assert!(found, "no {id} in {told:#}");
}
