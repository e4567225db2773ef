//! CONTROL keys as value and timestamp, one row a train, and the RUN values of a source.
//!
//! ```text
//! CONTROL/<source>/<key path>/value      [trains, ...]   attributes of the key on the group
//! CONTROL/<source>/<key path>/timestamp  [trains] u64, ns
//! RUN/<source>/<key path>/value          [1, ...]        value when the run began
//! ```

use super::path::key_path;
use super::{FileWriter, Values};
use crate::map::{Attribute, Section};
use crate::Result;

impl FileWriter {
    /// Declares a CONTROL source; one without keys gets count 0 in every train.
    pub fn control_source(&mut self, source: &str) {
        self.group_entry(Section::Control, source, "");
    }

    /// One key with one row a train, and its first row as RUN value.
    ///
    /// `timestamps`: when each value was set; as many as trains.
    ///
    /// # Errors
    /// Rows or timestamps are not as many as trains, or the key was written before.
    pub fn control(&mut self, source: &str, key: &str, values: &Values, timestamps: &[u64]) -> Result<()> {
        let trains = self.spec.trains.len();
        let base = format!("CONTROL/{source}/{}", key_path(key));
        if values.rows() != Some(trains as u64) || timestamps.len() != trains {
            let what = format!(
                "a control key needs one value and one timestamp for each of {trains} trains: {} bytes, {} timestamps",
                values.bytes.len(),
                timestamps.len()
            );
            return Err(self.misuse(what, &base));
        }
        let plain = Values { attributes: &[], ..values.clone() };
        let times = Values::of(timestamps, &[]);
        let (value, timestamp) = (format!("{base}/value"), format!("{base}/timestamp"));
        self.container.values(&timestamp, &times)?;
        self.container.values(&value, &plain)?;
        self.container.group_attributes(&base, values.attributes)?;
        let group = self.group_entry(Section::Control, source, "");
        group.datasets.extend([(timestamp, trains as u64), (value, trains as u64)]);
        let (Some(row), Some(&first)) = (values.row_bytes().and_then(|n| values.bytes.get(..n)), timestamps.first())
        else {
            return Ok(());
        };
        let row = Values {
            bytes: row.into(),
            attributes: values.attributes,
            ..Values::new(values.element, values.row_shape, &[])
        };
        self.run_first(source, key, &row, first)
    }

    /// The first row of a CONTROL key as RUN value, with its time.
    pub(super) fn run_first(&mut self, source: &str, key: &str, row: &Values, time: u64) -> Result<()> {
        self.run_value(source, key, row)?;
        self.container.values(&format!("RUN/{source}/{}/timestamp", key_path(key)), &Values::of(&[time], &[]))
    }

    /// `RUN/<source>/<key>/value`, one row: a result of the whole run, of any shape.
    ///
    /// A source that is declared in no section becomes a CONTROL source without keys.
    ///
    /// # Errors
    /// `values` is not exactly one row, or the key was written before.
    pub fn run_value(&mut self, source: &str, key: &str, values: &Values) -> Result<()> {
        let base = format!("RUN/{source}/{}", key_path(key));
        let row = values.row_bytes();
        if row != Some(values.bytes.len()) {
            let what = format!("a run value is one row of {row:?} bytes, not {} bytes", values.bytes.len());
            return Err(self.misuse(what, &base));
        }
        let shape: Vec<u64> = std::iter::once(1).chain(values.row_shape.iter().copied()).collect();
        let plain = Values { attributes: &[], ..values.clone() };
        self.container.shaped(&format!("{base}/value"), &shape, &plain)?;
        self.run_group(source, &base, values.attributes)
    }

    /// A text as RUN value.
    ///
    /// # Errors
    /// The key was written before, or the text holds a zero byte.
    pub fn run_text(&mut self, source: &str, key: &str, text: &str) -> Result<()> {
        let base = format!("RUN/{source}/{}", key_path(key));
        self.container.strings(&format!("{base}/value"), &[1], &[text.as_bytes()], &[])?;
        self.run_group(source, &base, &[])
    }

    /// A list of texts as one RUN value of shape `[1, texts]`.
    ///
    /// # Errors
    /// The key was written before, or a text holds a zero byte.
    pub fn run_texts(&mut self, source: &str, key: &str, texts: &[&str]) -> Result<()> {
        let base = format!("RUN/{source}/{}", key_path(key));
        let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        self.container.strings(&format!("{base}/value"), &[1, texts.len() as u64], &bytes, &[])?;
        self.run_group(source, &base, &[])
    }

    pub(super) fn run_group(&mut self, source: &str, base: &str, attributes: &[Attribute]) -> Result<()> {
        self.run_sources.insert(source.to_owned());
        self.container.group_attributes(base, attributes)
    }

    /// Makes CONTROL sources of those that only have RUN values.
    pub(super) fn declare_run_sources(&mut self) {
        let declared: std::collections::BTreeSet<&str> =
            self.sources.keys().map(|(_, source)| source.as_str()).collect();
        let new: Vec<String> =
            self.run_sources.iter().filter(|source| !declared.contains(source.as_str())).cloned().collect();
        for source in new {
            self.control_source(&source);
        }
    }
}

/// When the values of a CONTROL key were set, by train, from the times of the trains: never before that of the train before,
/// and none unknown before a known one. Readers and validators take anything else for damage. A train without a usable time
/// has that of the one before it, the first trains that of the first known.
pub fn control_times(trains: impl Iterator<Item = u64> + Clone) -> Vec<u64> {
    let first = trains.clone().find(|&time| time > 0).unwrap_or(0);
    let latest = trains.scan(first, |latest, time| {
        *latest = time.max(*latest);
        Some(*latest)
    });
    latest.collect()
}

#[cfg(test)]
mod tests {
    use super::control_times;

    #[test]
    fn times_of_values_never_decrease() {
        let times = |times: &[u64]| control_times(times.iter().copied());
        assert_eq!(times(&[5, 6, 0, 4, 7]), [5, 6, 6, 6, 7]);
        assert_eq!(times(&[0, 0, 3]), [3, 3, 3]);
        assert_eq!(times(&[0, 0]), [0, 0]);
        assert!(times(&[]).is_empty());
    }
}
