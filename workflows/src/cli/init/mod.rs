//! `init KIND RUN`: a commented workflow for a technique, from what the run holds.
//!
//! What is written is held against the run first, as `check` does, so that nothing is written that `check` refuses. Where
//! a run lacks what a better workflow needs (bunch pattern, photon energy), the next simpler one is tried.
//!
//! | question | file |
//! |---|---|
//! | what can be asked for? | `technique.rs` |
//! | what does the run hold? | `found.rs` |
//! | which steps, and what is said of them? | `steps.rs` |
//! | how is all that written? | `text.rs` |

mod found;
mod steps;
mod technique;
mod text;

use super::openers::openers;
use super::output::{complain, print};
use super::{Exit, Failure};
use crate::assemble::assemble;
use crate::workflow::Workflow;
use found::Found;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use technique::Technique;
use trainyard_engine::algorithm::Registry;
use trainyard_format::opener::OpenerPool;
use trainyard_format::Error;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard init powder raw/r0053 --geometry agipd.geom -o powder.yaml
  trainyard init dark-deletion raw/r0053 > lit.yaml

The workflow is one that `trainyard check` accepts; lines to fill in are comments.")]
pub struct InitOptions {
    /// what is to be done
    #[arg(value_enum, value_name = "KIND")]
    pub kind: Technique,
    /// folders of one run
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// file to write, which must be new; the standard output when left out
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// CrystFEL .geom or pyFAI .poni file; the only one beside the run when left out
    #[arg(long, value_name = "FILE")]
    pub geometry: Option<PathBuf>,
    /// detector to reduce; the largest when left out
    #[arg(long, value_name = "NAME")]
    pub detector: Option<String>,
}

impl InitOptions {
    /// # Errors
    /// A run that cannot be opened, or has not what the technique needs; a file that is there already.
    pub fn run(&self, registry: &Registry) -> Result<Exit, Failure> {
        let openers = Arc::new(openers()?);
        let found = Found::look(self, &openers)?;
        let text = self.accepted(&found, registry, &openers)?;
        match &self.output {
            None => print(&text)?,
            Some(path) => {
                write_new(path, &text)?;
                let path = path.display();
                print(&format!("{path}: a workflow that `check` accepts\nnext: trainyard plan {path}\n      trainyard run {path}\n"))?;
            }
        }
        found.notes().iter().for_each(|note| complain(&format!("note: {note}\n")));
        Ok(Exit::Done)
    }

    /// The first of the technique's workflows that the run has everything for.
    fn accepted(&self, found: &Found, registry: &Registry, openers: &Arc<OpenerPool>) -> Result<String, Failure> {
        let folder = found.folder.clone();
        let mut refused = None;
        for steps in steps::variants(self.kind, found)? {
            let text = text::workflow(self, found, &steps)?;
            let checked = Workflow::of_bytes(text.as_bytes(), "the workflow", folder.clone(), &[], registry);
            let wrong = match checked {
                Ok(checked) => match assemble(&checked, registry, openers.clone(), None) {
                    Ok(_) => return Ok(text),
                    Err(failure) if failure.exit == Exit::Workflow => failure,
                    Err(failure) => return Err(failure),
                },
                Err(rejected) => rejected.into(),
            };
            refused = Some(wrong);
        }
        let kind = self.kind.name();
        let what = format!("the run has not what `{kind}` needs; the plainest workflow for it was refused:\n");
        let refused: Failure = refused.unwrap_or_else(|| Failure::new(Exit::Bug, "there is no workflow to try", None));
        Err(Failure { text: format!("error: {what}{}", refused.text), ..refused })
    }
}

fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let what = format!("there is a file `{}` already", path.display());
            Failure::new(Exit::Workflow, &what, Some("name another with -o, or move it away"))
        }
        _ => Error::io("create", path, &e).into(),
    })?;
    file.write_all(text.as_bytes()).map_err(|e| Error::io("write", path, &e))?;
    Ok(())
}
