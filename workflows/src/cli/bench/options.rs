//! The command line of `bench`.

use super::catalogue::ENTRIES;
use super::catalogue::{chosen, Bench};
use super::peer::Peers;
use super::report::Report;
use crate::cli::{Exit, Failure};
use std::path::PathBuf;
use trainyard_engine::algorithm::Registry;
use trainyard_format::Error;

/// Interpreter that has the peers' packages.
const PYTHON: &str = "TRAINYARD_PYTHON";

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = examples())]
pub struct BenchOptions {
    /// one bench; all when left out
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// where data are made, and kept for the next call
    #[arg(long, value_name = "DIR", default_value = "trainyard-bench")]
    pub data: PathBuf,
    /// interpreter that has the peers; the environment's TRAINYARD_PYTHON when left out
    #[arg(long, value_name = "PATH")]
    pub python: Option<PathBuf>,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

impl BenchOptions {
    /// # Errors
    /// A name that is not there; a disk that fails; what a job reports.
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let entries = chosen(self.name.as_deref())?;
        std::fs::create_dir_all(&self.data).map_err(|e| Error::io("create the folder", &self.data, &e))?;
        // children are started elsewhere than here
        let data = std::fs::canonicalize(&self.data).map_err(|e| Error::io("find", &self.data, &e))?;
        let python = self.python.or_else(|| std::env::var_os(PYTHON).filter(|p| !p.is_empty()).map(PathBuf::from));
        let peers = python.map(Peers::new).transpose()?;
        if peers.is_none() {
            eprintln!("no peers: name a Python that has them with --python or {PYTHON}");
        }
        let mut bench = Bench { registry, data, peers, report: Report::new(self.json) };
        for entry in entries {
            eprintln!("{}: {}", entry.name, entry.about);
            (entry.run)(&mut bench)?;
        }
        bench.report.finish()?;
        Ok(Exit::Done)
    }
}

fn examples() -> String {
    let names: Vec<&str> = ENTRIES.iter().map(|entry| entry.name).collect();
    format!(
        "\
Example:
  trainyard bench
  trainyard bench whole-job --python venv/bin/python

Benches: {}.
Each prints lines `name value unit`. With a Python that has the peers (bitshuffle, pyFAI, scikit-beam, EXtra-data, EXtra-geom,
pasha) these are measured in the same call; a line ending in -ratio says how many times faster trainyard is. The first call makes
about 6 GB of data, 3 of them for validate.",
        names.join(", ")
    )
}
