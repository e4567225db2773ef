//! `trainyard inspect RUN`: what is in a run.

mod listing;
mod summary;

use super::openers::openers;
use super::output::{complain, print, print_json};
use super::{Exit, Failure};
use std::path::PathBuf;
use summary::Summary;
use trainyard_format::detector::Detector;
use trainyard_format::run::{OpenPolicy, Run};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard inspect /gpfs/exfel/exp/MID/202301/p002345/raw/r0053
  trainyard inspect raw/r0053 proc/r0053 --json

Exit code 2 when files had to be left out; they are listed on stderr.")]
pub struct InspectOptions {
    /// folders of one run
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<PathBuf>,
    /// show only sources whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

impl InspectOptions {
    /// # Errors
    /// A folder without a usable file.
    pub fn run(&self) -> Result<Exit, Failure> {
        let openers = openers()?;
        let run = Run::open(&self.runs, &openers, OpenPolicy { skip_bad: true })?;
        let mut detectors = Vec::new();
        for name in Detector::names(&run) {
            // one whose modules disagree is still to be looked at, source by source
            let Ok(mut detector) = Detector::find(&run, Some(&name), None) else { continue };
            detector.look_for_parallel_gain(&run, &openers)?;
            detectors.push(detector);
        }
        let mut summary = Summary::of(&run, &detectors);
        if let Some(text) = &self.source {
            summary.sources.retain(|source| source.name.contains(text));
        }
        match self.json {
            true => print_json(&summary)?,
            false => print(&listing::listing(&summary))?,
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
}
