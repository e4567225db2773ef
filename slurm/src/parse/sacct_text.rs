//! `sacct -P`: the accounting database's view, with the steps of each job and the memory they used.

use super::{field, FIELD};
use crate::{Error, Job, JobId, JobState, Memory, Step, TimeLimit};

/// The fields for `sacct --format`; all of them exist since 20.11.
pub const SACCT_FORMAT: &str = "JobID,JobIDRaw,State,ExitCode,Partition,Account,User,Reservation,AllocNodes,AllocCPUS,ReqMem,TimelimitRaw,ElapsedRaw,Submit,Start,End,NodeList,MaxRSS,WorkDir,Comment,JobName";

const FIELDS: usize = 21;

/// Reads jobs printed with [`SACCT_FORMAT`], delimiter [`FIELD`]. Steps are added to their job.
///
/// # Errors
/// [`Error::Unparsable`] if a record has another number of fields, or no job id.
pub fn sacct_text(text: &str) -> Result<Vec<Job>, Error> {
    let mut jobs: Vec<Job> = Vec::new();
    let mut record = String::new();
    for line in text.lines() {
        // `sacct` has no mark for the beginning of a record: a line break within a field shows by the fields that lack.
        if record.is_empty() && line.trim().is_empty() {
            continue;
        }
        if !record.is_empty() {
            record.push('\n');
        }
        record.push_str(line);
        match record.matches(FIELD).count() + 1 {
            count if count < FIELDS => {}
            FIELDS => {
                add(&mut jobs, &record)?;
                record.clear();
            }
            _ => return Err(Error::unparsable("sacct", format!("a job's {FIELDS} fields"), &record)),
        }
    }
    if record.is_empty() {
        Ok(jobs)
    } else {
        Err(Error::unparsable("sacct", format!("a job's {FIELDS} fields"), &record))
    }
}

fn add(jobs: &mut Vec<Job>, record: &str) -> Result<(), Error> {
    let fields: Vec<&str> = record.split(FIELD).collect();
    let [id, raw_id, state, exit_code, partition, account, user, reservation, nodes, cpus, memory, limit, elapsed, submitted, started, ended, node_list, peak, folder, comment, name] =
        fields[..]
    else {
        return Err(Error::unparsable("sacct", format!("a job's {FIELDS} fields"), record));
    };
    let not_an_id = || Error::unparsable("sacct", "a job id", record);
    let state = JobState::parse(state);
    let exit_code = exit_code.parse().ok();
    if let Some((id, step)) = id.split_once('.') {
        let id: JobId = id.trim().parse().map_err(|_| not_an_id())?;
        let step = Step {
            id: step.trim().to_owned(),
            state,
            exit_code,
            peak_memory: Memory::parse(peak).filter(|memory| memory.kibibytes > 0),
        };
        // Steps follow their job.
        if let Some(job) = jobs.iter_mut().rev().find(|job| job.id == id) {
            job.steps.push(step);
        }
        return Ok(());
    }
    let (id, waiting_tasks) = JobId::with_tasks(id.trim()).ok_or_else(not_an_id)?;
    let mut job = Job::new(id, state);
    job.raw_id = raw_id.trim().parse().ok();
    job.waiting_tasks = waiting_tasks;
    job.name = field::free_text(name);
    job.exit_code = exit_code.filter(|_| job.state.is_final());
    job.partition = field::text(partition);
    job.account = field::text(account);
    job.user = field::text(user);
    job.reservation = field::text(reservation);
    job.node_count = field::count(nodes).filter(|&count| count > 0);
    job.cpus = field::count(cpus).filter(|&count| count > 0);
    job.memory = Memory::parse(memory).filter(|memory| memory.kibibytes > 0);
    job.time_limit = match limit.trim() {
        minutes if minutes.bytes().all(|byte| byte.is_ascii_digit()) => {
            minutes.parse().ok().and_then(TimeLimit::from_minutes)
        }
        words => TimeLimit::parse(words),
    };
    job.elapsed = field::seconds(elapsed);
    job.submitted = field::time(submitted);
    job.started = field::time(started);
    job.ends = field::time(ended);
    job.node_list = field::text(node_list);
    job.folder = field::free_text(folder).map(Into::into);
    job.comment = field::free_text(comment);
    jobs.push(job);
    Ok(())
}
