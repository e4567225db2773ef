//! The schema of a whole workflow: its keys, and every step with its parameters.

use super::draft7::Draft7;
use super::pattern;
use crate::document::check::{check, Site};
use crate::document::{Node, Span};
use crate::workflow::Workflow;
use serde_json::{json, Map, Value};
use trainyard_engine::algorithm::{Registration, Registry};

/// Draft 7, which editors understand.
pub fn workflow_schema(registry: &Registry) -> Value {
    let keys = schemars::schema_for!(Workflow).to_value();
    let keys = Draft7::new(&keys, "");
    let mut definitions = keys.definitions();
    let mut parameters = Map::new();
    for registration in registry.iter() {
        let name = format!("step.{}", registration.name);
        let schema = (registration.schema)().to_value();
        let steps = Draft7::new(&schema, &format!("{name}."));
        definitions.extend(steps.definitions());
        definitions.insert(name.clone(), step(registration, steps.whole()));
        parameters.insert(registration.name.into(), json!({"$ref": format!("#/definitions/{name}")}));
    }
    let bare: Vec<&str> = registry.iter().filter(|r| may_be_bare(r)).map(|r| r.name).collect();
    definitions.insert(
        "step".into(),
        json!({"anyOf": [
            {"type": "object", "properties": parameters, "additionalProperties": false, "minProperties": 1, "maxProperties": 1},
            {"enum": bare},
        ]}),
    );
    let mut whole = keys.whole();
    whole["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    whole["title"] = "Trainyard workflow".into();
    whole["properties"]["steps"]["items"] = json!({"$ref": "#/definitions/step"});
    whole["definitions"] = Value::Object(definitions);
    whole
}

/// The parameters of a step, with its documentation and `as`.
fn step(registration: &Registration, mut schema: Value) -> Value {
    let label =
        json!({"type": "string", "pattern": pattern::LABEL, "description": "another name for what the step leaves"});
    let Some(object) = schema.as_object_mut() else { return schema };
    let branches: Vec<&mut Map<String, Value>> = if object.get("anyOf").is_some_and(Value::is_array) {
        let branches = object.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten();
        branches.filter_map(Value::as_object_mut).collect()
    } else {
        vec![&mut *object]
    };
    for branch in branches {
        if let Some(Value::Object(properties)) = branch.get_mut("properties") {
            properties.insert("as".into(), label.clone());
        }
    }
    let details = registration.details.trim();
    object.insert("description".into(), format!("{}\n\n{details}", registration.summary).trim().into());
    schema
}

/// Whether the name alone is a step: no parameter has to be given.
fn may_be_bare(registration: &Registration) -> bool {
    let nothing = Node::mapping(Vec::new(), Span::default());
    check(&nothing, &(registration.schema)().to_value(), &Site::new(registration.name, Span::default())).is_ok()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
