//! `report`: what became of a run, as a page to look at; `run` writes the same at its end.

use super::openers::openers;
use super::{output, Exit, Failure};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::time::Instant;
use trainyard_engine::plan::{Job, SecondLook};
use trainyard_format::opener::OpenerPool;
use trainyard_format::Result;
use trainyard_report::gather::{gather, Gathered};
use trainyard_report::pictures::{pictures, Pictures};
use trainyard_report::{read_earlier, write, Published, Report, Timing, REPORT};

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
        let (published, gathered) = gathered(&self.output, SecondLook::NOTHING, &openers)?;
        let mut report = gathered.report;
        match read_earlier(&self.output, &published.text("/plan"))? {
            Some(earlier) => (report.pictures, report.timing) = (earlier.pictures, earlier.timing),
            None => report.pictures = lacking(NO_PICTURES),
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

fn of_job(job: &Job, timing: Timing) -> Result<PathBuf> {
    write(&job.output, &report_of(job, timing)?)?;
    Ok(job.output.join(REPORT))
}

/// Of what was published, and of frames of the input that are read once more.
pub fn report_of(job: &Job, mut timing: Timing) -> Result<Report> {
    let (started, before) = (Instant::now(), peak());
    let (_, gathered) = gathered(&job.output, SecondLook::of(job), &job.pool)?;
    let mut report = gathered.report;
    (report.pictures, timing.report_bytes) = match pictures(job, &gathered.choice, &gathered.labels) {
        Ok(made) => made,
        // all else can be shown
        Err(error) => (lacking(&format!("There are no pictures: {error}")), 0),
    };
    timing.report_seconds = started.elapsed().as_secs_f64();
    timing.report_memory = peak().saturating_sub(before);
    report.timing = Some(timing);
    Ok(report)
}

/// Most bytes of memory that this program has had; 0 where nobody says.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok());
    kibibytes.unwrap_or(0).saturating_mul(1024)
}

fn lacking(what: &str) -> Pictures {
    Pictures { lack: Some(what.into()), ..Pictures::default() }
}

/// Whether no report of this plan stands beside a run that does: whoever made it was ended before.
pub fn lacks_report(job: &Job) -> bool {
    matches!(read_earlier(&job.output, &job.identity.to_string()), Ok(None))
}

fn gathered(folder: &Path, look: SecondLook, pool: &OpenerPool) -> Result<(Published, Gathered)> {
    let published = Published::open(folder, pool)?;
    let gathered = gather(&published, look, pool)?;
    Ok((published, gathered))
}
