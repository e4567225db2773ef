//! `sinfo -o`: partitions, and the nodes of each in groups that are alike.

use super::{field, FIELD, RECORD};
use crate::{Error, Memory, NodeGroup, NodeState, TimeLimit};

/// The format for `sinfo -o`: ten fields.
pub const SINFO_FORMAT: &str = "\u{1e}%P\u{1f}%a\u{1f}%l\u{1f}%D\u{1f}%T\u{1f}%c\u{1f}%m\u{1f}%f\u{1f}%G\u{1f}%N";

/// Reads groups of nodes printed with [`SINFO_FORMAT`]. Partitions without nodes are left out.
///
/// # Errors
/// [`Error::Unparsable`] if a record has another number of fields.
pub fn sinfo_text(text: &str) -> Result<Vec<NodeGroup>, Error> {
    if !text.contains(RECORD) && !text.trim().is_empty() && !text.trim_start().starts_with("CLUSTER:") {
        return Err(Error::unparsable("sinfo", "groups of nodes", text));
    }
    let mut groups = Vec::new();
    for record in text.split(RECORD).skip(1) {
        let fields: Vec<&str> = record.trim_end().split(FIELD).collect();
        let [partition, availability, limit, count, state, cpus, memory, features, gres, nodes] = fields[..] else {
            return Err(Error::unparsable("sinfo", "ten fields", record));
        };
        // The default partition carries an asterisk.
        let name = partition.strip_suffix('*');
        let count = field::count(count).unwrap_or(0);
        if count == 0 {
            continue;
        }
        groups.push(NodeGroup {
            partition: field::text(name.unwrap_or(partition)),
            is_default: Some(name.is_some()),
            availability: field::text(availability),
            time_limit: TimeLimit::parse(limit),
            state: NodeState::new(state),
            count,
            cpus: field::count(cpus),
            // A `+` marks the least of several.
            memory: Memory::parse(memory.strip_suffix('+').unwrap_or(memory)),
            features: field::text(features)
                .map_or(Vec::new(), |features| features.split(',').map(str::to_owned).collect()),
            gres: field::text(gres),
            node_list: nodes.to_owned(),
        });
    }
    Ok(groups)
}
