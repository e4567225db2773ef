//! What is left of a tree when everything wrong in it is taken out, so that the rest can still be held against the run
//! and all problems are told at once.

use crate::document::check::{check, Site};
use crate::document::{Content, Node};
use serde_json::Value;

/// Most entries of a tree that is looked through: each costs a check of the whole.
const MOST_ENTRIES: usize = 200;

/// `node` without the entries that are wrong by `schema`, innermost first, and its value. Nothing where an entry that
/// must be there is missing or wrong.
pub fn sound(mut node: Node, schema: &Value, site: &Site) -> Option<(Node, Value)> {
    let mut paths = Vec::new();
    collect(&node, &mut Vec::new(), &mut paths);
    if paths.len() > MOST_ENTRIES {
        return None;
    }
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    let mut paths = paths.into_iter();
    loop {
        let wrong = match check(&node, schema, site) {
            Ok(value) => return Some((node, value)),
            Err(problems) => problems.len(),
        };
        node = paths.find_map(|path| {
            let less = without(&node, &path)?;
            let better = check(&less, schema, site).map_or_else(|problems| problems.len() < wrong, |_| true);
            better.then_some(less)
        })?;
    }
}

/// Paths of all entries of mappings, also in mappings below.
fn collect(node: &Node, path: &mut Vec<String>, paths: &mut Vec<Vec<String>>) {
    let Content::Mapping(entries) = &node.content else { return };
    for (key, value) in entries {
        path.push(key.text.clone());
        paths.push(path.clone());
        collect(value, path, paths);
        path.pop();
    }
}

fn without(node: &Node, path: &[String]) -> Option<Node> {
    let (first, rest) = path.split_first()?;
    let mut less = node.clone();
    if rest.is_empty() {
        less.take(first)?;
        return Some(less);
    }
    let Content::Mapping(entries) = &mut less.content else { return None };
    let (_, inner) = entries.iter_mut().find(|(key, _)| key.text == *first)?;
    *inner = without(inner, rest)?;
    Some(less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{parse, Origin, Span};
    use serde_json::json;

    #[test]
    fn only_what_is_wrong_goes() {
        let inner = json!({"type": "object", "additionalProperties": false, "properties": {"c": {"type": "number"}}});
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": {"type": "integer"}, "b": inner, "d": {"type": "integer", "maximum": 3}}});
        let site = Site::new("it", Span::default());
        let left = |text: &str| {
            let node = parse(text.as_bytes(), Origin::File).unwrap();
            sound(node, &schema, &site).map(|(_, value)| value)
        };
        assert_eq!(left("{a: 1, b: {c: x, e: 1}, d: 4, f: 2}"), Some(json!({"a": 1, "b": {}})));
        assert_eq!(left("{a: 1, b: [2], d: 3}"), Some(json!({"a": 1, "d": 3})));
        assert_eq!(left("{a: x, d: 3}"), None, "`a` must be there");
    }
}
