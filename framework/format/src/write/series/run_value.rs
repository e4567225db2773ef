//! A value of the whole run, kept until each file gets it.

use super::declared::run_paths;
use super::resolve::index_paths;
use super::SeriesWriter;
use crate::map::{Attribute, ElementType};
use crate::write::path::{fault, key_path};
use crate::write::{FileWriter, Values};
use crate::{Error, Place, Result};

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

impl SeriesWriter {
    /// `RUN/<source>/<key>/value` in every file: one row of any shape. Of a source that is not declared it makes a
    /// CONTROL source without keys.
    ///
    /// # Errors
    /// Not exactly one row, a name that is taken, or a file is finished already.
    pub fn run_value(&mut self, source: &str, key: &str, values: &Values) -> Result<()> {
        match Owned::row(values) {
            Some(row) => self.add_run_value(source, key, row),
            None => {
                let what = format!("run value `{key}`: {} bytes are not one row of its shape", values.bytes.len());
                Err(Error::request(what, Place::file(self.files.path()).source(source)))
            }
        }
    }

    /// The same for a text.
    ///
    /// # Errors
    /// As [`SeriesWriter::run_value`].
    pub fn run_text(&mut self, source: &str, key: &str, text: &str) -> Result<()> {
        self.add_run_value(source, key, Owned::Text(text.into()))
    }

    fn add_run_value(&mut self, source: &str, key: &str, value: Owned) -> Result<()> {
        self.usable()?;
        self.check_run_value(source, key, &value).map_err(|what| {
            Error::request(format!("run value `{key}`: {what}"), Place::file(self.files.path()).source(source))
        })?;
        self.run_values.push(RunValue { source: source.into(), key: key.into(), value });
        Ok(())
    }

    fn check_run_value(&mut self, source: &str, key: &str, value: &Owned) -> Result<(), String> {
        let finished = self.files.finished();
        if finished > 0 {
            return Err(format!("it belongs into every file, and {finished} are finished already"));
        }
        value.check(source, key)?;
        let mut paths = run_paths(source, key).to_vec();
        let declared = self.groups.iter().any(|group| group.source == source);
        if !declared && !self.run_values.iter().any(|other| other.source == source) {
            if source.contains(':') {
                return Err(format!("the INSTRUMENT source `{source}` is not declared"));
            }
            paths.extend(index_paths(source, ""));
        }
        self.taken.take(&paths)
    }
}
