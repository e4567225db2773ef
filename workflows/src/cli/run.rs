//! `run`: the reduction itself.

use super::build_id::build_id;
use super::report::{at_the_end, lacks_report};
use super::session::{cores, default_memory, exit_for, skipped, start_workers, warn};
use super::stop::stop_on_signals;
use super::truth::Ended;
use super::verdict::{first_line, verdict, verdict_json, ThisStart};
use super::{openers, output, Exit, Failure, RunOptions};
use crate::job::note::NoteBook;
use crate::job::watch::watch;
use crate::progress::Progress;
use crate::timeline::Timeline;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainyard_engine::algorithm::Registry;
use trainyard_engine::comm::{connect, Launch, Ranks};
use trainyard_engine::engine::{run, Meter, Options, Outcome};
use trainyard_engine::plan::Job;
use trainyard_engine::read::FetchOptions;
use trainyard_engine::store::Manifest;
use trainyard_format::durable::write_durably;
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place};
use trainyard_report::{RankTime, Timing};

/// How often a log is told of progress, where the environment does not say.
const LOG_EVERY: Duration = Duration::from_secs(30);
/// Seconds.
const LOG_EVERY_VARIABLE: &str = "TRAINYARD_PROGRESS_SECONDS";

/// How long another rank waits with an error that rank 0 may be about to tell.
const SAME_ERROR: Duration = Duration::from_secs(1);

impl RunOptions {
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        if let Some(trains) = self.preview {
            let workflow = self.workflow.clone();
            return workflow.ended(self.preview(registry, trains.get()));
        }
        let started = Instant::now();
        // Slurm's warning may come while the run is still being opened
        let (stop, warned) = stop_on_signals()?;
        watch(&self.job_end, self.lead, vec![warned.clone(), stop.clone()]);
        let meter = Arc::new(Meter::default());
        let mut notes = self.notes.as_ref().map(|folder| NoteBook::open(folder, meter.clone(), warned));
        let launch = Launch::of_environment();
        let share = fair_share(cores(), ranks_on_node(launch.tasks));
        let threads = self.threads.map_or(share, usize::from);
        // processes are started before MPI, which may not survive a fork
        let joined = refuse_another_build(self.build.as_deref())
            .and_then(|()| start_workers(threads))
            .and_then(|()| openers())
            .and_then(|openers| Ok((Arc::new(openers), connect()?)));
        let (openers, ranks) = match joined {
            Ok(joined) => joined,
            Err(failure) => {
                let failed = Err(failure);
                // the same launch again would fail again
                notes.into_iter().for_each(|book| book.close(&failed, false));
                return if launch.follows() { failed } else { self.workflow.ended(failed) };
            }
        };
        notes.iter_mut().for_each(|book| book.begin(ranks.rank(), ranks.size()));
        let workflow = self.workflow.clone();
        let work = || self.run_on(registry, openers, &ranks, (threads, started), stop, &meter);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // the last word before an abort, which does not return
        notes.into_iter().for_each(|book| match &outcome {
            Ok(outcome) => book.close(&outcome.as_ref().copied().map_err(|ended| ended.failure.clone()), true),
            Err(_) => book.close(&Ok(Exit::Bug), false),
        });
        if ranks.size() == 1 {
            let outcome = outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            return workflow.ended(outcome.map_err(|ended| ended.failure));
        }
        // whatever ends one rank early ends all: the others would wait for it for ever
        match outcome {
            // all ranks have met and said their last words: a launcher makes other codes of ends that are not equal
            Ok(Ok(Exit::Interrupted)) => {
                ranks.barrier();
                ranks.abort(Exit::Interrupted as i32)
            }
            Ok(Ok(exit)) => Ok(exit),
            // all ranks know, and rank 0 has the words: told now, for a launcher may end the others with the first that ends
            Ok(Err(Ended { failure, together: true })) => {
                output::complain(&failure.text);
                if ranks.rank() == 0 && workflow.json {
                    output::print_json(&failure.view())?;
                }
                Ok(failure.exit)
            }
            Ok(Err(Ended { failure, .. })) => {
                if ranks.rank() != 0 {
                    // what is wrong for all ranks is told by rank 0
                    std::thread::sleep(SAME_ERROR);
                }
                output::complain(&format!("rank {} of {}: {}", ranks.rank(), ranks.size(), failure.text));
                if ranks.rank() == 0 && workflow.json {
                    output::print_json(&failure.view())?;
                }
                ranks.abort(failure.exit as i32)
            }
            Err(_) => ranks.abort(Exit::Bug as i32),
        }
    }

    fn run_on(
        self,
        registry: &Registry,
        openers: Arc<OpenerPool>,
        ranks: &Arc<dyn Ranks>,
        (threads, started): (usize, Instant),
        stop: Arc<AtomicBool>,
        meter: &Arc<Meter>,
    ) -> Result<Exit, Ended> {
        let json = self.workflow.json;
        let job = self.workflow.job_of_all(registry, &openers, &**ranks)?;
        let options = Options {
            threads,
            memory: self.memory.as_ref().map_or_else(default_memory, |m| m.get()) / ranks_on_node(ranks.size()) as u64,
            fetch: FetchOptions::default(),
            overwrite: self.overwrite,
            stop: stop.clone(),
        };
        let progress = (ranks.rank() == 0).then(|| {
            tracing::info!("{}", first_line(&job, &options, ranks.size()));
            warn(&job);
            Progress::start(meter.clone(), ranks.clone(), stop, log_every())
        });
        let timeline = Timeline::start(meter);
        let outcome = run(&job, &**ranks, &options, meter);
        drop(progress);
        let outcome = outcome.map_err(Failure::from)?;
        match outcome {
            Outcome::AlreadyFinished => {
                if ranks.rank() == 0 && !self.no_report && lacks_report(&job) {
                    at_the_end(&job, Timing::default());
                }
                if ranks.rank() == 0 && json {
                    output::print_json(
                        &serde_json::json!({ "exit": 0, "published": job.output, "nothing-to-do": true }),
                    )?;
                } else if ranks.rank() == 0 {
                    let text = format!("{} holds this reduction already: nothing to do\n", job.output.display());
                    output::print_words(&text)?;
                }
                Ok(Exit::Done)
            }
            Outcome::Joined => {
                ranks.gather(told(timeline.end(ranks.rank())));
                Ok(Exit::Done)
            }
            Outcome::Interrupted => {
                if ranks.rank() == 0 {
                    let interrupted = Failure {
                        exit: Exit::Interrupted,
                        ..Error::resource("interrupted", Place::file(&job.output))
                            .with_hint("finished sequences are kept: run again to resume")
                            .into()
                    };
                    output::complain(&interrupted.text);
                    if json {
                        output::print_json(&interrupted.view())?;
                    }
                }
                Ok(Exit::Interrupted)
            }
            Outcome::Published(manifest) => {
                let start = ThisStart {
                    rank_0: meter.snapshot(),
                    all: meter.share() + ranks.reported(),
                    ranks: ranks.size(),
                    elapsed: started.elapsed(),
                };
                let of_ranks = ranks.gather(told(timeline.end(ranks.rank())));
                let timing = Timing {
                    seconds: start.elapsed.as_secs_f64(),
                    bound_by: start.rank_0.bound_by().into(),
                    ranks: of_ranks.iter().filter_map(|bytes| serde_json::from_slice(bytes).ok()).collect(),
                    ..Timing::default()
                };
                let report = if self.no_report { None } else { at_the_end(&job, timing) };
                Ok(finish(&job, &manifest, &start, report.as_deref(), json)?)
            }
        }
    }
}

/// What rank 0 is told of the time of another.
fn told(time: RankTime) -> Vec<u8> {
    serde_json::to_vec(&time).unwrap_or_default()
}

/// A number of seconds, or what holds without one: nobody's run ends for it.
fn log_every() -> Duration {
    let asked = std::env::var(LOG_EVERY_VARIABLE).ok().and_then(|text| text.trim().parse().ok());
    asked.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(LOG_EVERY)
}

/// A job's script names the build that planned and sized it.
fn refuse_another_build(planned: Option<&str>) -> Result<(), Failure> {
    let own = build_id()?;
    match planned {
        Some(planned) if planned != own => {
            let what = format!("the job was submitted by build {planned} of the program, this is build {own}");
            Err(Failure::new(Exit::Workflow, &what, Some("submit it again, or put the program back that submitted it")))
        }
        _ => Ok(()),
    }
}

/// Last words: what was kept, what was skipped, how fast, and who waited for whom.
fn finish(
    job: &Job,
    manifest: &Manifest,
    start: &ThisStart,
    report: Option<&Path>,
    json: bool,
) -> Result<Exit, Failure> {
    // the manifest lists skipped files too, but without folder and hint
    skipped(job).iter().for_each(|text| output::complain(text));
    manifest.problems.iter().for_each(|p| output::complain(&format!("skipped: {p}\n")));
    // what was known before the first byte was told then
    let known = job.doubts();
    let new = manifest.warnings.iter().filter(|text| !known.contains(text));
    new.for_each(|text| output::complain(&format!("warning: {text}\n")));
    let timing = serde_json::json!({
        "seconds": start.elapsed.as_secs_f64(),
        "ranks": start.ranks,
        "rank-0": start.rank_0,
        "bound-by": start.rank_0.bound_by(),
    });
    let path = job.output.join("timing.json");
    let text = serde_json::to_string_pretty(&timing).unwrap_or_default();
    // the run stands, with or without it
    if let Err(error) = write_durably(&path, text.as_bytes()) {
        output::complain(&format!("warning: no timing: {error}\n"));
    }
    let exit = exit_for(manifest.problems.len());
    if json {
        output::print_json(&verdict_json(manifest, start, job, report, exit))?;
    } else {
        output::print_words(&verdict(manifest, start, job, report))?;
    }
    Ok(exit)
}

/// Cores for one of `ranks` ranks on this node: its own when the launcher bound it, else its share of all.
fn fair_share(usable: usize, ranks: usize) -> usize {
    let all = std::fs::read_to_string("/proc/cpuinfo")
        .map_or(usable, |t| t.lines().filter(|l| l.starts_with("processor")).count());
    if usable < all {
        usable
    } else {
        (usable / ranks).max(1)
    }
}

/// Ranks that share this node, as the launcher says.
fn ranks_on_node(all: usize) -> usize {
    let number = |name: &str| std::env::var(name).ok()?.trim().parse::<usize>().ok();
    let local = number("OMPI_COMM_WORLD_LOCAL_SIZE").or_else(|| number("MPI_LOCALNRANKS"));
    let slurm = || std::env::var("SLURM_STEP_TASKS_PER_NODE").ok()?.split(['(', ',']).next()?.parse::<usize>().ok();
    local.or_else(slurm).unwrap_or(1).clamp(1, all.max(1))
}
