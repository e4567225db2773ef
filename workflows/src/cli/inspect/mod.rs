//! `trainyard inspect RUN`: what is in a run.

pub(super) mod detectors;
mod filters;
mod keys;
mod listing;
mod overview;
mod sources;
pub(super) mod summary;
mod trains;

use super::openers::openers;
use super::output::{complain, print, print_json};
use super::{Exit, Failure};
use std::path::PathBuf;
use summary::Summary;
use trainyard_format::run::{OpenPolicy, Run};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard inspect /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
  trainyard inspect raw/r0053 --source XGM
  trainyard inspect raw/r0053/RAW-R0053-AGIPD00-S00000.h5 --all
  trainyard inspect raw/r0053 proc/r0053 --json

Exit code 2 when files had to be left out; they are listed on stderr.")]
pub struct InspectOptions {
    /// folders of one run, or single files of it
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// list the files
    #[arg(long)]
    pub files: bool,
    /// list the sources
    #[arg(long)]
    pub sources: bool,
    /// show the keys of sources whose name contains this, and the values they had for the whole run
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    /// the overview, the files, and the keys of all sources
    #[arg(long, conflicts_with = "source")]
    pub all: bool,
    /// everything as JSON; values of the whole run only with `--source` or `--all`
    #[arg(long)]
    pub json: bool,
}

impl InspectOptions {
    /// # Errors
    /// A folder without a usable file.
    pub fn run(&self) -> Result<Exit, Failure> {
        let openers = openers()?;
        let run = Run::open(&self.runs, &openers, OpenPolicy { skip_bad: true, files: true })?;
        let mut summary = Summary::of(&run, &openers)?;
        if let Some(text) = &self.source {
            summary.sources.retain(|source| source.name.contains(text));
        }
        if self.source.is_some() || self.all {
            sources::read_values(&mut summary.sources, &run, &openers);
        }
        match self.json {
            true => print_json(&summary)?,
            false => print(&self.text(&summary))?,
        }
        let skipped: Vec<Failure> = run.skipped.iter().cloned().map(Failure::from).collect();
        match Failure::all(skipped) {
            None => Ok(Exit::Done),
            Some(all) => {
                complain(&all.text);
                Ok(Exit::Skipped)
            }
        }
    }

    fn text(&self, summary: &Summary) -> String {
        let mut parts = Vec::new();
        let chosen = self.files || self.sources || self.source.is_some();
        if self.all || !chosen {
            parts.push(overview::overview(summary, self.all));
        }
        if self.all || self.files {
            parts.push(listing::files(summary));
        }
        if self.sources {
            parts.push(listing::sources(summary));
        }
        if self.all || self.source.is_some() {
            parts.push(listing::keys(summary));
        }
        parts.join("\n")
    }
}
