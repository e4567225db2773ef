//! What the nodes of a partition are like, by `sinfo`; the least of each where they differ.

use slurm_cli_wrapper::{NodeGroup, TimeLimit};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeShape {
    pub cpus: u32,
    /// bytes
    pub memory: Option<u64>,
    /// how many nodes there are
    pub count: u32,
    /// the longest a job may run
    pub longest: Option<Duration>,
}

impl NodeShape {
    /// Of `partition` (one, or several separated by commas), else of the default one. None when no such nodes are listed.
    pub fn of(groups: &[NodeGroup], partition: Option<&str>) -> Option<Self> {
        let named = |g: &&NodeGroup| match (partition, g.partition.as_deref()) {
            (Some(names), Some(name)) => names.split(',').any(|n| n.trim() == name),
            (Some(_), None) => false,
            (None, _) => g.is_default == Some(true),
        };
        let mut chosen: Vec<&NodeGroup> = groups.iter().filter(named).collect();
        if chosen.is_empty() && partition.is_none() {
            chosen = groups.iter().collect();
        }
        if chosen.iter().any(|g| g.state.is_usable()) {
            chosen.retain(|g| g.state.is_usable());
        }
        let limit = |g: &&NodeGroup| match g.time_limit {
            Some(TimeLimit::After(limit)) => Some(limit),
            _ => None,
        };
        Some(NodeShape {
            cpus: chosen.iter().filter_map(|g| g.cpus).min()?.max(1),
            memory: chosen.iter().filter_map(|g| g.memory).map(|m| m.as_bytes()).filter(|&b| b > 0).min(),
            count: chosen.iter().map(|g| g.count).fold(0, u32::saturating_add).max(1),
            longest: chosen.iter().filter_map(limit).min(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slurm_cli_wrapper::parse;

    #[test]
    fn the_least_of_the_partition_counts() {
        let rows = [
            "main*|up|1-00:00:00|2|idle|8|4000|(null)|(null)|node[1-2]",
            "main*|up|1-00:00:00|1|mixed|4|9000|(null)|(null)|node3",
            "big|up|infinite|1|idle|64|512000|(null)|(null)|node4",
        ];
        let text: String = rows.iter().map(|r| format!("\u{1e}{}\n", r.replace('|', "\u{1f}"))).collect();
        let Ok(groups) = parse::sinfo_text(&text) else { panic!("sinfo's columns changed") };
        let main = NodeShape::of(&groups, None).unwrap();
        assert_eq!((main.cpus, main.memory, main.count), (4, Some(4000 << 20), 3));
        assert_eq!(main.longest, Some(Duration::from_secs(86_400)));
        let big = NodeShape::of(&groups, Some("big")).unwrap();
        assert_eq!((big.cpus, big.count, big.longest), (64, 1, None));
        assert_eq!(NodeShape::of(&groups, Some("none")), None);
        assert_eq!(NodeShape::of(&[], None), None);
    }
}
