//! A schema of ours in draft 7, with what `check` forgives said in so many words.

use super::pattern;
use crate::document::unit::Dimension;
use serde_json::{json, Map, Value};

/// Deepest schema that is followed: ours are made of types and end far above.
const MAX_DEPTH: usize = 40;

/// Schemas of one root; definitions get names that begin with `prefix`, since several roots share one list.
pub struct Draft7<'s> {
    root: &'s Value,
    prefix: String,
}

impl<'s> Draft7<'s> {
    pub fn new(root: &'s Value, prefix: &str) -> Self {
        Draft7 { root, prefix: prefix.into() }
    }

    pub fn whole(&self) -> Value {
        self.convert(self.root, MAX_DEPTH)
    }

    /// The definitions of the root by the names they have here.
    pub fn definitions(&self) -> Map<String, Value> {
        let own = self.root.get("$defs").and_then(Value::as_object).into_iter().flatten();
        own.map(|(name, schema)| (format!("{}{name}", self.prefix), self.convert(schema, MAX_DEPTH))).collect()
    }

    fn convert(&self, schema: &Value, depth: usize) -> Value {
        let (Value::Object(object), Some(depth)) = (schema, depth.checked_sub(1)) else { return schema.clone() };
        let mut new = Map::new();
        for (key, value) in object {
            match key.as_str() {
                "$schema" | "$defs" | "title" | "format" | "$ref" => {}
                "properties" => {
                    let each = value.as_object().into_iter().flatten();
                    let each = each.map(|(key, schema)| (key.clone(), self.convert(schema, depth)));
                    new.insert(key.clone(), Value::Object(each.collect()));
                }
                "items" | "additionalProperties" => {
                    new.insert(key.clone(), self.convert(value, depth));
                }
                "prefixItems" => {
                    new.insert("items".into(), self.each(value, depth));
                    new.insert("additionalItems".into(), false.into());
                }
                "allOf" => {
                    new.insert(key.clone(), self.each(value, depth));
                }
                // more than one alternative may take a value: the first is meant
                "anyOf" | "oneOf" => {
                    let mut branches = Vec::new();
                    for branch in value.as_array().into_iter().flatten() {
                        branches.extend(self.bare_word(branch));
                        branches.push(self.convert(branch, depth));
                    }
                    new.insert("anyOf".into(), Value::Array(branches));
                }
                _ => {
                    new.insert(key.clone(), value.clone());
                }
            }
        }
        if let Some(target) = object.get("$ref").and_then(Value::as_str) {
            let name = target.rsplit('/').next().unwrap_or_default();
            let reference = json!({"$ref": format!("#/definitions/{}{name}", self.prefix)});
            // keywords beside `$ref` count for nothing in draft 7
            match new.is_empty() {
                true => return reference,
                false => new.insert("allOf".into(), json!([reference])),
            };
        }
        if takes(object, "string") && !object.contains_key("enum") && !object.contains_key("const") {
            self.text(object, &mut new);
        }
        if takes(object, "object") || object.contains_key("properties") {
            closed(object, &mut new);
        }
        Value::Object(new)
    }

    fn each(&self, schemas: &Value, depth: usize) -> Value {
        schemas.as_array().into_iter().flatten().map(|schema| self.convert(schema, depth)).collect()
    }

    /// An alternative `{word: {parameters}}` may be the bare word where no parameter has to be given.
    fn bare_word(&self, branch: &Value) -> Option<Value> {
        let properties = branch.get("properties")?.as_object().filter(|p| p.len() == 1)?;
        let required = branch.get("required")?.as_array()?;
        let (word, mut inner) = properties.iter().next().filter(|(word, _)| required[..] == [json!(word)])?;
        for _ in 0..MAX_DEPTH {
            match inner.get("$ref").and_then(Value::as_str) {
                Some(target) => inner = self.root.pointer(target.strip_prefix('#')?)?,
                None => break,
            }
        }
        let optional = inner.get("type") == Some(&json!("object")) && inner.get("required").is_none();
        let about = branch.get("description").and_then(Value::as_str).unwrap_or_default();
        optional.then(|| json!({"const": word, "description": about}))
    }

    /// Where text is wanted, a plain number or `true` is the text as written; a text with a form has a pattern.
    fn text(&self, object: &Map<String, Value>, new: &mut Map<String, Value>) {
        let format = object.get("format").and_then(Value::as_str).unwrap_or_default();
        let pattern = match (Dimension::of_format(format), format) {
            (Some(dimension), _) => Some(pattern::quantity(dimension)),
            (None, "range") => Some(pattern::RANGE.to_string()),
            _ => None,
        };
        match pattern {
            Some(pattern) => {
                // bounds of a quantity are in its own unit, which this language cannot say
                ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].iter().for_each(|bound| {
                    new.remove(*bound);
                });
                new.insert("pattern".into(), pattern.into());
            }
            None => {
                let null = takes(object, "null").then_some("null");
                let types = ["string", "number", "boolean"].into_iter().chain(null);
                new.insert("type".into(), types.collect::<Vec<_>>().into());
            }
        }
    }
}

fn takes(object: &Map<String, Value>, kind: &str) -> bool {
    match object.get("type") {
        Some(Value::String(name)) => name == kind,
        Some(Value::Array(names)) => names.iter().any(|name| name == kind),
        _ => false,
    }
}

/// Unknown keys are errors, and nothing at all is a map without entries where none is required.
fn closed(object: &Map<String, Value>, new: &mut Map<String, Value>) {
    if !object.contains_key("additionalProperties") {
        new.insert("additionalProperties".into(), false.into());
    }
    let required = object.get("required").and_then(Value::as_array).is_some_and(|keys| !keys.is_empty());
    if !required && object.get("type") == Some(&json!("object")) {
        new.insert("type".into(), json!(["object", "null"]));
    }
}
