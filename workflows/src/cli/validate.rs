//! `trainyard validate RUN`: everything that is wrong with a run.

use super::openers::openers;
use super::output::{print, print_json};
use super::{Exit, Failure};
use serde_json::json;
use std::path::PathBuf;
use trainyard_format::validate::{validate_run, Finding, Options, Severity};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard validate /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
  trainyard validate reduced/r0053 --deep

Exit code 0 when no error is found, also with warnings; 4 otherwise.")]
pub struct ValidateOptions {
    /// run folders, or single files
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// also read and decode every chunk
    #[arg(long)]
    pub deep: bool,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

impl ValidateOptions {
    /// # Errors
    /// A path that is not there.
    pub fn run(&self) -> Result<Exit, Failure> {
        for path in &self.runs {
            if let Err(error) = std::fs::metadata(path) {
                return Err(Failure::new(
                    Exit::Workflow,
                    &format!("failed to find `{}`: {error}", path.display()),
                    None,
                ));
            }
        }
        let findings = validate_run(&self.runs, &openers()?, Options { deep: self.deep });
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if self.json {
            print_json(&json!({"errors": errors, "warnings": warnings, "findings": findings}))?;
        } else {
            print(&report(&findings, errors, warnings))?;
        }
        Ok(if errors > 0 { Exit::Input } else { Exit::Done })
    }
}

fn report(findings: &[Finding], errors: usize, warnings: usize) -> String {
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n\n")).collect();
    let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    text.push_str(&match (errors, warnings) {
        (0, 0) => "nothing is wrong\n".to_string(),
        _ => format!("{}, {}\n", counted(errors, "error"), counted(warnings, "warning")),
    });
    text
}
