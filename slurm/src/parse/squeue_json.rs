//! `squeue --json`, data parsers 0.0.37 to 0.0.41.

use super::json::{self, Number};
use crate::{Error, Job, JobId, Memory, Per, Reason, TimeLimit};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Document {
    jobs: Vec<Record>,
}

/// The fields that are read; the other hundred are skipped without being stored.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Record {
    job_id: Value,
    array_job_id: Value,
    array_task_id: Value,
    array_task_string: Value,
    het_job_id: Value,
    het_job_offset: Value,
    name: Value,
    job_state: Value,
    state_reason: Value,
    exit_code: Value,
    partition: Value,
    account: Value,
    user_name: Value,
    resv_name: Value,
    node_count: Value,
    cpus: Value,
    memory_per_node: Value,
    memory_per_cpu: Value,
    time_limit: Value,
    submit_time: Value,
    start_time: Value,
    end_time: Value,
    nodes: Value,
    current_working_directory: Value,
    standard_output: Value,
    comment: Value,
    restart_cnt: Value,
}

/// Reads the document that `squeue --json` prints. 22.05 prints every job of the cluster whatever filter is given.
///
/// # Errors
/// [`Error::Unparsable`] if it is no such document; [`Error::CommandFailed`] if it reports errors.
pub fn squeue_json(text: &str) -> Result<Vec<Job>, Error> {
    let document: Document = json::document("squeue", "jobs", text)?;
    document.jobs.into_iter().map(|record| job(&record)).collect()
}

fn job(record: &Record) -> Result<Job, Error> {
    let raw_id = json::count(&record.job_id)
        .filter(|&id| id > 0)
        .ok_or_else(|| Error::unparsable("squeue", "a job id", &record.job_id.to_string()))?;
    // Ids of 0 stand for "none of this kind".
    let array = json::count(&record.array_job_id).filter(|&id| id > 0);
    let heterogeneous = json::count(&record.het_job_id).filter(|&id| id > 0);
    let id = match (array, heterogeneous) {
        (Some(array), _) => JobId { task: json::count(&record.array_task_id), ..JobId::new(array) },
        (None, Some(leader)) => JobId { component: json::count(&record.het_job_offset), ..JobId::new(leader) },
        (None, None) => JobId::new(raw_id),
    };
    let state = json::state(&record.job_state);
    let mut job = Job::new(id, state);
    job.raw_id = Some(raw_id);
    job.waiting_tasks = if id.task.is_none() { json::text(&record.array_task_string) } else { None };
    job.name = json::free_text(&record.name);
    job.reason = record.state_reason.as_str().and_then(Reason::new);
    job.exit_code = if job.state.is_final() { json::exit_code(&record.exit_code) } else { None };
    job.partition = json::text(&record.partition);
    job.account = json::text(&record.account);
    job.user = json::text(&record.user_name);
    job.reservation = json::text(&record.resv_name);
    job.node_count = json::count(&record.node_count);
    job.cpus = json::count(&record.cpus);
    job.memory = memory(&record.memory_per_node, Per::Node).or_else(|| memory(&record.memory_per_cpu, Per::Cpu));
    job.time_limit = limit(&record.time_limit);
    job.submitted = json::time(&record.submit_time);
    job.started = json::time(&record.start_time);
    job.ends = json::time(&record.end_time);
    job.node_list = json::text(&record.nodes);
    job.folder = json::free_text(&record.current_working_directory).map(Into::into);
    job.output = json::free_text(&record.standard_output).map(Into::into);
    job.comment = json::free_text(&record.comment);
    job.restarts = json::count(&record.restart_cnt);
    Ok(job)
}

pub(super) fn memory(value: &Value, per: Per) -> Option<Memory> {
    json::number(value).filter(|&mebibytes| mebibytes > 0).map(|mebibytes| Memory::mebibytes(mebibytes).per(per))
}

/// Minutes.
pub(super) fn limit(value: &Value) -> Option<TimeLimit> {
    match Number::of(value) {
        Number::Absent => None,
        Number::Infinite => Some(TimeLimit::Unlimited),
        Number::Finite(minutes) => TimeLimit::from_minutes(minutes),
    }
}
