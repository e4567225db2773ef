//! `sacct --json`, data parsers 0.0.37 to 0.0.41.

use super::json;
use super::squeue_json::{limit, memory};
use crate::{Error, Job, JobId, JobState, Memory, Per, Reason, Step};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Document {
    jobs: Vec<Record>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record {
    job_id: Value,
    array: Value,
    het: Value,
    name: Value,
    state: Value,
    exit_code: Value,
    partition: Value,
    account: Value,
    user: Value,
    reservation: Value,
    allocation_nodes: Value,
    required: Value,
    tres: Value,
    time: Value,
    nodes: Value,
    working_directory: Value,
    stdout: Value,
    comment: Value,
    restart_cnt: Value,
    steps: Option<Vec<StepRecord>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct StepRecord {
    step: Value,
    state: Value,
    exit_code: Value,
    tres: Value,
}

/// Up to 22.05 memory for each CPU is marked by the highest bit of the one number.
const PER_CPU: u64 = 1 << 63;

/// Reads the document that `sacct --json` prints.
///
/// # Errors
/// [`Error::Unparsable`] if it is no such document; [`Error::CommandFailed`] if it reports errors.
pub fn sacct_json(text: &str) -> Result<Vec<Job>, Error> {
    let document: Document = json::document("sacct", "jobs", text)?;
    document.jobs.iter().map(job).collect()
}

fn job(record: &Record) -> Result<Job, Error> {
    let raw_id = json::count(&record.job_id)
        .filter(|&id| id > 0)
        .ok_or_else(|| Error::unparsable("sacct", "a job id", &record.job_id.to_string()))?;
    let array = json::count(&record.array["job_id"]).filter(|&id| id > 0);
    let heterogeneous = json::count(&record.het["job_id"]).filter(|&id| id > 0);
    let id = match (array, heterogeneous) {
        (Some(array), _) => JobId { task: json::count(&record.array["task_id"]), ..JobId::new(array) },
        (None, Some(leader)) => JobId { component: json::count(&record.het["job_offset"]), ..JobId::new(leader) },
        (None, None) => JobId::new(raw_id),
    };
    let state = state(&record.state);
    let mut job = Job::new(id, state);
    job.raw_id = Some(raw_id);
    job.waiting_tasks = if id.task.is_none() { json::text(&record.array["task"]) } else { None };
    job.name = json::free_text(&record.name);
    job.reason = record.state["reason"].as_str().and_then(Reason::new);
    // 22.05 reports success for jobs that failed; its text has the right code.
    job.exit_code = json::exit_code(&record.exit_code)
        .filter(|code| job.state.is_final() && !(code.is_success() && job.state == JobState::Failed));
    job.partition = json::text(&record.partition);
    job.account = json::text(&record.account);
    job.user = json::text(&record.user);
    job.reservation = json::text(&record.reservation["name"]);
    job.node_count = json::count(&record.allocation_nodes).filter(|&count| count > 0);
    job.cpus =
        allocated_cpus(&record.tres).or_else(|| json::count(&record.required["CPUs"]).filter(|&count| count > 0));
    job.memory = memory(&record.required["memory_per_node"], Per::Node)
        .or_else(|| memory(&record.required["memory_per_cpu"], Per::Cpu))
        .or_else(|| match record.required["memory"].as_u64() {
            None | Some(0) => None,
            Some(amount) if amount & PER_CPU != 0 => Some(Memory::mebibytes(amount & !PER_CPU).per(Per::Cpu)),
            Some(amount) => Some(Memory::mebibytes(amount).per(Per::Node)),
        });
    job.time_limit = limit(&record.time["limit"]);
    job.elapsed = json::number(&record.time["elapsed"]).map(std::time::Duration::from_secs);
    job.submitted = json::time(&record.time["submission"]);
    job.started = json::time(&record.time["start"]);
    job.ends = json::time(&record.time["end"]);
    job.node_list = json::text(&record.nodes);
    job.folder = json::free_text(&record.working_directory).map(Into::into);
    job.output = json::free_text(&record.stdout).map(Into::into);
    job.comment = json::free_text(&record.comment["job"]).or_else(|| json::free_text(&record.comment));
    job.restarts = json::count(&record.restart_cnt);
    job.steps = record.steps.iter().flatten().map(step).collect();
    Ok(job)
}

/// A word, a list, or either under `current`.
fn state(value: &Value) -> JobState {
    json::state(if value.is_object() { &value["current"] } else { value })
}

fn step(record: &StepRecord) -> Step {
    // `"12.batch"`, `"batch"`, or the number alone.
    let id = json::text(&record.step["id"]).or_else(|| json::text(&record.step["name"])).unwrap_or_default();
    let id = id.rsplit('.').next().unwrap_or_default().to_owned();
    let peak_bytes = record.tres["requested"]["max"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|resource| resource["type"].as_str() == Some("mem"))
        .filter_map(|resource| json::number(&resource["count"]))
        .max();
    Step {
        id,
        state: state(&record.state),
        exit_code: json::exit_code(&record.exit_code),
        peak_memory: peak_bytes.filter(|&bytes| bytes > 0).map(Memory::bytes),
    }
}

fn allocated_cpus(tres: &Value) -> Option<u32> {
    let resources = tres["allocated"].as_array()?;
    let cpus = resources.iter().find(|resource| resource["type"].as_str() == Some("cpu"))?;
    json::count(&cpus["count"]).filter(|&count| count > 0)
}
