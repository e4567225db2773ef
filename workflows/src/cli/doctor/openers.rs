//! The children that look into HDF5 files, tried on a run of one frame that is written, opened and validated.

use super::finding::Finding;
use crate::cli::Failure;
use std::path::Path;
use trainyard_format::validate::{validate_run, Options};
use trainyard_simulate::{simulate, Detector, Kind, SimulationSpec};

const WHAT: &str = "openers, HDF5";

pub fn openers() -> Finding {
    let folder = match tempfile::Builder::new().prefix("trainyard-doctor").tempdir() {
        Ok(folder) => folder,
        Err(error) => {
            return Finding::not(
                WHAT,
                format!("failed to make a folder in {}: {error}", std::env::temp_dir().display()),
                "let TMPDIR name a folder that can be written",
            )
            .needed()
        }
    };
    match tried(&folder.path().join("run")) {
        Ok(0) => Finding::ok(WHAT, "a run was written, opened by a child process and read back").needed(),
        Ok(findings) => Finding::not(
            WHAT,
            format!("{findings} things are wrong with a run just written"),
            "look at the disk and the memory of this machine",
        )
        .needed(),
        Err(failure) => {
            let text = failure.text.trim().trim_start_matches("error: ").to_string();
            Finding::not(WHAT, text, "a child must be able to start this program again, and TMPDIR must be writable")
                .needed()
        }
    }
}

fn tried(run: &Path) -> Result<usize, Failure> {
    let spec = SimulationSpec {
        trains: 1,
        pulses: 1,
        modules: Some(vec![0]),
        ..SimulationSpec::new(Kind::Dark, Detector::Agipd)
    };
    simulate(&spec, run)?;
    let openers = crate::cli::openers()?;
    let findings = validate_run(&[run.to_path_buf()], &openers, Options { deep: true });
    Ok(findings.iter().filter(|f| f.severity == trainyard_format::validate::Severity::Error).count())
}
