//! Lists and tuples: number of items, each item.

use super::{Checker, Site};
use crate::document::Node;
use serde_json::Value;

impl Checker<'_> {
    pub(super) fn array(&mut self, items: &[Node], node: &Node, schema: &Value, site: &Site) -> Value {
        let fixed = schema.get("prefixItems").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let rest = schema.get("items").unwrap_or(&Value::Bool(true));
        self.length(items.len(), ["minItems", "maxItems"], "items", node, schema, site);
        let mut array = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let schema = fixed.get(at).unwrap_or(rest);
            if fixed.len() <= at && !fixed.is_empty() && schema.get("maxItems").is_some() {
                break;
            }
            let name = if site.name.starts_with("item ") {
                site.name.clone()
            } else {
                format!("item {} of {}", at + 1, site.name)
            };
            array.push(self.value(item, schema, &Site::new(name, item.span)));
        }
        Value::Array(array)
    }
}
