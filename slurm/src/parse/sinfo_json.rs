//! `sinfo --json`: up to 22.05 a list of nodes, since 23.02 a list of groups as text has them.

use super::json;
use super::squeue_json::limit;
use crate::{Error, Memory, NodeGroup, NodeState};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    nodes: Option<Vec<Node>>,
    #[serde(default)]
    sinfo: Option<Vec<Group>>,
}

/// 22.05 (0.0.38).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Node {
    name: Value,
    state: Value,
    state_flags: Value,
    partitions: Value,
    cpus: Value,
    real_memory: Value,
    features: Value,
    gres: Value,
}

/// 23.02 and later (0.0.39 to 0.0.41).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    node: Value,
    nodes: Value,
    cpus: Value,
    memory: Value,
    features: Value,
    gres: Value,
    partition: Value,
}

/// Reads the document that `sinfo --json` prints.
///
/// # Errors
/// [`Error::Unparsable`] if it is no such document; [`Error::CommandFailed`] if it reports errors.
pub fn sinfo_json(text: &str) -> Result<Vec<NodeGroup>, Error> {
    let document: Document = json::document("sinfo", "nodes", text)?;
    match (document.sinfo, document.nodes) {
        (Some(groups), _) => Ok(groups.iter().filter_map(group).collect()),
        (None, Some(nodes)) => Ok(nodes.iter().flat_map(of_node).collect()),
        (None, None) => Err(Error::unparsable("sinfo", "nodes", text)),
    }
}

/// One group for each partition the node belongs to.
fn of_node(node: &Node) -> Vec<NodeGroup> {
    let Some(name) = json::text(&node.name) else { return Vec::new() };
    let states: Vec<&str> = json::words(&node.state).into_iter().chain(json::words(&node.state_flags)).collect();
    let group = |partition: Option<&str>| NodeGroup {
        partition: partition.map(str::to_owned),
        is_default: None,
        availability: None,
        time_limit: None,
        state: NodeState::from_list(&states),
        count: 1,
        cpus: json::count(&node.cpus),
        memory: json::number(&node.real_memory).map(Memory::mebibytes),
        features: features(&node.features),
        gres: json::text(&node.gres),
        node_list: name.clone(),
    };
    match json::words(&node.partitions)[..] {
        [] => vec![group(None)],
        ref partitions => partitions.iter().map(|partition| group(Some(partition))).collect(),
    }
}

fn group(record: &Group) -> Option<NodeGroup> {
    let names = json::words(&record.nodes["nodes"]);
    let count = json::count(&record.nodes["total"]).unwrap_or_else(|| u32::try_from(names.len()).unwrap_or(u32::MAX));
    if count == 0 {
        return None;
    }
    let availability = json::words(&record.partition["partition"]["state"]).first().map(|state| state.to_lowercase());
    Some(NodeGroup {
        partition: json::text(&record.partition["name"]),
        is_default: None,
        availability,
        time_limit: limit(&record.partition["maximums"]["time"]),
        state: NodeState::from_list(&json::words(&record.node["state"])),
        count,
        cpus: json::count(&record.cpus["minimum"]),
        memory: json::number(&record.memory["minimum"]).map(Memory::mebibytes),
        features: features(&record.features["total"]),
        gres: json::text(&record.gres["total"]),
        node_list: names.join(","),
    })
}

fn features(value: &Value) -> Vec<String> {
    match value {
        Value::String(_) => {
            json::text(value).map_or(Vec::new(), |features| features.split(',').map(str::to_owned).collect())
        }
        list => json::words(list).into_iter().map(str::to_owned).collect(),
    }
}
