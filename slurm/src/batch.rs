//! A job to be submitted: a shell script and the options of `sbatch`.
//!
//! Options are handed to `sbatch` as arguments, not as `#SBATCH` lines: no quoting can go wrong, and neither the script's own
//! `#SBATCH` lines nor `SBATCH_...` variables of the user's environment change what was asked for. [`Batch::script`] renders
//! the same options as `#SBATCH` lines, for people who want to see, keep or submit the file by hand.

mod array;
mod dependency;
mod options;
mod quote;
mod script;
mod signal;

pub use array::Array;
pub use dependency::Dependency;
pub use signal::{Signal, SignalBefore};

use crate::{Memory, TimeLimit};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A job to be submitted. What is not set is left to Slurm and the site.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    body: String,
    prologue: Vec<String>,
    environment: BTreeMap<String, String>,
    partition: Option<String>,
    account: Option<String>,
    reservation: Option<String>,
    quality_of_service: Option<String>,
    constraint: Option<String>,
    nodes: Option<u32>,
    tasks: Option<u32>,
    tasks_per_node: Option<u32>,
    cpus_per_task: Option<u32>,
    memory: Option<MemoryRequest>,
    time: Option<TimeLimit>,
    job_name: Option<String>,
    output: Option<PathBuf>,
    error: Option<PathBuf>,
    append: Option<bool>,
    chdir: Option<PathBuf>,
    comment: Option<String>,
    signal: Option<SignalBefore>,
    requeue: Option<bool>,
    exclusive: bool,
    hold: bool,
    dependency: Option<Dependency>,
    kill_on_invalid_dependency: Option<bool>,
    array: Option<Array>,
    inherit: Option<Inherit>,
    clean: bool,
    extra: Vec<String>,
}

/// How much memory to ask for. Sites that do not schedule memory want none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemoryRequest {
    /// So much on each node.
    PerNode(Memory),
    /// So much for each core.
    PerCpu(Memory),
    /// All that each node has.
    WholeNode,
}

/// Which of the submitter's environment variables the job gets.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Inherit {
    /// All of them; Slurm's default.
    All,
    /// None: the job starts with the user's login environment.
    Nothing,
    /// These.
    Names(Vec<String>),
}

impl Batch {
    /// A job that runs this shell script. Without a `#!` line it is run by `bash`.
    #[must_use]
    pub fn new(script: impl Into<String>) -> Self {
        Self { body: script.into(), ..Self::default() }
    }

    /// A job that runs one command; the words are quoted, nothing in them is expanded.
    #[must_use]
    pub fn command<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Vec<String> = words.into_iter().map(|word| quote::for_shell(word.as_ref())).collect();
        Self::new(words.join(" ") + "\n")
    }

    /// Adds a line to run before the script, such as `module load mpi`.
    #[must_use]
    pub fn prologue(mut self, line: impl Into<String>) -> Self {
        self.prologue.push(line.into());
        self
    }

    /// Sets an environment variable in the job, before the prologue.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Which of the submitter's variables the job gets.
    #[must_use]
    pub fn inherit(mut self, inherit: Inherit) -> Self {
        self.inherit = Some(inherit);
        self
    }

    /// Drops in the job what tells of another launch or keeps variables from its steps, ahead of its own variables: for scripts
    /// that may be submitted by hand from inside another job, or with `SBATCH_EXPORT` set. Needs `bash`.
    #[must_use]
    pub fn clean_launch(mut self) -> Self {
        self.clean = true;
        self
    }

    /// The partition, or several separated by commas.
    #[must_use]
    pub fn partition(mut self, partition: impl Into<String>) -> Self {
        self.partition = Some(partition.into());
        self
    }

    /// The account to charge.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// The reservation to use.
    #[must_use]
    pub fn reservation(mut self, reservation: impl Into<String>) -> Self {
        self.reservation = Some(reservation.into());
        self
    }

    /// The quality of service.
    #[must_use]
    pub fn quality_of_service(mut self, name: impl Into<String>) -> Self {
        self.quality_of_service = Some(name.into());
        self
    }

    /// Features the nodes must have, `a&b`, `a|b`.
    #[must_use]
    pub fn constraint(mut self, constraint: impl Into<String>) -> Self {
        self.constraint = Some(constraint.into());
        self
    }

    /// How many nodes.
    #[must_use]
    pub fn nodes(mut self, nodes: u32) -> Self {
        self.nodes = Some(nodes);
        self
    }

    /// How many tasks altogether.
    #[must_use]
    pub fn tasks(mut self, tasks: u32) -> Self {
        self.tasks = Some(tasks);
        self
    }

    /// How many tasks on each node.
    #[must_use]
    pub fn tasks_per_node(mut self, tasks: u32) -> Self {
        self.tasks_per_node = Some(tasks);
        self
    }

    /// How many CPUs, in Slurm's sense of the word, for each task.
    #[must_use]
    pub fn cpus_per_task(mut self, cpus: u32) -> Self {
        self.cpus_per_task = Some(cpus);
        self
    }

    /// How much memory.
    #[must_use]
    pub fn memory(mut self, memory: MemoryRequest) -> Self {
        self.memory = Some(memory);
        self
    }

    /// How long it may run at most; Slurm rounds up to whole minutes.
    #[must_use]
    pub fn time(mut self, time: Duration) -> Self {
        self.time = Some(TimeLimit::After(time));
        self
    }

    /// How long it may run, unlimited included.
    #[must_use]
    pub fn time_limit(mut self, limit: TimeLimit) -> Self {
        self.time = Some(limit);
        self
    }

    /// The name to list it by.
    #[must_use]
    pub fn job_name(mut self, name: impl Into<String>) -> Self {
        self.job_name = Some(name.into());
        self
    }

    /// The file for standard output, and for standard error unless [`Batch::error`] names another. A pattern: `%j` is the job
    /// id, `%A` and `%a` array and task, `%%` a percent sign. Its folder must exist when the job starts.
    #[must_use]
    pub fn output(mut self, pattern: impl Into<PathBuf>) -> Self {
        self.output = Some(pattern.into());
        self
    }

    /// The file for standard error; a pattern like [`Batch::output`].
    #[must_use]
    pub fn error(mut self, pattern: impl Into<PathBuf>) -> Self {
        self.error = Some(pattern.into());
        self
    }

    /// Whether an existing output file is continued rather than emptied; a job that may be requeued wants that.
    #[must_use]
    pub fn append_output(mut self, append: bool) -> Self {
        self.append = Some(append);
        self
    }

    /// The folder to run in.
    #[must_use]
    pub fn chdir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.chdir = Some(folder.into());
        self
    }

    /// A comment to keep with the job.
    #[must_use]
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// A signal ahead of the time limit.
    #[must_use]
    pub fn signal_before_end(mut self, signal: SignalBefore) -> Self {
        self.signal = Some(signal);
        self
    }

    /// Whether Slurm may put the job back into the queue, after a node failed or a higher job took its place.
    #[must_use]
    pub fn requeue(mut self, requeue: bool) -> Self {
        self.requeue = Some(requeue);
        self
    }

    /// Shares its nodes with no other job.
    #[must_use]
    pub fn exclusive(mut self, exclusive: bool) -> Self {
        self.exclusive = exclusive;
        self
    }

    /// Submits it held; it starts after [`Slurm::release`](crate::Slurm::release).
    #[must_use]
    pub fn hold(mut self, hold: bool) -> Self {
        self.hold = hold;
        self
    }

    /// The jobs that come first.
    #[must_use]
    pub fn dependency(mut self, dependency: Dependency) -> Self {
        self.dependency = Some(dependency);
        self
    }

    /// Whether it is cancelled, rather than kept waiting for ever, once its dependency can never be met.
    #[must_use]
    pub fn kill_on_invalid_dependency(mut self, kill: bool) -> Self {
        self.kill_on_invalid_dependency = Some(kill);
        self
    }

    /// Makes it an array of jobs, each with its own `SLURM_ARRAY_TASK_ID`.
    #[must_use]
    pub fn array(mut self, array: Array) -> Self {
        self.array = Some(array);
        self
    }

    /// Adds an option of `sbatch` that this type does not know, as one word: `--gres=gpu:1`.
    #[must_use]
    pub fn option(mut self, option: impl Into<String>) -> Self {
        self.extra.push(option.into());
        self
    }
}
