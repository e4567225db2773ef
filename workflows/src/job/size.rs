//! How much to ask of Slurm: what the workflow and the command line say, the rest from the plan.
//!
//! | wanted | from |
//! |---|---|
//! | ranks on a node | one per 64 CPUs: threads share memory and scale that far |
//! | nodes | as many as bring the predicted time to a quarter of an hour, never more than there are sequences |
//! | memory of a node | twice the plan's minimum for each rank, and a gigabyte beside it for MPI and the openers |
//! | time | four times the prediction and ten minutes; predictions are rough, and Slurm only frees what is not used |
//! | lead | a tenth of the time, from 15 s to 5 min: a run stops within a batch, that is within seconds |

use super::node_shape::NodeShape;
use crate::cli::{Exit, Failure};
use crate::workflow::{MemoryWord, Slurm, SlurmMemory};
use serde::{Deserialize, Serialize};
use slurm_cli_wrapper::TimeLimit;
use std::time::Duration;
use trainyard_format::words::{bytes, counted};

const CPUS_PER_RANK: u32 = 64;
const MOST_NODES: u32 = 64;
const AIM_SECONDS: f64 = 900.0;
const LEAST_PER_RANK: u64 = 1 << 30;
/// MPI, HDF5's processes, the program itself
const BESIDE: u64 = 1 << 30;
const LEAST_TIME: u64 = 15 * 60;
/// Seconds before the end at which ranks are told to stop.
const SHORTEST_LEAD: u64 = 15;
const LONGEST_LEAD: u64 = 300;

/// What the plan says.
pub struct Need<'a> {
    pub sequences: usize,
    /// seconds on so many nodes of so many CPUs
    pub seconds: &'a dyn Fn(u32, u32) -> f64,
    /// seconds of the longest sequence with so many CPUs
    pub longest_sequence: &'a dyn Fn(u32) -> f64,
    /// bytes of a rank with so many threads
    pub minimum: &'a dyn Fn(u32) -> Result<u64, Failure>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Size {
    pub nodes: u32,
    pub tasks_per_node: u32,
    pub cpus_per_task: u32,
    /// bytes of each node to ask for; none: no amount is asked for
    pub memory: Option<u64>,
    /// bytes of each node that the ranks may plan with
    pub budget: Option<u64>,
    /// seconds; none: as long as it likes
    pub time: Option<u64>,
    /// seconds before the end at which the ranks are told to stop
    pub lead: u64,
    /// seconds the plan predicts
    pub predicted: f64,
}

impl Size {
    /// # Errors
    /// Wishes that the plan cannot live with: too little memory, less time than one sequence takes.
    pub fn of(wish: &Slurm, shape: &NodeShape, need: &Need<'_>) -> Result<Self, Failure> {
        let tasks = wish.tasks_per_node.unwrap_or(match wish.cpus_per_task {
            Some(_) => 1,
            None => shape.cpus.div_ceil(CPUS_PER_RANK),
        });
        let cpus = wish.cpus_per_task.unwrap_or((shape.cpus / tasks.max(1)).max(1));
        let cpus_of_node = cpus.saturating_mul(tasks);
        let alone = (need.seconds)(cpus_of_node, 1);
        let useful = u32::try_from(need.sequences).unwrap_or(u32::MAX).div_ceil(tasks.max(1)).max(1);
        let aim = (alone / AIM_SECONDS).ceil().clamp(1.0, f64::from(MOST_NODES)) as u32;
        let nodes = wish.nodes.unwrap_or(aim.min(useful).min(shape.count).max(1));
        let predicted = (need.seconds)(cpus_of_node, nodes);
        let (memory, budget) = memory(wish, shape, tasks, (need.minimum)(cpus)?)?;
        let time = time(wish, shape, predicted)?;
        let lead = time.map_or(LONGEST_LEAD, |t| (t / 10).clamp(SHORTEST_LEAD, LONGEST_LEAD));
        let longest = (need.longest_sequence)(cpus);
        if let Some(limit) = time.filter(|&limit| longest > limit.saturating_sub(lead) as f64) {
            let what = format!("the longest sequence needs about {longest:.0} s, the time limit of {limit} s leaves {} s before the ranks are told to stop: the job would never finish", limit.saturating_sub(lead));
            let hint = "give more with --time, or make sequences shorter with `sequence: {trains: N}`";
            return Err(Failure::new(Exit::Workflow, &what, Some(hint)));
        }
        Ok(Size { nodes, tasks_per_node: tasks, cpus_per_task: cpus, memory, budget, time, lead, predicted })
    }

    pub fn ranks(&self) -> u64 {
        u64::from(self.nodes) * u64::from(self.tasks_per_node)
    }

    /// `2 nodes, 1 rank of 4 CPUs and 3.0 GiB on each, 15 min`
    pub fn text(&self) -> String {
        let memory = self.memory.map_or(String::new(), |m| format!(", {}", bytes(m)));
        let time = self.time.map_or("no time limit".into(), |t| format!("{} min", t.div_ceil(60)));
        let (nodes, tasks, cpus) = (self.nodes, self.tasks_per_node, self.cpus_per_task);
        let nodes = counted(nodes, "node");
        format!("{nodes}, each {tasks} x {}{memory}, {time}", counted(cpus, "CPU"))
    }
}

fn memory(wish: &Slurm, shape: &NodeShape, tasks: u32, minimum: u64) -> Result<(Option<u64>, Option<u64>), Failure> {
    let tasks = u64::from(tasks.max(1));
    let least = tasks.saturating_mul(minimum);
    let asked = match &wish.memory {
        Some(SlurmMemory::Word(MemoryWord::None)) => return Ok((None, None)),
        Some(SlurmMemory::Amount(amount)) => amount.get(),
        None => {
            let comfortable =
                tasks.saturating_mul(minimum.saturating_mul(2).max(LEAST_PER_RANK).saturating_add(BESIDE));
            comfortable.min(shape.memory.unwrap_or(u64::MAX))
        }
    };
    // what stands beside the budget of each rank, but never most of the node
    let budget = asked - tasks.saturating_mul(BESIDE).min(asked / 3);
    if budget < least {
        let mib = |bytes: u64| (bytes >> 20) + 1;
        let what = format!(
            "{} MiB of memory per node are too little: {tasks} rank(s) need {} MiB",
            asked >> 20,
            mib(least.saturating_mul(3) / 2)
        );
        let hint = "raise `slurm: {memory: ...}`, or use fewer CPUs with `slurm: {cpus-per-task: N}`";
        return Err(Failure::new(Exit::Workflow, &what, Some(hint)));
    }
    Ok((Some(asked), Some(budget)))
}

fn time(wish: &Slurm, shape: &NodeShape, predicted: f64) -> Result<Option<u64>, Failure> {
    if let Some(text) = &wish.time {
        return match TimeLimit::parse(text) {
            Some(TimeLimit::Unlimited) => Ok(None),
            // Slurm counts in whole minutes
            Some(TimeLimit::After(limit)) if !limit.is_zero() => Ok(Some(limit.as_secs().div_ceil(60) * 60)),
            _ => {
                let hint = "write it as `sbatch --time` takes it: `90` (minutes), `4:00:00`, `1-12` (days and hours)";
                Err(Failure::new(Exit::Workflow, &format!("`{text}` is not a time limit"), Some(hint)))
            }
        };
    }
    let generous = (predicted * 4.0).min(1e9) as u64 + 600;
    let rounded = generous.max(LEAST_TIME).div_ceil(300) * 300;
    Ok(Some(rounded.min(shape.longest.map_or(u64::MAX, |l: Duration| l.as_secs().max(60)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: NodeShape = NodeShape { cpus: 80, memory: Some(500 << 30), count: 20, longest: None };

    fn size(wish: Slurm, seconds: f64) -> Result<Size, Failure> {
        size_of(wish, seconds, 30.0)
    }

    fn size_of(wish: Slurm, seconds: f64, longest: f64) -> Result<Size, Failure> {
        let need = Need {
            sequences: 12,
            seconds: &|_, nodes| seconds / f64::from(nodes),
            longest_sequence: &|_| longest,
            minimum: &|threads| Ok(u64::from(threads) * (100 << 20)),
        };
        Size::of(&wish, &NODE, &need)
    }

    #[test]
    fn the_guide_has_these_numbers() {
        let guide = include_str!("../../../docs/guides/slurm.md");
        let minutes = |seconds: u64| seconds / 60;
        for words in [
            format!("one for each {CPUS_PER_RANK} CPUs"),
            format!("and {} GiB beside it", BESIDE >> 30),
            format!("(a tenth of it, from {SHORTEST_LEAD} s to {} min)", minutes(LONGEST_LEAD)),
            format!(
                "only after {} starts in a row",
                ["no", "one", "two", "three"][super::super::verdict::MOST_FRUITLESS]
            ),
        ] {
            assert!(guide.contains(&words), "the guide does not say `{words}`");
        }
        assert!((AIM_SECONDS - 900.0).abs() < 1.0 && guide.contains("a quarter of an hour"));
    }

    #[test]
    fn a_small_run_stays_on_one_node() {
        let size = size(Slurm::default(), 20.0).unwrap();
        assert_eq!((size.nodes, size.tasks_per_node, size.cpus_per_task), (1, 2, 40));
        assert_eq!((size.time, size.lead), (Some(900), 90));
        // 2 ranks, each 2 x 40 x 100 MiB and a GiB beside
        assert_eq!(size.memory, Some(2 * ((8000 << 20) + (1 << 30))));
        assert_eq!(size.budget, Some(2 * (8000 << 20)));
    }

    #[test]
    fn never_more_ranks_than_sequences() {
        assert_eq!(size(Slurm::default(), 3000.0).unwrap().nodes, 4);
        assert_eq!(size(Slurm::default(), 1e9).unwrap().nodes, 6);
    }

    #[test]
    fn what_is_said_counts() {
        let wish = Slurm { nodes: Some(9), cpus_per_task: Some(4), time: Some("1:10".into()), ..Slurm::default() };
        let size = size(wish, 20.0).unwrap();
        assert_eq!((size.nodes, size.tasks_per_node, size.cpus_per_task), (9, 1, 4));
        assert_eq!((size.time, size.lead), (Some(120), 15), "whole minutes");
    }

    #[test]
    fn a_sequence_has_to_fit_before_the_warning() {
        let minutes = |time: &str| Slurm { time: Some(time.into()), ..Slurm::default() };
        assert!(size_of(minutes("1"), 20.0, 44.0).is_ok());
        let refused = size_of(minutes("1"), 20.0, 46.0).unwrap_err();
        assert_eq!(refused.exit, Exit::Workflow);
        assert!(refused.text.contains("leaves 45 s"), "{}", refused.text);
        assert!(size_of(minutes("infinite"), 20.0, 1e9).is_ok());
    }

    #[test]
    fn wishes_that_cannot_be_met_are_refused() {
        let amount = |text: &str| Some(SlurmMemory::Amount(text.parse().unwrap()));
        let little = size(Slurm { memory: amount("1GiB"), ..Slurm::default() }, 20.0).unwrap_err();
        assert!(little.text.contains("1024 MiB of memory per node are too little"), "{}", little.text);
        let none = size(Slurm { memory: Some(SlurmMemory::Word(MemoryWord::None)), ..Slurm::default() }, 20.0).unwrap();
        assert_eq!((none.memory, none.budget), (None, None));
        for time in ["0", "soon"] {
            assert_eq!(
                size(Slurm { time: Some(time.into()), ..Slurm::default() }, 20.0).unwrap_err().exit,
                Exit::Workflow
            );
        }
    }
}
