//! `submit`: the reduction as a Slurm job, sized from the plan.

use super::session::{cores, skipped};
use super::status::follow;
use super::{output, Exit, Failure, WorkflowOptions};
use crate::job::folder::JobFolder;
use crate::job::node_shape::NodeShape;
use crate::job::script::Start;
use crate::job::size::{Need, Size};
use crate::job::submitted::Submitted;
use crate::job::{copy, now, script, slurm_failure};
use crate::workflow::{Checked, Slurm as Wish};
use serde_json::json;
use slurm_cli_wrapper::{Batch, Filter, Slurm};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, Instant};
use trainyard_engine::algorithm::Registry;
use trainyard_engine::engine::{estimate, minimum_memory, refuse_without_room, Estimate};
use trainyard_engine::plan::Job;
use trainyard_engine::publish::{allowed, existing, write_durably, Existing, Lease};
use trainyard_format::{Error, Place};

/// How long Slurm may take to tell of the job just submitted.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the last processes of an earlier job may take to end.
const LAST_PROCESSES: Duration = Duration::from_secs(10);

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard submit azint.yaml --nodes 4 --partition upex --wait
  trainyard submit azint.yaml --dry-run

What is not said here or in the workflow's `slurm:` is taken from the plan. Prints the job id.")]
pub struct SubmitOptions {
    #[command(flatten)]
    pub workflow: WorkflowOptions,
    /// number of nodes
    #[arg(long, value_name = "N", value_parser = super::argument::nodes)]
    pub nodes: Option<NonZeroU32>,
    #[arg(long, value_name = "NAME")]
    pub partition: Option<String>,
    /// longest run time as `sbatch` takes it: `90` (minutes), `4:00:00`, `1-12` (days and hours)
    #[arg(long, value_name = "TIME")]
    pub time: Option<String>,
    /// replace what the output folder holds, as the job's first start
    #[arg(long)]
    pub overwrite: bool,
    /// wait for the end, show progress, and end with the job's exit code
    #[arg(long)]
    pub wait: bool,
    /// print the job script instead of submitting it
    #[arg(long, conflicts_with = "wait")]
    pub dry_run: bool,
}

impl SubmitOptions {
    /// # Errors
    /// All that is wrong with the workflow; an output folder that is taken; what Slurm refuses.
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let outcome = self.submit(registry);
        self.workflow.ended(outcome)
    }

    fn submit(&self, registry: &Registry) -> Result<Exit, Failure> {
        let (checked, job) = self.workflow.job(registry)?;
        skipped(&job).iter().for_each(|text| output::complain(text));
        let whole = std::path::absolute(&job.output).map_err(|e| Error::io("make absolute", &job.output, &e))?;
        let folder = JobFolder::of_output(&whole);
        let work = folder.work();
        let found = existing(&work, &job.basis())?;
        allowed(&work, &found, self.overwrite)?;
        if found == Existing::Finished && !self.overwrite {
            if self.workflow.json {
                output::print_json(&json!({ "exit": 0, "published": whole, "nothing-to-do": true }))?;
            } else {
                output::print_words(&format!("{} holds this reduction already: nothing to do\n", whole.display()))?;
            }
            return Ok(Exit::Done);
        }
        refuse_without_room(&job)?;
        let slurm = Slurm::new();
        let wish = self.wish(&checked);
        let estimate = estimate(&job)?;
        let shape = self.shape(&slurm, &wish)?;
        let size = size(&job, &wish, &shape, &estimate)?;
        if size.ranks() > 1 && wish.launcher.is_none() && !cfg!(feature = "mpi") {
            let what = format!("{} ranks need MPI, and this program was built without it", size.ranks());
            let hint = "ask for one node with --nodes 1, or build with `--features mpi`";
            return Err(Failure::new(Exit::Workflow, &what, Some(hint)));
        }
        let copy = copy::copy(&checked, registry)?;
        let program = std::env::current_exe().map_err(|e| Error::io("find", Path::new("our own program"), &e))?;
        let start = Start { program: &program, build: &job.program.build, overwrite: self.overwrite };
        let batch = script::batch(&folder, &wish, &size, &start);
        let text = batch.script().map_err(|e| slurm_failure("write the job script", &e))?;
        if self.dry_run {
            let text =
                script::by_hand(&folder, &batch, &copy).map_err(|e| slurm_failure("write the job script", &e))?;
            if self.workflow.json {
                output::print_json(&json!({ "exit": 0, "output": whole, "script": text }))?;
            } else {
                output::print(&text)?;
            }
            return Ok(Exit::Done);
        }
        let record = Submitted {
            job: String::new(),
            cluster: None,
            submitted: now(),
            name: Some(script::job_name(&folder)),
            user: user(),
            plan: job.identity.to_string(),
            program: program.clone(),
            build: job.program.build.clone(),
            passes: job.passes.len(),
            sequences: job.sequences.len(),
            slow_units: trainyard_engine::store::slow_units(&job).len(),
            frames: estimate.passes.iter().map(|p| p.frames).sum(),
            size,
        };
        drop(job);
        let id = hand_in(&slurm, &folder, &batch, &copy, &text, record)?;
        if self.wait && self.workflow.json {
            return follow(&slurm, &folder, true);
        }
        if self.workflow.json {
            output::print_json(&json!({ "exit": 0, "job": id, "output": whole }))?;
        } else {
            output::print(&format!("{id}\n"))?;
        }
        if self.wait {
            return follow(&slurm, &folder, false);
        }
        Ok(Exit::Done)
    }

    /// What the workflow says, and above it the command line.
    fn wish(&self, checked: &Checked) -> Wish {
        let mut wish = checked.workflow.slurm.clone().unwrap_or_default();
        wish.nodes = self.nodes.map(NonZeroU32::get).or(wish.nodes);
        wish.partition = self.partition.clone().or(wish.partition);
        wish.time = self.time.clone().or(wish.time);
        wish
    }

    fn shape(&self, slurm: &Slurm, wish: &Wish) -> Result<NodeShape, Failure> {
        match slurm.nodes() {
            Ok(groups) => NodeShape::of(&groups, wish.partition.as_deref()).ok_or_else(|| {
                let what = format!(
                    "there is no partition `{}` with nodes in it",
                    wish.partition.as_deref().unwrap_or_default()
                );
                Failure::new(Exit::Workflow, &what, Some("`sinfo` lists the partitions"))
            }),
            // a script to look at may be made anywhere
            Err(_) if self.dry_run => {
                output::complain("Slurm cannot be asked: sizes are for nodes like this machine\n");
                Ok(NodeShape {
                    cpus: u32::try_from(cores()).unwrap_or(1),
                    memory: None,
                    count: u32::MAX,
                    longest: None,
                })
            }
            Err(error) => Err(slurm_failure("ask Slurm for its nodes", &error)),
        }
    }
}

fn size(job: &Job, wish: &Wish, shape: &NodeShape, estimate: &Estimate) -> Result<Size, Failure> {
    let need = Need {
        sequences: job.sequences.len(),
        seconds: &|cpus, nodes| estimate.seconds(cpus as usize, nodes as usize),
        longest_sequence: &|cpus| estimate.longest_sequence(cpus as usize),
        minimum: &|threads| Ok(minimum_memory(job, threads as usize)?),
    };
    Size::of(wish, shape, &need)
}

/// Everything is written before Slurm hears of the job, and the job is taken back when its number cannot be kept.
fn hand_in(
    slurm: &Slurm,
    folder: &JobFolder,
    batch: &Batch,
    copy: &str,
    text: &str,
    mut record: Submitted,
) -> Result<String, Failure> {
    let lock = folder.lock()?;
    refuse_a_second(slurm, folder)?;
    refuse_beside_a_run(folder)?;
    folder.forget_earlier()?;
    write_durably(&folder.workflow(), copy.as_bytes())?;
    write_durably(&folder.script(), text.as_bytes())?;
    let submitted = slurm.submit(batch).map_err(|e| slurm_failure("submit the job", &e))?;
    if let Some(warnings) = submitted.warnings {
        output::complain(&format!("sbatch: {warnings}\n"));
    }
    record.job = submitted.id.to_string();
    record.cluster = submitted.cluster;
    // the moment of `sbatch` counts; where Slurm does not tell more, what was asked for has to do
    record.submitted = now();
    let asked = slurm.clone().timeout(ANSWER).jobs(&Filter::ids([submitted.id])).unwrap_or_default();
    asked.iter().filter(|job| job.id == submitted.id).for_each(|job| record.learn(job));
    if let Err(error) = record.write(folder) {
        // a job that nobody can find again must not run
        let cancelled = slurm.cancel(&submitted.id);
        let failure = Failure::from(error);
        return Err(match cancelled {
            Ok(()) => failure,
            Err(e) => {
                let told = slurm_failure("cancel the job", &e);
                Failure { text: format!("{}{}", failure.text, told.text), ..failure }
            }
        });
    }
    drop(lock);
    output::complain(&format!("submitted: {}\n", record.size.text()));
    Ok(record.job)
}

/// One job at a time works in an output folder.
fn refuse_a_second(slurm: &Slurm, folder: &JobFolder) -> Result<(), Failure> {
    let Some(earlier) = Submitted::read(folder)? else { return Ok(()) };
    let identity = earlier.identity(folder)?;
    let id = identity.id;
    let asked = slurm.identified(&identity);
    match asked
        .map_err(|e| slurm_failure(&format!("ask Slurm for job {id}, which was submitted to this folder"), &e))?
        .report
    {
        Some(report) if !report.job.state.is_final() => {
            let what = format!("job {id} works in this output folder ({})", report.job.state);
            let refused = Error::request(what, Place::file(folder.output()));
            Err(refused
                .with_hint(format!("wait for it, or `trainyard cancel {id}`, or choose another `output`"))
                .into())
        }
        _ => Ok(()),
    }
}

/// A run that was started by hand, or by a job that was not submitted from here. Processes of a job that has ended take a moment
/// to go.
fn refuse_beside_a_run(folder: &JobFolder) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        let Some(holder) = Lease::holder(&folder.work().path)? else { return Ok(()) };
        if holder.job.is_none() || begin.elapsed() > LAST_PROCESSES {
            let what = format!("a run works in this output folder (process {} on {})", holder.pid, holder.host);
            let refused = Error::request(what, Place::file(folder.output()));
            return Err(refused.with_hint("wait for it, or choose another `output`").into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The name by which Slurm will know whose job it is.
fn user() -> Option<String> {
    let asked = std::process::Command::new("id").arg("-un").output().ok()?;
    let name = String::from_utf8(asked.stdout).ok()?.trim().to_owned();
    (asked.status.success() && !name.is_empty()).then_some(name)
}
