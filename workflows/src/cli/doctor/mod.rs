//! `doctor`: what of the surroundings works, and what to do about the rest.
//!
//! | question | file |
//! |---|---|
//! | what is said of one thing? | `finding.rs` |
//! | can runs be written and looked at? | `openers.rs` |
//! | which filters are there? | `plugins.rs` |
//! | can ranks and jobs be started? | `launch.rs`, `slurm.rs` |
//! | does a folder lock, rename and keep files, and is there room? | `folder.rs` |
//! | what may this process use? | `limits.rs` |

mod finding;
mod folder;
mod launch;
mod limits;
mod openers;
mod plugins;
mod slurm;

use super::output::{print, print_json, table};
use super::{version, Exit, Failure};
use finding::{Finding, State};
use serde_json::json;
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard doctor
  trainyard doctor /gpfs/exfel/exp/MID/202301/p002345/scratch
  srun --ntasks 2 trainyard doctor

Exit code 5 when something fails that every run needs, 0 otherwise.")]
pub struct DoctorOptions {
    /// folder for reduced runs: whether it locks and renames
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// everything as JSON
    #[arg(long)]
    pub json: bool,
}

impl DoctorOptions {
    /// # Errors
    /// A standard output that cannot be written.
    pub fn run(&self) -> Result<Exit, Failure> {
        let (launch, rank) = launch::launch();
        // one of several speaks
        if rank > 0 {
            return Ok(Exit::Done);
        }
        let mut findings = vec![launch];
        findings.push(openers::openers());
        findings.push(plugins::plugins());
        findings.push(slurm::slurm());
        findings.extend(folder::folder("output folder", &self.folder));
        let temporary = std::env::temp_dir();
        findings.push(folder::room("TMPDIR", &temporary));
        findings.extend(limits::limits());
        match self.json {
            true => print_json(&json!({
                "version": version::number(),
                "commit": version::commit(),
                "hdf5": version::hdf5(),
                "findings": findings,
            }))?,
            false => print(&text(&findings))?,
        }
        let failed = findings.iter().any(|finding| finding.needed && finding.state == State::Not);
        Ok(if failed { Exit::Resource } else { Exit::Done })
    }
}

fn text(findings: &[Finding]) -> String {
    let row = |finding: &Finding| vec![finding.state.word().to_string(), finding.what.clone(), finding.found.clone()];
    let lines = table(&findings.iter().map(row).collect::<Vec<_>>());
    let mut text = version::text();
    for (line, finding) in lines.lines().zip(findings) {
        text.push_str(&format!("{line}\n"));
        if let Some(advice) = &finding.advice {
            text.push_str(&format!("      hint: {advice}\n"));
        }
    }
    text
}
