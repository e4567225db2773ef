//! Nodes of a partition that are in the same state: a row of `sinfo`.

use crate::{expand_nodes, Error, Memory, TimeLimit};
use serde::Serialize;
use std::fmt;

/// Nodes of one partition, alike in state and equipment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NodeGroup {
    /// The partition; none for nodes outside of all.
    pub partition: Option<String>,
    /// Whether jobs go there that name no partition; none where the source does not tell.
    pub is_default: Option<bool>,
    /// `up`, `down`, `drain` or `inact`; none where the source does not tell.
    pub availability: Option<String>,
    /// The longest a job may run there.
    pub time_limit: Option<TimeLimit>,
    /// The nodes' state.
    pub state: NodeState,
    /// How many nodes.
    pub count: u32,
    /// CPUs of a node, in Slurm's sense of the word; the least where they differ.
    pub cpus: Option<u32>,
    /// Memory of a node; the least where they differ.
    pub memory: Option<Memory>,
    /// Features that `--constraint` can ask for.
    pub features: Vec<String>,
    /// Generic resources, such as `gpu:4`.
    pub gres: Option<String>,
    /// The nodes in Slurm's compressed form; see [`NodeGroup::nodes`].
    pub node_list: String,
}

/// The state of a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct NodeState {
    name: String,
}

impl NodeGroup {
    /// The nodes' names.
    ///
    /// # Errors
    /// If the list is malformed or too long.
    pub fn nodes(&self) -> Result<Vec<String>, Error> {
        expand_nodes(&self.node_list)
    }
}

impl NodeState {
    /// Keeps the name in small letters, `idle*`, `mixed`, `down+drain`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { name: text.trim().chars().take(128).collect::<String>().to_lowercase() }
    }

    /// From base state and flags, as JSON lists them.
    #[must_use]
    pub fn from_list<S: AsRef<str>>(states: &[S]) -> Self {
        Self::new(&states.iter().take(8).map(AsRef::as_ref).collect::<Vec<_>>().join("+"))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether the node answers the controller; `*` or `NOT_RESPONDING` says that it does not.
    #[must_use]
    pub fn is_responding(&self) -> bool {
        !self.name.contains('*') && !self.name.contains("not_responding")
    }

    /// Whether it runs jobs or could start one: idle or in use, responding, and not set aside.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        let base = self.name.split(['+', '*', '~', '#', '%', '$', '@', '^', '-', '!']).next().unwrap_or_default();
        // A node in power saving (`~`, `#`) starts when a job wants it; `$`, `@`, `%` and `^` mark maintenance and reboots.
        let set_aside = ["drain", "down", "fail", "maint", "reboot", "power_down", "powering_down"];
        self.is_responding()
            && matches!(base, "idle" | "mixed" | "mix" | "allocated" | "alloc" | "completing" | "comp")
            && !self.name.contains(['%', '$', '@', '^'])
            && !set_aside.iter().any(|flag| self.name.contains(flag))
    }

    /// Whether it is usable and has nothing to do.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.is_usable() && self.name.starts_with("idle") && !self.name.contains("completing")
    }
}

impl fmt::Display for NodeState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_with_their_flags() {
        for text in ["idle", "IDLE", "idle~"] {
            assert!(NodeState::new(text).is_idle(), "{text}");
        }
        for text in ["mixed", "ALLOCATED", "completing"] {
            let state = NodeState::new(text);
            assert!(state.is_usable() && !state.is_idle(), "{text}");
        }
        for text in
            ["idle*", "down", "drained", "draining", "drng", "maint", "idle$", "reboot^", "unknown", "", "inval"]
        {
            assert!(!NodeState::new(text).is_usable(), "{text}");
        }
        assert!(!NodeState::from_list(&["IDLE", "DRAIN"]).is_usable());
        assert!(!NodeState::from_list(&["IDLE", "NOT_RESPONDING"]).is_responding());
        assert!(NodeState::from_list(&["MIXED"]).is_usable());
        assert!(!NodeState::from_list::<&str>(&[]).is_usable());
    }
}
