//! The whole run on one rank.

use super::options::{minimum_memory, streams};
use super::pipeline::Lane;
use super::publish::publish_run;
use super::reader::Unit;
use super::tables::RunTables;
use super::{Meter, Options};
use crate::algorithm::{FrameOutput, RunValues, StepKind};
use crate::comm::Ranks;
use crate::compute::{OutputPlan, StreamOutput};
use crate::plan::{Job, Pass};
use crate::publish::{claim, Claim, Entry, Lease, Ledger, LedgerFile, PlanNote, WorkFolder};
use crate::read::{blame_change, ModuleStreams, Role};
use crate::store::{slow_units, Manifest, SlowUnit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Mutex;
use trainyard_format::{Error, Place, Result};

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
    /// by pass, what is still to be done
    Work {
        epoch: u64,
        units: Vec<Vec<Unit>>,
    },
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
                "{} MiB of memory are too little: {} threads need {} MiB",
                options.memory >> 20,
                options.threads,
                least.div_ceil(1 << 20)
            ),
            Place::default(),
        )
        .with_hint("give more with --memory, or use fewer threads"));
    }
    let work = WorkFolder::new(&job.output);
    let slow = slow_units(job);
    let (lease, mut units) = match take_orders(job, ranks, options, &work, &slow)? {
        None => return Ok(Outcome::AlreadyFinished),
        Some(orders) => orders,
    };
    if ranks.rank() == 0 {
        note_plan(job, &work, lease.epoch())?;
    }
    let ledger = Mutex::new(Ledger::open(&work.ledger(), lease.epoch(), ranks.rank())?);
    let writing = work.writing().join(format!("{:06}-{:05}", lease.epoch(), ranks.rank()));
    std::fs::create_dir_all(&writing).map_err(|e| Error::io("create the folder", &writing, &e))?;
    let mut tables = RunTables::default();
    let mut table_values: Vec<(usize, RunValues)> = Vec::new();
    for (pass_number, pass) in job.passes.iter().enumerate() {
        let units = units.get_mut(pass_number).map(std::mem::take).unwrap_or_default();
        let modules = streams(job, pass)?;
        let outputs = output_plan(job, pass, &modules)?;
        let lane = Lane {
            job,
            pass_number,
            modules: &modules,
            outputs: &outputs,
            units: &units,
            slow_units: &slow,
            tables: &tables,
            ranks,
            options,
            meter,
            work: &work,
            writing: writing.clone(),
            ledger: &ledger,
            lease: &lease,
        };
        lane.run().map_err(|e| lease.check().err().unwrap_or_else(|| blame_change(job, e)))?;
        // one that was stopped has given out no more work: what was under way is finished, and all end together
        if ranks.any(options.stopped()) {
            return Ok(Outcome::Interrupted);
        }
        tables = RunTables::default();
        if !pass.tables.is_empty() {
            tables = RunTables::compute(job, &work, pass_number)?;
            table_values.append(&mut tables.values);
        }
    }
    if ranks.rank() != 0 {
        ranks.barrier();
        return Ok(Outcome::Joined);
    }
    let mut ledger = ledger.into_inner().unwrap_or_else(|e| e.into_inner());
    // whatever went wrong after another run took the folder over, that is why
    let manifest = publish_run(job, &work, &lease, &mut ledger, &writing, &slow, &table_values)
        .map_err(|e| lease.check().err().unwrap_or(e))?;
    ranks.barrier();
    Ok(Outcome::Published(Box::new(manifest)))
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
    slow: &[SlowUnit],
) -> Result<Option<(Lease, Vec<Vec<Unit>>)>> {
    let mut own = None;
    let orders = if ranks.rank() == 0 {
        let orders = match claim(&job.output, &job.basis(), options.overwrite) {
            Ok(Claim::Work { lease, done }) => {
                let epoch = lease.epoch();
                own = Some(lease);
                let units = (0..job.passes.len()).map(|pass| open_units(job, work, pass, &done, slow)).collect();
                Orders::Work { epoch, units }
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
        Orders::Work { epoch, units } => Ok(Some((own.unwrap_or_else(|| Lease::joined(&work.path, epoch)), units))),
    }
}

/// What of a pass is still to be done: rank 0 looks, the others are told.
fn open_units(job: &Job, work: &WorkFolder, pass: usize, done: &[Entry], slow: &[SlowUnit]) -> Vec<Unit> {
    let standing = |files: &[LedgerFile]| {
        files.iter().all(|f| std::fs::metadata(work.finished().join(&f.name)).is_ok_and(|m| m.len() == f.size))
    };
    let part_stands =
        |part: &LedgerFile| std::fs::metadata(work.parts().join(&part.name)).is_ok_and(|m| m.len() == part.size);
    let mut sequences = BTreeSet::new();
    let mut copied = BTreeSet::new();
    for entry in done {
        match entry {
            Entry::Sequence { pass: p, sequence, part, files, .. }
                if *p == pass && part_stands(part) && standing(files) =>
            {
                sequences.insert(*sequence);
            }
            Entry::Slow { unit, files } if standing(files) => {
                copied.insert(*unit);
            }
            _ => {}
        }
    }
    let last = pass + 1 == job.passes.len();
    let slow = (0..slow.len()).filter(|u| last && !copied.contains(u)).map(Unit::Slow);
    let sequences = (0..job.sequences.len()).filter(|s| !sequences.contains(s)).map(Unit::Sequence);
    // slow data first: they are copied beside the first sequence
    slow.chain(sequences).collect()
}

pub(super) fn output_plan(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> Result<OutputPlan> {
    let wanted = match pass.write.map(|w| &job.steps[w].step.kind) {
        Some(StepKind::Write(output)) => output.clone(),
        _ => FrameOutput::Same,
    };
    let mut plan = OutputPlan::default();
    for module in modules {
        let mut streams = Vec::new();
        for stream in &module.streams {
            let image = stream.role == Role::Image;
            let output = if image { &wanted } else { &FrameOutput::Same };
            let changed = image && pass.changes;
            streams.push(if stream.written { Some(StreamOutput::new(stream, output, changed)?) } else { None });
        }
        plan.streams.push(streams);
    }
    Ok(plan)
}
