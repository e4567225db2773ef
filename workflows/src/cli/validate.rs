//! `trainyard validate RUN`: everything that is wrong with a run; with `--against`, whether it is what was asked of its input.

use super::openers::openers;
use super::output::{print, print_json};
use super::{Exit, Failure};
use crate::assemble::asked;
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::prove::{inner_folders, prove, Counts, Proof};
use trainyard_format::validate::{validate_run, Finding, Options, Severity};
use trainyard_format::words::counted;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard validate /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
  trainyard validate reduced/r0053 --deep
  trainyard validate reduced/r0053 --against /gpfs/exfel/exp/MID/202301/p002345/proc/r0053

With --against, also proves a reduction: every frame of the input has a fate, every kept frame is equal to the input or within
the bound its dataset states, every source is carried over. Where steps change pixels, they are done again to one frame in a hundred. Run it before you delete the input. What could not be compared is
told line by line; with --strict that is no proof either.

Exit code 0 when no error is found, also with warnings; 5 when something could not be read; 4 otherwise.")]
pub struct ValidateOptions {
    /// run folders, or single files
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// also read and decode every chunk
    #[arg(long)]
    pub deep: bool,
    /// compare a reduced run, frame by frame, with the run it was made of: its folders, in the order of the workflow's `run`
    #[arg(long, value_name = "INPUT", num_args = 1..)]
    pub against: Vec<PathBuf>,
    /// with --against: exit code 4 also when something was not compared
    #[arg(long, requires = "against")]
    pub strict: bool,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

impl ValidateOptions {
    /// # Errors
    /// A path that is not there.
    pub fn run(&self, registry: &Registry) -> Result<Exit, Failure> {
        let openers = Arc::new(openers()?);
        for path in self.runs.iter().chain(&self.against) {
            if !openers.is_there(path)? {
                let what = format!("failed to find `{}`: there is no such file or folder", path.display());
                return Err(Failure::new(Exit::Workflow, &what, None));
            }
        }
        let output = match (self.runs.as_slice(), self.against.is_empty()) {
            ([output], false) => Some(output),
            (_, true) => None,
            _ => {
                return Err(Failure::new(
                    Exit::Workflow,
                    "`--against` takes one reduced run at a time",
                    Some("put the run before the option: `trainyard validate OUTPUT --against INPUT`"),
                ))
            }
        };
        let options = Options { deep: self.deep };
        let mut findings = validate_run(&self.runs, &openers, options);
        // a run each
        for run in &self.runs {
            for folder in inner_folders(run, &openers)? {
                findings.extend(validate_run(&[folder], &openers, options));
            }
        }
        // a manifest tells names alone: files that steps need may lie where the workflow does
        let beside = output.and_then(|output| output.parent()).filter(|folder| !folder.as_os_str().is_empty());
        let beside = [Some(PathBuf::from(".")), beside.map(PathBuf::from)].into_iter().flatten();
        let folders: Vec<PathBuf> = beside.chain(self.against.iter().cloned()).collect();
        let proof = output
            .map(|output| {
                prove(output, &self.against, &openers, &|workflow, judged, run| {
                    asked(workflow, judged, run, registry, &openers, &folders)
                })
            })
            .transpose()?;
        let counts = proof.as_ref().map(|proof| proof.counts);
        let text = proof.as_ref().map(compared).unwrap_or_default();
        let not_compared = proof.as_ref().map(|proof| proof.not_compared.clone()).unwrap_or_default();
        findings.extend(proof.into_iter().flat_map(|proof| proof.findings));
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        if self.json {
            let mut told = json!({"errors": errors, "warnings": warnings, "findings": findings});
            if let Some(counts) = counts {
                told["against"] = json!(counts);
                told["not-compared"] = json!(not_compared);
            }
            print_json(&told)?;
        } else {
            print(&format!("{text}{}", report(&findings, errors, warnings)))?;
        }
        let vague = self.strict && !not_compared.is_empty();
        Ok(match errors {
            0 if vague => Exit::Input,
            0 => Exit::Done,
            _ if findings.iter().any(Finding::is_unreadable) => Exit::Resource,
            _ => Exit::Input,
        })
    }
}

/// What was looked at. `proved` only when nothing contradicts it.
fn compared(proof: &Proof) -> String {
    let counts = &proof.counts;
    let Counts { trains, frames, kept, kept_inside, sources, .. } = counts;
    let inside = if *kept_inside > 0 { format!(", {kept_inside} more in folders inside") } else { String::new() };
    let outcome = if proof.holds() { "proved" } else { "not proved" };
    let mut text = format!(
        "{outcome}: {} of {}, {kept} kept{inside}; {}\n",
        counted(frames, "frame"),
        counted(trains, "train"),
        counted(sources, "other source")
    );
    let rows = [
        (counts.rows_equal_as_stored, "equal as stored"),
        (counts.rows_equal_decoded, "equal when decoded"),
        (counts.rows_within_bound, "within the stated bound"),
        (counts.rows_made_again, "what the workflow's steps make of the input"),
    ];
    for (count, what) in rows.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("  {} of pixels and masks {what}\n", counted(count, "row")));
    }
    if !proof.not_compared.is_empty() {
        text.push_str("not compared:\n");
        text.extend(proof.not_compared.iter().map(|line| format!("  {}\n", line.what)));
    }
    text.push('\n');
    text
}

fn report(findings: &[Finding], errors: usize, warnings: usize) -> String {
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n\n")).collect();
    text.push_str(&match (errors, warnings) {
        (0, 0) => "nothing is wrong\n".to_string(),
        _ => format!("{}, {}\n", counted(errors, "error"), counted(warnings, "warning")),
    });
    text
}
