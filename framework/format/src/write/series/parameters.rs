//! Values for the names in a layout.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parameter {
    Text(String),
    Number(u64),
    Shape(Vec<u64>),
}

/// What the `{parameters}` of sources and the names in shapes stand for. The last value of a name counts; values that no
/// dataset asks for are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(BTreeMap<String, Parameter>);

impl Parameters {
    pub fn new() -> Self {
        Self::default()
    }

    /// A part of a source name.
    #[must_use]
    pub fn text(self, name: &str, value: &str) -> Self {
        self.with(name, Parameter::Text(value.into()))
    }

    /// A dimension, or a number in a source name.
    #[must_use]
    pub fn number(self, name: &str, value: u64) -> Self {
        self.with(name, Parameter::Number(value))
    }

    /// Several dimensions under one name.
    #[must_use]
    pub fn shape(self, name: &str, dimensions: &[u64]) -> Self {
        self.with(name, Parameter::Shape(dimensions.into()))
    }

    fn with(mut self, name: &str, value: Parameter) -> Self {
        self.0.insert(name.into(), value);
        self
    }

    /// The value, or what is wrong with the name.
    pub(super) fn get(&self, name: &str) -> Result<&Parameter, String> {
        let known = self.0.keys().map(String::as_str);
        self.0.get(name).ok_or_else(|| format!("parameter `{name}` has no value; {}", crate::run::hint(name, known)))
    }
}
