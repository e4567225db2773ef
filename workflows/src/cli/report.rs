//! `report`: what became of a run, as a page to look at; `run` writes the same at its end.

use super::openers::openers;
use super::{output, Exit, Failure};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Instant;
use trainyard_engine::plan::Job;
use trainyard_format::opener::OpenerPool;
use trainyard_format::Result;
use trainyard_report::gather::{gather, Gathered, Sampling};
use trainyard_report::{read_earlier, write, Published, Timing, REPORT};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard report reduced/r0053

Writes `report.html`, one file that needs nothing else, and `report.json` with every number in it, made of what the output holds.
The pictures of frames, and how long it took, are those of the report that `run` wrote: they are kept.")]
pub struct ReportOptions {
    /// the output folder of a finished run
    pub output: PathBuf,
}

impl ReportOptions {
    /// # Errors
    /// There is no finished reduction; what it holds cannot be read.
    pub fn run(self) -> std::result::Result<Exit, Failure> {
        let openers = openers()?;
        let (published, gathered) = gathered(&self.output, Sampling::default(), &openers)?;
        let mut report = gathered.report;
        match read_earlier(&self.output, &published.text("/plan"))? {
            Some(earlier) => (report.pictures, report.timing) = (earlier.pictures, earlier.timing),
            None => report.pictures.lack = Some(NO_PICTURES.into()),
        }
        write(&self.output, &report)?;
        output::print_words(&format!("report: {}\n", self.output.join(REPORT).display()))?;
        Ok(Exit::Done)
    }
}

/// Of a report that is made afterwards.
const NO_PICTURES: &str = "There are no pictures: they are made at the end of a run, of frames of its input.";

/// The report at the end of a run. The run stands, whatever becomes of this: a failure is told as a warning.
pub fn at_the_end(job: &Job, timing: Timing) -> Option<PathBuf> {
    let made = catch_unwind(AssertUnwindSafe(|| of_job(job, timing)));
    let told = match made {
        Ok(Ok(path)) => return Some(path),
        Ok(Err(error)) => Failure::from(error).text,
        Err(_) => "a bug of ours\n".into(),
    };
    let told = told.trim_start_matches("error: ");
    output::complain(&format!("warning: no report: {told}"));
    None
}

fn of_job(job: &Job, mut timing: Timing) -> Result<PathBuf> {
    let started = Instant::now();
    let (_, gathered) = gathered(&job.output, Sampling::default(), &job.pool)?;
    let mut report = gathered.report;
    timing.report_seconds = started.elapsed().as_secs_f64();
    report.timing = Some(timing);
    write(&job.output, &report)?;
    Ok(job.output.join(REPORT))
}

fn gathered(folder: &Path, sampling: Sampling, pool: &OpenerPool) -> Result<(Published, Gathered)> {
    let published = Published::open(folder, pool)?;
    let gathered = gather(&published, sampling, pool)?;
    Ok((published, gathered))
}
