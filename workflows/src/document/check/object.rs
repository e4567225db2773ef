//! Maps: unknown keys, missing keys, each value.

use super::{Checker, Site};
use crate::document::problem::shown;
use crate::document::{nearest, suggestion, Key, Node, Problem};
use serde_json::{Map, Value};

impl Checker<'_> {
    pub(super) fn object(&mut self, entries: &[(Key, Node)], node: &Node, schema: &Value, site: &Site) -> Value {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let others = schema.get("additionalProperties").filter(|schema| !matches!(schema, Value::Bool(false)));
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        let mut object = Map::new();
        // a key that was misspelt is not missing beside that
        let mut meant: Vec<&str> = Vec::new();
        for (key, value) in entries {
            match properties.get(&key.text).or(others) {
                Some(schema) => {
                    let value = self.value(value, schema, &Site::key(&key.text, key.span));
                    object.insert(key.text.clone(), value);
                }
                None => {
                    meant.extend(nearest(&key.text, &known));
                    let what = format!("unknown key `{}` of {}", shown(&key.text), site.name);
                    self.report(Problem::new(key.span, what).hint(suggestion(&key.text, &known, "keys")));
                }
            }
        }
        for key in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !meant.contains(&key) && !entries.iter().any(|(k, _)| k.text == key) {
                let problem = Problem::new(site.span, format!("{} lacks the key `{key}`", site.name));
                self.report(match properties.get(key).and_then(description) {
                    Some(text) => problem.hint(format!("`{key}`: {text}")),
                    None => problem,
                });
            }
        }
        self.length(entries.len(), ["minProperties", "maxProperties"], "entries", node, schema, site);
        Value::Object(object)
    }

    /// Number of entries, items or characters within the schema's bounds.
    pub(super) fn length(
        &mut self,
        length: usize,
        [least, most]: [&str; 2],
        of_what: &str,
        node: &Node,
        schema: &Value,
        site: &Site,
    ) {
        let bound = |key| schema.get(key).and_then(Value::as_u64);
        let (least, most) = (bound(least), bound(most));
        let short = least.is_some_and(|least| (length as u64) < least);
        let long = most.is_some_and(|most| length as u64 > most);
        if short || long {
            let wanted = match (least, most) {
                (Some(least), Some(most)) if least == most => format!("{least}"),
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (_, most) => format!("at most {}", most.unwrap_or(u64::MAX)),
            };
            self.report(Problem::at(node, format!("{} must have {wanted} {of_what}, not {length}", site.name)));
        }
    }
}

/// First line of what the schema says of a value.
fn description(schema: &Value) -> Option<&str> {
    schema.get("description").and_then(Value::as_str).and_then(|text| text.lines().next())
}
