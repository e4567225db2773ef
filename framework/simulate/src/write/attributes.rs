//! Units and descriptions of keys, as attributes (format 1.3).

use trainyard_format::map::{Attribute, AttributeValue, ElementType};

/// A unit with its metric prefix: symbols, names and the facility's numbers for them.
#[derive(Clone, Copy, Debug)]
pub struct Unit {
    pub prefix: (&'static str, &'static str, i64),
    pub unit: (&'static str, &'static str, i64),
}

pub const MICROJOULE: Unit = Unit { prefix: ("u", "micro", 14), unit: ("J", "joule", 15) };
pub const NUMBER: Unit = Unit { prefix: ("", "", 10), unit: ("#", "number", 0) };

/// Attributes of a key.
pub fn describe(description: &str, unit: Unit) -> Vec<Attribute> {
    let text = |name: &str, text: &str| Attribute { name: name.into(), value: AttributeValue::Text(text.into()) };
    let number = |name: &str, number: i64| Attribute {
        name: name.into(),
        value: AttributeValue::Int { values: vec![number], shape: vec![1], element: ElementType::I32 },
    };
    vec![
        text("description", description),
        text("metricPrefixSymbol", unit.prefix.0),
        text("metricPrefixName", unit.prefix.1),
        number("metricPrefixEnum", unit.prefix.2),
        text("unitSymbol", unit.unit.0),
        text("unitName", unit.unit.1),
        number("unitEnum", unit.unit.2),
    ]
}
