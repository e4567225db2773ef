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
use crate::document::{suggestion, wildcard};
use std::collections::BTreeSet;
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
            let names: Vec<&str> = summary.sources.iter().map(|source| source.name.as_str()).collect();
            let chosen: BTreeSet<String> = chosen(text, &names)?.into_iter().map(String::from).collect();
            summary.sources.retain(|source| chosen.contains(&source.name));
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

/// Names that contain the text, or that the pattern stands for; where none does, without regard to case.
fn chosen<'n>(text: &str, names: &[&'n str]) -> Result<Vec<&'n str>, Failure> {
    let fits = |text: &str, name: &str| match wildcard::is_pattern(text) {
        true => wildcard::matches(text, name),
        false => name.contains(text),
    };
    let exact: Vec<&str> = names.iter().filter(|name| fits(text, name)).copied().collect();
    if !exact.is_empty() {
        return Ok(exact);
    }
    let small = text.to_lowercase();
    let alike: Vec<&str> = names.iter().filter(|name| fits(&small, &name.to_lowercase())).copied().collect();
    if !alike.is_empty() {
        return Ok(alike);
    }
    let what = format!("no source of the run is called like `{text}`");
    Err(Failure::new(Exit::Workflow, &what, Some(&suggestion(text, names, "sources"))))
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn a_part_a_pattern_and_another_case_find_a_source() {
        let names = ["SA1_XTD2_XGM/XGM/DOOCS", "SA1_XTD2_XGM/XGM/DOOCS:output", "SPB_IRU/CAM:daqOutput"];
        let found = |text: &str| chosen(text, &names).map_or(0, |found| found.len());
        assert_eq!(["XGM", "xgm", "*XGM/DOOCS", "spb_*:daq*", "*", "MID"].map(found), [2, 2, 1, 1, 3, 0]);
        let failure = chosen("SA1_XTD2_XGM/XGM/DOOC:output", &names).unwrap_err();
        assert!(failure.text.contains("did you mean `SA1_XTD2_XGM/XGM/DOOCS:output`?"), "{}", failure.text);
    }
}
