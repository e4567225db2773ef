//! INSTRUMENT data, and REDUCTION and ERRATA, which have the same form: groups whose datasets share their rows.
//!
//! ```text
//! <SECTION>/<source>/<group>/<key path>   [rows, ...]   attributes on the dataset
//! ```

use super::container::Chunking;
use super::path::{key_path, split_key};
use super::{FileWriter, Storage, Values};
use crate::map::{Attribute, Section};
use crate::Result;
use std::borrow::Cow;

impl FileWriter {
    /// Rows of each train in one index group, `SPB_DET_AGIPD1M-1/DET/0CH0:xtdf`, `image`.
    ///
    /// # Errors
    /// Counts are not as many as trains, or were given before.
    pub fn instrument_index(&mut self, source: &str, group: &str, counts: &[u64]) -> Result<()> {
        self.index(Section::Instrument, source, group, counts)
    }

    /// Rows of each train in one index group of any section; for CONTROL the group has no name and counts are 0 or 1.
    ///
    /// # Errors
    /// Counts are not as many as trains, add up beyond 64 bits, or were given before.
    pub fn index(&mut self, section: Section, source: &str, group: &str, counts: &[u64]) -> Result<()> {
        let place = format!("{}/{source}/{group}", section.group_name());
        if counts.len() != self.spec.trains.len() {
            let what = format!("{} counts for {} trains", counts.len(), self.spec.trains.len());
            return Err(self.misuse(what, &place));
        }
        if counts.iter().try_fold(0u64, |sum, &n| sum.checked_add(n)).is_none() {
            return Err(self.misuse("the counts add up beyond 64 bits", &place));
        }
        let entry = self.group_entry(section, source, group);
        if entry.counts.is_some() {
            return Err(self.misuse("the index was given before", &place));
        }
        entry.counts = Some(counts.to_vec());
        Ok(())
    }

    /// One dataset in one go. `key` begins with the index group: `data.intensity`.
    ///
    /// # Errors
    /// The bytes are not whole rows, or the key was written before. That rows and counts agree is checked by
    /// [`FileWriter::finish`].
    pub fn rows(&mut self, source: &str, key: &str, values: &Values) -> Result<()> {
        self.rows_in(Section::Instrument, source, key, values)
    }

    /// The same for REDUCTION and ERRATA.
    ///
    /// # Errors
    /// As [`FileWriter::rows`].
    pub fn rows_in(&mut self, section: Section, source: &str, key: &str, values: &Values) -> Result<()> {
        let (group, path) = self.key_place(section, source, key)?;
        let Some(rows) = values.rows() else {
            let what =
                format!("{} bytes are no whole number of rows of shape {:?}", values.bytes.len(), values.row_shape);
            return Err(self.misuse(what, &path));
        };
        self.container.values(&path, values)?;
        self.group_entry(section, source, &group).datasets.push((path, rows));
        Ok(())
    }

    /// One dataset of `rows` rows that come in pieces of any length, for what is too large to be held at once. Of `values`
    /// the bytes are not looked at.
    ///
    /// # Errors
    /// The pieces are not that many rows, the key was written before, or a piece is an error.
    pub fn rows_in_pieces(
        &mut self,
        source: &str,
        key: &str,
        (rows, values): (u64, &Values),
        pieces: &mut dyn Iterator<Item = Result<Cow<'_, [u8]>>>,
    ) -> Result<()> {
        let (group, path) = self.key_place(Section::Instrument, source, key)?;
        match &values.storage {
            Storage::Chunked { rows_per_chunk, filters } => {
                let Values { element, row_shape, attributes, .. } = *values;
                let chunking = Chunking { row_shape, rows, rows_per_chunk: *rows_per_chunk, filters, element };
                self.container.encoded(&path, &chunking, attributes, pieces)?;
            }
            Storage::Contiguous => {
                let mut bytes = Vec::new();
                for piece in pieces {
                    bytes.extend_from_slice(&piece?);
                }
                let whole = Values { bytes: Cow::Owned(bytes), ..values.clone() };
                if whole.rows() != Some(rows) {
                    return Err(self.misuse(format!("other than {rows} rows came"), &path));
                }
                self.container.values(&path, &whole)?;
            }
        }
        self.group_entry(Section::Instrument, source, &group).datasets.push((path, rows));
        Ok(())
    }

    /// A dataset of texts, one a row, as variable-length strings.
    ///
    /// # Errors
    /// A text holds a zero byte, or the key was written before.
    pub fn strings(&mut self, source: &str, key: &str, texts: &[&str], attributes: &[Attribute]) -> Result<()> {
        let (group, path) = self.key_place(Section::Instrument, source, key)?;
        let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        self.container.strings(&path, &[texts.len() as u64], &bytes, attributes)?;
        self.group_entry(Section::Instrument, source, &group).datasets.push((path, texts.len() as u64));
        Ok(())
    }

    /// Index group and path of a key.
    pub(super) fn key_place(&self, section: Section, source: &str, key: &str) -> Result<(String, String)> {
        match split_key(key) {
            Some((group, rest)) => {
                let path = format!("{}/{source}/{group}/{}", section.group_name(), key_path(rest));
                Ok((group.to_owned(), path))
            }
            None => {
                let what = format!("key `{key}` needs an index group and a name, as in `data.intensity`");
                Err(self.misuse(what, source))
            }
        }
    }
}
