//! A workflow file and its output in a folder of their own, which goes when the test ends.

use crate::{published, start, start_with, trainyard, trainyard_on_ranks, Child, Finished, Published, PATIENCE};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Reduction {
    folder: TempDir,
    /// a report costs time that most tests can do without
    reports: bool,
}

impl Reduction {
    /// `steps` are lines of the file behind `run`, `geometry` (when the run has one) and `output`.
    pub fn new(run: &Path, lines: &str) -> Self {
        let geometry = run.join("simulated.geom");
        let geometry = if geometry.exists() { format!("geometry: {}\n", geometry.display()) } else { String::new() };
        Self::of_text(&format!("run: {}\n{geometry}output: reduced\n{lines}\n", run.display()))
    }

    /// The whole text of the workflow; its output should be `reduced`.
    pub fn of_text(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("workflow.yaml"), text).expect("a workflow file");
        Reduction { folder, reports: false }
    }

    /// Its runs end with a report.
    #[must_use]
    pub fn with_report(self) -> Self {
        Reduction { reports: true, ..self }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn workflow(&self) -> PathBuf {
        self.folder().join("workflow.yaml")
    }

    pub fn output(&self) -> PathBuf {
        self.folder().join("reduced")
    }

    /// `run WORKFLOW MORE`
    pub fn arguments(&self, verb: &str, more: &[&str]) -> Vec<String> {
        let mut all = vec![verb.to_string(), self.workflow().display().to_string()];
        all.extend(more.iter().map(|m| m.to_string()));
        if verb == "run" && !self.reports && !more.contains(&"--no-report") {
            all.push("--no-report".into());
        }
        all
    }

    pub fn start(&self, more: &[&str]) -> Child {
        start(self.arguments("run", more))
    }

    /// As [`start`](Self::start) with environment variables.
    pub fn start_with(&self, environment: &[(&str, &str)], more: &[&str]) -> Child {
        start_with(environment, self.arguments("run", more))
    }

    /// Started and stopped in its tracks with its first sequence finished and the last not.
    pub fn paused(run: &Path, lines: &str) -> (Self, Child) {
        for _ in 0..20 {
            let reduction = Reduction::new(run, lines);
            // soon enough for a test, late enough for a busy machine
            let mut child = reduction.start_with(&[("TRAINYARD_STORAGE_TIMEOUT", "3")], &["--threads", "1"]);
            child.until(|| reduction.under_way());
            child.signal(libc::SIGSTOP);
            if !child.ended() && !reduction.output().join("reduction.json").exists() {
                return (reduction, child);
            }
            child.signal(libc::SIGCONT);
        }
        panic!("no run could be caught under way");
    }

    /// [`paused`](Self::paused), then killed.
    pub fn cut_short(run: &Path, lines: &str) -> Self {
        let (reduction, mut child) = Self::paused(run, lines);
        child.signal_all(libc::SIGKILL);
        child.wait(PATIENCE);
        reduction
    }

    #[track_caller]
    pub fn run(&self, more: &[&str]) -> Finished {
        self.start(more).wait(PATIENCE)
    }

    #[track_caller]
    pub fn check(&self, more: &[&str]) -> Finished {
        trainyard(self.arguments("check", more))
    }

    pub fn start_on_ranks(&self, ranks: usize, more: &[&str]) -> Option<Child> {
        self.start_on_ranks_with(ranks, &[], more)
    }

    /// As [`start_on_ranks`](Self::start_on_ranks) with environment variables.
    pub fn start_on_ranks_with(&self, ranks: usize, environment: &[(&str, &str)], more: &[&str]) -> Option<Child> {
        trainyard_on_ranks(ranks, environment, self.arguments("run", more))
    }

    /// What the output folder holds.
    #[track_caller]
    pub fn published(&self) -> Published {
        published(&self.output())
    }

    /// Runs and says what was published; ends the test unless all goes well.
    #[track_caller]
    pub fn reduce(&self, more: &[&str]) -> Published {
        self.run(more).expect(0);
        self.published()
    }

    #[track_caller]
    pub fn manifest(&self) -> serde_json::Value {
        let path = self.output().join("reduction.json");
        let text = std::fs::read(&path).unwrap_or_else(|e| panic!("failed to read {}: {e}", path.display()));
        serde_json::from_slice(&text).expect("a manifest is JSON")
    }

    /// Forgets everything but the workflow.
    pub fn clear(&self) {
        let _ = std::fs::remove_dir_all(self.output());
    }

    /// Whether a sequence is done and the run is not.
    pub fn under_way(&self) -> bool {
        let Ok(entries) = std::fs::read_dir(self.output().join(".trainyard/ledger")) else { return false };
        let done = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|t| t.contains("\"sequence\""));
        entries.flatten().any(|e| done(e.path()))
    }
}
