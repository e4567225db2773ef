//! The whole run on one rank.

use super::extent::Extent;
use super::memory::minimum_memory;
use super::publish::{publish_run, Commit};
use super::recheck::recheck;
use super::round::Round;
use super::start::Start;
use super::{Meter, Options};
use crate::comm::Ranks;
use crate::plan::Job;
use crate::publish::{claim, Claim, Entry, Lease, Ledger, PlanNote, WorkFolder};
use crate::store::{slow_units, Manifest};
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

/// How often what lacks at the end is made anew before the storage is given up.
const ROUNDS: u32 = 4;

/// How a run ended.
#[derive(Debug)]
pub enum Outcome {
    /// the output folder held the finished run of this plan
    AlreadyFinished,
    Published(Box<Manifest>),
    /// another rank publishes
    Joined,
    /// stopped from outside; run again to resume
    Interrupted,
}

/// What rank 0 found in the output folder, told to the others.
#[derive(Serialize, Deserialize)]
enum Orders {
    Work { epoch: u64, done: Vec<Entry> },
    Finished,
    Refused(Error),
}

/// # Errors
/// Whatever stops the run; what is finished by then is kept for the next one.
pub fn run(job: &Job, ranks: &dyn Ranks, options: &Options, meter: &Meter) -> Result<Outcome> {
    let least = minimum_memory(job, options.threads)?;
    if options.memory < least {
        return Err(Error::request(
            format!(
                "{} MiB of memory are too little: with {} at least {} MiB",
                options.memory >> 20,
                counted(options.threads, "thread"),
                least.div_ceil(1 << 20)
            ),
            Place::default(),
        )
        .with_hint("give more with --memory, or use fewer threads"));
    }
    let work = WorkFolder::new(&job.output).with_inner(job.folders());
    let (lease, done) = match take_orders(job, ranks, options, &work)? {
        None => return Ok(Outcome::AlreadyFinished),
        Some(orders) => orders,
    };
    if ranks.rank() == 0 {
        note_plan(job, &work, lease.epoch())?;
    }
    let ledger = Ledger::open(&work.ledger(), lease.epoch(), ranks.rank(), &job.identity.to_string())?;
    let writing = work.writing().join(format!("{:06}-{:05}", lease.epoch(), ranks.rank()));
    std::fs::create_dir(&writing).map_err(|e| Error::io("create the folder", &writing, &e))?;
    work.make_folders(&writing)?;
    let start = Start {
        job,
        ranks,
        options,
        meter,
        work: &work,
        lease: &lease,
        ledger: &Mutex::new(ledger),
        writing,
        slow: &slow_units(job),
        told: Mutex::default(),
    };
    // whatever went wrong after another run took the folder over, that is why
    reduce(&start, &done).map_err(|e| lease.check().err().unwrap_or(e))
}

/// Rounds until everything that the plan demands stands, and is published. Most runs need one.
fn reduce(start: &Start<'_>, done: &[Entry]) -> Result<Outcome> {
    recheck(start, done, 0)?;
    if start.ranks.any(start.options.stopped()) {
        return Ok(Outcome::Interrupted);
    }
    let extent = (start.ranks.rank() == 0).then(|| Extent::of(start.job));
    let mut lacking = Vec::new();
    for number in 0..ROUNDS {
        start.ledger.lock().unwrap_or_else(|e| e.into_inner()).set_round(number);
        if let Some(extent) = &extent {
            extent.tell(start, number == 0)?;
        }
        let decisions = match start.round(number as usize)? {
            Round::Interrupted => return Ok(Outcome::Interrupted),
            Round::Lacking => continue,
            Round::Complete(decisions) => decisions,
        };
        let mut published = None;
        if start.ranks.rank() == 0 {
            match publish_run(start, &decisions)? {
                Commit::Published(manifest) => published = Some(manifest),
                Commit::Lacking(names) => lacking = names,
            }
        }
        let told = start.ranks.broadcast(vec![u8::from(published.is_some())]);
        if told.first() == Some(&1) {
            start.ranks.barrier();
            return Ok(published.map_or(Outcome::Joined, Outcome::Published));
        }
    }
    if start.ranks.rank() != 0 {
        // rank 0 says what is wrong, and ends all
        start.ranks.barrier();
        return Ok(Outcome::Joined);
    }
    let names = if lacking.is_empty() { "parts".into() } else { lacking.join(", ") };
    let what = format!("finished files vanish or change as often as they are made anew ({ROUNDS} times): {names}");
    Err(Error::resource(what, Place::file(&start.work.output))
        .with_hint("nothing was published: the storage is at fault, or somebody else writes into the output folder"))
}

/// For people and programs that watch: what the ledger is to be compared with.
fn note_plan(job: &Job, work: &WorkFolder, epoch: u64) -> Result<()> {
    let started = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_secs());
    PlanNote {
        identity: job.identity.to_string(),
        passes: job.passes.len(),
        sequences: job.sequences.len(),
        slow_units: slow_units(job).len(),
        trains: job.trains.len(),
        epoch,
        started,
    }
    .write(work)
}

fn take_orders(
    job: &Job,
    ranks: &dyn Ranks,
    options: &Options,
    work: &WorkFolder,
) -> Result<Option<(Lease, Vec<Entry>)>> {
    let mut own = None;
    let orders = if ranks.rank() == 0 {
        let orders = match claim(&job.output, &job.basis(), options.overwrite) {
            Ok(Claim::Work { lease, done }) => {
                let epoch = lease.epoch();
                own = Some(lease);
                Orders::Work { epoch, done }
            }
            Ok(Claim::Finished) => Orders::Finished,
            Err(e) => Orders::Refused(e),
        };
        postcard::to_stdvec(&orders).map_err(|e| Error::bug(e.to_string(), Place::default()))?
    } else {
        Vec::new()
    };
    let orders = ranks.broadcast(orders);
    let orders = postcard::from_bytes(&orders).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
    match orders {
        Orders::Finished => Ok(None),
        Orders::Refused(error) => Err(error),
        Orders::Work { epoch, done } => Ok(Some((own.unwrap_or_else(|| Lease::joined(&work.path, epoch)), done))),
    }
}
