//! Reading a JSON schema: references followed, alternatives laid side by side, kinds named.

use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;

/// Most schemas looked at for one document: alternatives inside alternatives are tried, and the number of ways through
/// a schema that refers to itself has no other bound.
pub const MAX_VISITS: usize = 1_000_000;
/// Longest chain of references and alternatives before a value is looked at.
const MAX_CHAIN: usize = 32;

pub struct Schemas<'s> {
    root: &'s Value,
    visits: Cell<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    String,
    Array,
    Object,
}

impl<'s> Schemas<'s> {
    pub fn new(root: &'s Value) -> Self {
        Schemas { root, visits: Cell::new(0) }
    }

    /// Counts; false once there were too many.
    pub fn visit(&self) -> bool {
        self.visits.set(self.visits.get() + 1);
        self.visits.get() <= MAX_VISITS
    }

    /// The alternatives of `schema`, none of which has alternatives or references itself.
    pub fn branches<'a>(&self, schema: &'a Value) -> Vec<Cow<'a, Value>>
    where
        's: 'a,
    {
        let mut branches = Vec::new();
        self.flatten(Cow::Borrowed(schema), MAX_CHAIN, &mut branches);
        branches
    }

    fn flatten<'a>(&self, schema: Cow<'a, Value>, chain: usize, into: &mut Vec<Cow<'a, Value>>)
    where
        's: 'a,
    {
        let Some(chain) = chain.checked_sub(1).filter(|_| self.visit()) else { return };
        let object = match schema.as_ref() {
            Value::Bool(false) => return,
            Value::Object(object) => object,
            _ => return into.push(schema),
        };
        if let Some(target) = object.get("$ref").and_then(Value::as_str) {
            if let Some(target) = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) {
                let merged =
                    if has_keywords(object) { merge(target, &without(object, "$ref")) } else { Cow::Borrowed(target) };
                self.flatten(merged, chain, into);
            }
            return;
        }
        if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
            let mut whole = Cow::Owned(without(object, "allOf"));
            for part in parts {
                // parts with alternatives of their own are rare: the first one counts
                let mut branches = Vec::new();
                self.flatten(Cow::Borrowed(part), chain, &mut branches);
                if let Some(first) = branches.first() {
                    whole = Cow::Owned(merge(&whole, first).into_owned());
                }
            }
            return self.flatten(whole, chain, into);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(alternatives) = object.get(keyword).and_then(Value::as_array) {
                // keywords beside the alternatives hold for each (flattened fields)
                let base = without(object, keyword);
                let common = has_keywords(object);
                for alternative in alternatives {
                    let branch = if common {
                        Cow::Owned(self.joined(alternative, &base, chain))
                    } else {
                        Cow::Owned(alternative.clone())
                    };
                    self.flatten(branch, chain, into);
                }
                return;
            }
        }
        into.push(schema);
    }

    fn joined(&self, alternative: &Value, base: &Value, chain: usize) -> Value {
        let target = alternative
            .get("$ref")
            .and_then(Value::as_str)
            .filter(|_| chain > 0)
            .and_then(|target| self.root.pointer(target.strip_prefix('#')?));
        merge(target.unwrap_or(alternative), base).into_owned()
    }
}

/// Whether a schema says more than notes beside `$ref`, `anyOf` or `oneOf`.
fn has_keywords(object: &Map<String, Value>) -> bool {
    const NOTES: [&str; 10] =
        ["$ref", "anyOf", "oneOf", "description", "title", "default", "examples", "$schema", "$defs", "deprecated"];
    object.keys().any(|key| !NOTES.contains(&key.as_str()))
}

fn without(object: &Map<String, Value>, keyword: &str) -> Value {
    let kept = object.iter().filter(|(key, _)| *key != keyword && *key != "$defs");
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// Both schemas hold: properties and required keys together, of the rest `b` before `a`.
fn merge<'a>(a: &'a Value, b: &Value) -> Cow<'a, Value> {
    let (Value::Object(first), Value::Object(second)) = (a, b) else { return Cow::Borrowed(a) };
    let mut merged = first.clone();
    for (key, value) in second {
        match (merged.get_mut(key), value) {
            (Some(Value::Object(properties)), Value::Object(more)) if key == "properties" => {
                properties.extend(more.iter().map(|(k, v)| (k.clone(), v.clone())));
            }
            (Some(Value::Array(required)), Value::Array(more)) if key == "required" => {
                required.extend(more.iter().cloned())
            }
            _ => {
                merged.insert(key.clone(), value.clone());
            }
        }
    }
    Cow::Owned(Value::Object(merged))
}

/// The words of an `enum` or `const`, when all of them are words.
pub fn words(schema: &Value) -> Option<Vec<&str>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(Value::String(word)), _) => Some(vec![word]),
        (None, Some(Value::Array(words))) => words.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// What `type` allows; empty when anything goes.
pub fn kinds(schema: &Value) -> Vec<Kind> {
    let kind = |name: &str| {
        Some(match name {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::String,
            "array" => Kind::Array,
            "object" => Kind::Object,
            _ => return None,
        })
    };
    match schema.get("type") {
        Some(Value::String(name)) => kind(name).into_iter().collect(),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).filter_map(kind).collect(),
        _ if schema.get("properties").is_some() => vec![Kind::Object],
        _ => Vec::new(),
    }
}

/// `a whole number`, `a number or a list`, without `null`, which users leave out instead of writing.
pub fn expectation(schemas: &[&Value]) -> String {
    let mut names: Vec<String> = Vec::new();
    for schema in schemas {
        if let Some(words) = words(schema) {
            names.extend(words.iter().map(|word| format!("`{word}`")));
            continue;
        }
        let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
        for kind in kinds(schema) {
            names.push(match kind {
                Kind::Null => continue,
                Kind::Boolean => "`true` or `false`".into(),
                Kind::Integer => "a whole number".into(),
                Kind::Number => "a number".into(),
                Kind::String => match (crate::document::unit::Dimension::of_format(format), format) {
                    (Some(dimension), _) => format!("{} such as `{}`", dimension.noun(), dimension.example()),
                    (None, "path") => "a path".into(),
                    (None, "range") => "a range `A:B`".into(),
                    _ => "text".into(),
                },
                Kind::Array => "a list".into(),
                Kind::Object => "a map".into(),
            });
        }
    }
    let mut unique: Vec<String> = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    match unique.split_last() {
        None => "left out".into(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}
