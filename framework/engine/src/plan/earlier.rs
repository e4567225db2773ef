//! What the input says of its own reduction: the manifests in its folders, so that the audit of the first reduction goes
//! on with the second.
//!
//! Kept are all parts but the list of files, which the new manifest lists as its inputs; manifests that the earlier one
//! carries itself are laid beside it, so the list holds one entry a reduction, the oldest first.

use serde_json::Value;
use std::path::Path;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

const NAME: &str = "reduction.json";
/// Longest manifest read.
const LONGEST: u64 = 256 << 20;

/// Manifests of earlier reductions, the oldest first; empty for a run that was never reduced.
///
/// # Errors
/// A manifest that cannot be read. A file of that name that is none of ours is left alone.
pub fn earlier(run: &Run, pool: &OpenerPool) -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for folder in &run.folders {
        if let Some(manifest) = read(&folder.join(NAME), pool)? {
            all.extend(unfold(manifest));
        }
    }
    Ok(all)
}

fn read(path: &Path, pool: &OpenerPool) -> Result<Option<Value>> {
    let damaged = |what: String| {
        Error::input(what, Place::file(path)).with_hint("it tells how the input was reduced: mend it, or move it away")
    };
    let text = match pool.contents(path, LONGEST) {
        Ok(Some(text)) => text,
        Ok(None) => return Ok(None),
        Err(Error::Request { what, .. }) => return Err(damaged(format!("no manifest: {what}"))),
        Err(error) => return Err(error),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| damaged(format!("no manifest: {error}")))
}

/// The manifest behind those that it carries.
fn unfold(mut manifest: Value) -> Vec<Value> {
    let Some(parts) = manifest.as_object_mut().filter(|parts| parts.contains_key("plan")) else { return Vec::new() };
    let mut all = match parts.remove("earlier") {
        Some(Value::Array(earlier)) => earlier,
        _ => Vec::new(),
    };
    parts.remove("files");
    all.push(manifest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_entry_a_reduction_the_oldest_first() {
        let manifest = json!({"plan": "c", "files": [1], "earlier": [{"plan": "a"}, {"plan": "b"}]});
        assert_eq!(unfold(manifest), [json!({"plan": "a"}), json!({"plan": "b"}), json!({"plan": "c"})]);
        assert_eq!(unfold(json!({"plan": "a"})), [json!({"plan": "a"})]);
    }

    #[test]
    fn a_file_of_another_program_is_left_alone() {
        assert!(unfold(json!({"reduction": 7})).is_empty() && unfold(json!([1])).is_empty());
    }
}
