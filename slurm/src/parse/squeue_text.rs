//! `squeue -o`: works with every release, heeds every filter, and costs the controller little.

use super::{field, FIELD, RECORD};
use crate::{Error, Job, JobId, JobState, Memory, Reason, TimeLimit};

/// The format for `squeue -o`: 20 fields, free text last.
pub const SQUEUE_FORMAT: &str = "\u{1e}%i\u{1f}%A\u{1f}%T\u{1f}%r\u{1f}%P\u{1f}%a\u{1f}%u\u{1f}%v\u{1f}%D\u{1f}%C\u{1f}%m\u{1f}%l\u{1f}%M\u{1f}%V\u{1f}%S\u{1f}%e\u{1f}%N\u{1f}%Z\u{1f}%k\u{1f}%j";

/// Reads jobs printed with [`SQUEUE_FORMAT`]. What stands ahead of the first record, such as `CLUSTER: name`, is passed over.
///
/// # Errors
/// [`Error::Unparsable`] if a record has another number of fields, or no job id.
pub fn squeue_text(text: &str) -> Result<Vec<Job>, Error> {
    if !text.contains(RECORD) && !text.trim().is_empty() && !text.trim_start().starts_with("CLUSTER:") {
        return Err(Error::unparsable("squeue", "jobs", text));
    }
    text.split(RECORD).skip(1).map(record).collect()
}

fn record(text: &str) -> Result<Job, Error> {
    let fields: Vec<&str> = text.strip_suffix('\n').unwrap_or(text).split(FIELD).collect();
    let [id, raw_id, state, reason, partition, account, user, reservation, nodes, cpus, memory, limit, used, submitted, started, ends, node_list, folder, comment, name] =
        fields[..]
    else {
        return Err(Error::unparsable("squeue", "a job's 20 fields", text));
    };
    let (id, waiting_tasks) =
        JobId::with_tasks(id.trim()).ok_or_else(|| Error::unparsable("squeue", "a job id", text))?;
    let state = JobState::parse(state);
    let mut job = Job::new(id, state);
    job.raw_id = raw_id.trim().parse().ok();
    job.waiting_tasks = waiting_tasks;
    job.name = field::free_text(name);
    job.reason = Reason::new(reason);
    job.partition = field::text(partition);
    job.account = field::text(account);
    job.user = field::text(user);
    job.reservation = field::text(reservation);
    job.node_count = field::count(nodes);
    job.cpus = field::count(cpus);
    // 0 stands for "not asked for".
    job.memory = Memory::parse(memory).filter(|memory| memory.kibibytes > 0);
    job.time_limit = TimeLimit::parse(limit);
    job.elapsed = crate::time_limit::parse_duration(used.trim());
    job.submitted = field::time(submitted);
    job.started = field::time(started);
    job.ends = field::time(ends);
    job.node_list = field::text(node_list);
    job.folder = field::free_text(folder).map(Into::into);
    job.comment = field::free_text(comment);
    Ok(job)
}
