use super::*;

/// References lead somewhere, and nothing of a later draft is left.
fn sound(schema: &Value, root: &Value) {
    match schema {
        Value::Object(object) => {
            for key in ["$defs", "prefixItems", "oneOf", "format"] {
                assert!(!object.get(key).is_some_and(|v| !v.is_object() || key == "$defs"), "`{key}` in {schema}");
            }
            if let Some(Value::String(target)) = object.get("$ref") {
                assert!(root.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
                assert_eq!(object.len(), 1, "keywords beside a reference: {schema}");
            }
            object.values().for_each(|value| sound(value, root));
        }
        Value::Array(items) => items.iter().for_each(|item| sound(item, root)),
        _ => {}
    }
}

#[test]
fn draft_7_and_nothing_else() {
    let registry = crate::algorithms();
    let schema = workflow_schema(&registry);
    sound(&schema, &schema);
    for registration in registry.iter() {
        let parameters = &schema["definitions"][format!("step.{}", registration.name)];
        let described = parameters["description"].as_str().unwrap_or_default();
        assert!(described.starts_with(registration.summary), "{described}");
    }
    let integrate = &schema["definitions"]["step.integrate-azimuthally"]["properties"];
    assert_eq!(integrate["bins"]["maximum"], trainyard_algorithms::azimuthal::MAX_BINS);
    assert_eq!(integrate["per"]["default"], "frame");
    assert_eq!(
        schema["definitions"]["step"]["anyOf"][1]["enum"].as_array().map(|names| names.contains(&json!("find-peaks"))),
        Some(false)
    );
}
