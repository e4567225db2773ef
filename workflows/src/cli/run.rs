//! `run`: the reduction itself.

use super::build_id::build_id;
use super::session::{cores, default_memory, exit_for, geometry, skipped, start_workers, warn};
use super::truth::Ended;
use super::{openers, output, Exit, Failure, RunOptions};
use crate::job::note::NoteBook;
use crate::job::watch::watch;
use crate::progress::Progress;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainyard_engine::algorithm::{figures, Registry};
use trainyard_engine::comm::{connect, Launch, Ranks};
use trainyard_engine::engine::{run, Meter, Options, Outcome, Snapshot};
use trainyard_engine::plan::Job;
use trainyard_engine::read::FetchOptions;
use trainyard_engine::store::{Gate, Manifest};
use trainyard_format::durable::write_note;
use trainyard_format::opener::OpenerPool;

/// How often a log is told of progress.
const LOG_EVERY: Duration = Duration::from_secs(30);

/// How long another rank waits with an error that rank 0 may be about to tell.
const SAME_ERROR: Duration = Duration::from_secs(1);

impl RunOptions {
    pub fn run(mut self, registry: &Registry) -> Result<Exit, Failure> {
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
                return failed;
            }
        };
        notes.iter_mut().for_each(|book| book.begin(ranks.rank(), ranks.size()));
        if let Some(trains) = self.trains {
            self.workflow.sets.push(format!("trains=\"{}\"", String::from(trains)));
        }
        let work = || self.run_on(registry, openers, &*ranks, (threads, started), stop, &meter);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // the last word before an abort, which does not return
        notes.into_iter().for_each(|book| match &outcome {
            Ok(outcome) => book.close(&outcome.as_ref().copied().map_err(|ended| ended.failure.clone()), true),
            Err(_) => book.close(&Ok(Exit::Bug), false),
        });
        if ranks.size() == 1 {
            let outcome = outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            return outcome.map_err(|ended| ended.failure);
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
                Ok(failure.exit)
            }
            Ok(Err(Ended { failure, .. })) => {
                if ranks.rank() != 0 {
                    // what is wrong for all ranks is told by rank 0
                    std::thread::sleep(SAME_ERROR);
                }
                output::complain(&format!("rank {} of {}: {}", ranks.rank(), ranks.size(), failure.text));
                ranks.abort(failure.exit as i32)
            }
            Err(_) => ranks.abort(Exit::Bug as i32),
        }
    }

    fn run_on(
        self,
        registry: &Registry,
        openers: Arc<OpenerPool>,
        ranks: &dyn Ranks,
        (threads, started): (usize, Instant),
        stop: Arc<AtomicBool>,
        meter: &Arc<Meter>,
    ) -> Result<Exit, Ended> {
        let job = self.workflow.job_of_all(registry, &openers, ranks)?;
        if ranks.rank() == 0 {
            warn(&job);
        }
        let options = Options {
            threads,
            memory: self.memory.as_ref().map_or_else(default_memory, |m| m.get()) / ranks_on_node(ranks.size()) as u64,
            fetch: FetchOptions::default(),
            overwrite: self.overwrite,
            stop,
        };
        let progress = (ranks.rank() == 0).then(|| Progress::start(meter.clone(), LOG_EVERY));
        let outcome = run(&job, ranks, &options, meter);
        drop(progress);
        let outcome = outcome.map_err(Failure::from)?;
        let snapshot = meter.snapshot();
        match outcome {
            Outcome::AlreadyFinished => {
                if ranks.rank() == 0 {
                    let text = format!("{} holds this reduction already: nothing to do\n", job.output.display());
                    output::print(&text)?;
                }
                Ok(Exit::Done)
            }
            Outcome::Joined => Ok(Exit::Done),
            Outcome::Interrupted => {
                if ranks.rank() == 0 {
                    output::complain(&format!(
                        "error: interrupted\n  --> {}\nhint: finished sequences are kept: run again to resume\n",
                        job.output.display()
                    ));
                }
                Ok(Exit::Interrupted)
            }
            Outcome::Published(manifest) => Ok(finish(&job, &manifest, &snapshot, ranks.size(), started.elapsed())?),
        }
    }
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
    snapshot: &Snapshot,
    ranks: usize,
    elapsed: Duration,
) -> Result<Exit, Failure> {
    // the manifest lists skipped files too, but without folder and hint
    skipped(job).iter().for_each(|text| output::complain(text));
    manifest.problems.iter().for_each(|p| output::complain(&format!("skipped: {p}\n")));
    // what was known before the first byte was told then
    let known = job.doubts();
    let new = manifest.warnings.iter().filter(|text| !known.contains(text));
    new.for_each(|text| output::complain(&format!("warning: {text}\n")));
    let seconds = elapsed.as_secs_f64();
    let timing = serde_json::json!({
        "seconds": seconds,
        "ranks": ranks,
        "rank-0": snapshot,
        "bound-by": snapshot.bound_by(),
    });
    let path = job.output.join("timing.json");
    let text = serde_json::to_string_pretty(&timing).unwrap_or_default();
    // the run stands, with or without it
    if let Err(error) = write_note(&path, text.as_bytes()) {
        output::complain(&format!("warning: no timing: {error}\n"));
    }
    output::print(&verdict(manifest, snapshot, seconds, job))?;
    Ok(exit_for(manifest.problems.len()))
}

fn verdict(manifest: &Manifest, snapshot: &Snapshot, seconds: f64, job: &Job) -> String {
    let frames = &manifest.frames;
    let (before, after) = (manifest.bytes.input_files, manifest.bytes.output);
    let mut text = format!("frames: {} in, {} kept\n", frames.input, frames.kept);
    for (fate, count) in frames.by_fate.iter().filter(|(f, _)| *f != "kept") {
        text.push_str(&format!("  {count} dropped: {fate}\n"));
    }
    text.push_str(&format!(
        "bytes: {} in, {} out (1/{:.1} of the run), {} read\n",
        output::bytes(before),
        output::bytes(after),
        before as f64 / (after as f64).max(1.0),
        output::bytes(manifest.bytes.input),
    ));
    if !job.detector.modules.is_empty() {
        text.push_str(&selection(manifest, job));
    }
    text.push_str(&gates(manifest));
    if !manifest.warnings.is_empty() {
        let count = manifest.warnings.len();
        let s = if count == 1 { "" } else { "s" };
        text.push_str(&format!("warnings: {count} warning{s} above, also in reduction.json\n"));
    }
    text.push_str(&geometry(job));
    text.push_str(&format!(
        "time: {seconds:.2} s, {:.0} frames/s, {}/s, {}\n",
        frames.input as f64 / seconds,
        output::bytes((manifest.bytes.input as f64 / seconds) as u64),
        snapshot.bound_by(),
    ));
    text.push_str(&format!("published: {}\n", job.output.display()));
    text
}

/// What became of the selected trains of the detector alone, whatever else the run holds.
fn selection(manifest: &Manifest, job: &Job) -> String {
    let (frames, bytes) = (&manifest.frames, &manifest.bytes);
    let share = 100.0 * frames.kept as f64 / (frames.input as f64).max(1.0);
    let before = output::bytes(bytes.selection_input);
    let after = match job.writes_frames() {
        true => format!(
            "{before} in, {} out (1/{:.1})",
            output::bytes(bytes.selection_output),
            bytes.selection_input as f64 / (bytes.selection_output as f64).max(1.0)
        ),
        false => format!("{before} in, no frames written"),
    };
    format!("detector: {share:.1} % of the frames kept, {after}\n")
}

/// Each gate's worst value, its limit and the frames measured.
fn gates(manifest: &Manifest) -> String {
    let Some(quality) = &manifest.quality else { return String::new() };
    let line = |gate: &Gate| {
        let worst = match gate.worst {
            Some(worst) => figures(worst),
            None if gate.frames > 0 => "no error".into(),
            None => "not measured".into(),
        };
        let (name, limit) = (gate.metric, figures(gate.limit));
        let frames = if gate.frames == 1 { "frame" } else { "frames" };
        format!("quality: {name} {worst} at worst, limit {limit}, {} {frames} sampled\n", gate.frames)
    };
    quality.gates.iter().map(line).collect()
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

/// A flag that Ctrl-C, SIGTERM and Slurm's warning before the time limit set, and one that the warning alone sets. A second
/// Ctrl-C ends at once.
fn stop_on_signals() -> Result<(Arc<AtomicBool>, Arc<AtomicBool>), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
    use signal_hook::flag::{register, register_conditional_shutdown};
    let (stop, warned) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let register_all = || -> std::io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            register_conditional_shutdown(signal, Exit::Interrupted as i32, stop.clone())?;
            register(signal, stop.clone())?;
        }
        // a file beyond `ulimit -f` is then an error of the write, as on a full disk
        register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        // Slurm may warn more than once, and that is no second Ctrl-C
        register(SIGUSR1, warned.clone())?;
        register(SIGUSR1, stop.clone()).map(drop)
    };
    register_all().map_err(|e| Failure::new(Exit::Resource, &format!("failed to catch signals: {e}"), None))?;
    Ok((stop, warned))
}
