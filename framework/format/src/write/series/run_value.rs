//! A value of the whole run, kept until each file gets it.

use crate::map::{Attribute, ElementType};
use crate::write::path::{fault, key_path};
use crate::write::{FileWriter, Values};
use crate::Result;

pub(super) struct RunValue {
    pub source: String,
    pub key: String,
    pub value: Owned,
}

pub(super) enum Owned {
    Text(String),
    Row { element: ElementType, shape: Vec<u64>, bytes: Vec<u8>, attributes: Vec<Attribute> },
}

impl Owned {
    /// One row; `None` when it is not exactly one.
    pub fn row(values: &Values) -> Option<Self> {
        (values.row_bytes() == Some(values.bytes.len())).then(|| Owned::Row {
            element: values.element,
            shape: values.row_shape.to_vec(),
            bytes: values.bytes.to_vec(),
            attributes: values.attributes.to_vec(),
        })
    }
}

impl Owned {
    /// What makes the value impossible to write.
    pub fn check(&self, source: &str, key: &str) -> Result<(), String> {
        if let Some(why) = fault(source).or_else(|| fault(&key_path(key))) {
            return Err(why.into());
        }
        match self {
            Owned::Text(text) if text.contains('\0') => Err("the text holds a zero byte".into()),
            Owned::Row { element, .. }
                if !(element.is_number() || matches!(element, ElementType::FixedString(1..))) =>
            {
                Err(format!("a value cannot be of type {element:?}"))
            }
            _ => Ok(()),
        }
    }
}

impl RunValue {
    pub fn write(&self, file: &mut FileWriter) -> Result<()> {
        match &self.value {
            Owned::Text(text) => file.run_text(&self.source, &self.key, text),
            Owned::Row { element, shape, bytes, attributes } => {
                let values = Values::new(*element, shape, bytes).with_attributes(attributes);
                file.run_value(&self.source, &self.key, &values)
            }
        }
    }
}
