//! A schema in words, for lists of parameters: `whole number, at least 1`, `no | bbox | full`, `list of 2 numbers`.

use super::schema::{kinds, words, Kind, Schemas};
use crate::document::unit::Dimension;
use serde_json::{Map, Value};

/// Deepest list or map described.
const MAX_DEPTH: usize = 4;

/// One key of an object's schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub key: String,
    pub takes: String,
    pub required: bool,
    /// what holds when it is left out
    pub default: Option<Value>,
    pub description: String,
}

/// The keys that an object of this schema may have, in the order declared.
pub fn parameters(schema: &Value) -> Vec<Parameter> {
    let schemas = Schemas::new(schema);
    let mut parameters: Vec<Parameter> = Vec::new();
    for branch in schemas.branches(schema) {
        let none = Map::new();
        let properties = branch.get("properties").and_then(Value::as_object).unwrap_or(&none);
        let required = branch.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for (key, property) in properties {
            let takes = describe(&schemas, property, MAX_DEPTH);
            // alternatives of a whole configuration share keys: each is listed once, with all it takes
            if let Some(known) = parameters.iter_mut().find(|p| p.key == *key) {
                if !known.takes.split(" | ").any(|taken| taken == takes) {
                    known.takes = format!("{} | {takes}", known.takes);
                }
                continue;
            }
            parameters.push(Parameter {
                key: key.clone(),
                takes,
                required: required.iter().any(|r| r == key),
                default: property.get("default").filter(|default| !default.is_null()).cloned(),
                description: text(property, "description").to_string(),
            });
        }
    }
    parameters
}

/// What a value of this schema may be.
pub fn takes(schema: &Value) -> String {
    describe(&Schemas::new(schema), schema, MAX_DEPTH)
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema.get(key).and_then(Value::as_str).unwrap_or("")
}

fn describe(schemas: &Schemas<'_>, schema: &Value, depth: usize) -> String {
    let mut all: Vec<String> = Vec::new();
    for branch in schemas.branches(schema) {
        for one in alternatives(schemas, &branch, depth) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
    }
    match all.is_empty() {
        true => "anything".into(),
        false => all.join(" | "),
    }
}

fn alternatives(schemas: &Schemas<'_>, schema: &Value, depth: usize) -> Vec<String> {
    if let Some(words) = words(schema) {
        return words.into_iter().map(str::to_string).collect();
    }
    let one = |kind: &Kind| {
        Some(match kind {
            Kind::Null => return None,
            Kind::Boolean => "true | false".to_string(),
            Kind::Integer => format!("whole number{}", bounds(schema, None)),
            Kind::Number => format!("number{}", bounds(schema, None)),
            Kind::String => match (Dimension::of_format(text(schema, "format")), text(schema, "format")) {
                (Some(dimension), _) => {
                    format!(
                        "{} such as {}{}",
                        bare_noun(dimension),
                        dimension.example(),
                        bounds(schema, Some(dimension))
                    )
                }
                (None, "path") => "path".into(),
                (None, "range") => "range A:B".into(),
                _ => "text".into(),
            },
            Kind::Array => list(schemas, schema, depth),
            Kind::Object => map(schemas, schema, depth),
        })
    };
    kinds(schema).iter().filter_map(one).collect()
}

fn bare_noun(dimension: Dimension) -> &'static str {
    let noun = dimension.noun();
    noun.trim_start_matches("an ").trim_start_matches("a ")
}

fn bounds(schema: &Value, dimension: Option<Dimension>) -> String {
    let shown = |key: &str| {
        let limit = schema.get(key).and_then(Value::as_f64)?;
        // the bounds of an integer's type say nothing to a user
        let of_type: &[f64] = match text(schema, "format") {
            "uint8" => &[0.0, 255.0],
            "uint16" => &[0.0, 65535.0],
            "uint32" => &[0.0, 4294967295.0],
            "int8" => &[-128.0, 127.0],
            "int16" => &[-32768.0, 32767.0],
            "uint" | "uint64" => &[0.0],
            _ => &[],
        };
        if of_type.contains(&limit) && (limit != 0.0 || key == "minimum") {
            return None;
        }
        Some(dimension.map_or(limit.to_string(), |d| d.own(limit)))
    };
    let sides = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "greater than"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "less than"),
    ];
    sides.iter().filter_map(|(key, words)| shown(key).map(|limit| format!(", {words} {limit}"))).collect()
}

fn list(schemas: &Schemas<'_>, schema: &Value, depth: usize) -> String {
    if depth == 0 {
        return "list".into();
    }
    if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
        let items: Vec<String> = items.iter().map(|item| describe(schemas, item, depth - 1)).collect();
        return format!("[{}]", items.join(", "));
    }
    let length = |key| schema.get(key).and_then(Value::as_u64);
    let item = schema.get("items").map_or("anything".to_string(), |item| describe(schemas, item, depth - 1));
    match (length("minItems"), length("maxItems")) {
        (Some(least), Some(most)) if least == most && most <= 4 => {
            format!("[{}]", vec![item; most as usize].join(", "))
        }
        _ => format!("list of ({item})").replace("list of (text)", "list of text"),
    }
}

fn map(schemas: &Schemas<'_>, schema: &Value, depth: usize) -> String {
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return match schema.get("additionalProperties") {
            Some(others) if others.is_object() && depth > 0 => {
                format!("map of ({})", describe(schemas, others, depth - 1))
            }
            _ => "map".into(),
        };
    };
    if depth == 0 {
        return "map".into();
    }
    let entries: Vec<String> =
        properties.iter().map(|(key, value)| format!("{key}: {}", describe(schemas, value, depth - 1))).collect();
    format!("{{{}}}", entries.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::JsonSchema;

    #[derive(JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code)]
    struct Config {
        /// unit of the axis
        unit: Unit,
        #[serde(default = "hundred")]
        #[schemars(range(min = 1, max = 5000))]
        bins: u16,
        range: Option<[f64; 2]>,
        #[schemars(extend("format" = "length", "minimum" = 0))]
        distance: Option<String>,
        modules: Vec<u16>,
        codec: Option<Codec>,
        strict: bool,
    }

    fn hundred() -> u16 {
        100
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Unit {
        Q,
        /// as an angle
        Degrees,
    }

    #[derive(JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    #[allow(dead_code)]
    enum Codec {
        None,
        Zstd { level: i32 },
    }

    #[test]
    fn parameters_in_words() {
        let lines: Vec<String> = parameters(&schemars::schema_for!(Config).to_value())
            .into_iter()
            .map(|p| format!("{}: {} [{}] {:?} {}", p.key, p.takes, p.required, p.default, p.description))
            .collect();
        assert_eq!(
            lines,
            [
                "unit: q | degrees [true] None unit of the axis",
                "bins: whole number, at least 1, at most 5000 [false] Some(Number(100)) ",
                "range: [number, number] [false] None ",
                "distance: length such as 0.2 m, at least 0 m [false] None ",
                "modules: list of (whole number) [true] None ",
                "codec: none | {zstd: {level: whole number}} [false] None ",
                "strict: true | false [true] None ",
            ]
        );
    }
}
