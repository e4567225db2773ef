//! A dataset with every name and size known.

use super::paths::Paths;
use super::{shape, Dataset, Mode, Parameters, SeriesOptions};
use crate::map::{Attribute, AttributeValue, ElementType, Section};
use crate::write::container::LARGEST_CHUNK;
use crate::write::path::{fault, key_path};
use trainyard_codec::{Filter, Pipeline};

/// Large enough for disks and codecs; a frame of half a megapixel is a chunk by itself, as readers of images like it.
const CHUNK: u64 = 256 << 10;

/// In direct mode each call rewrites a chunk: a page-sized one costs no more than the call itself.
const DIRECT_CHUNK: u64 = 16 << 10;

#[derive(Clone, Debug)]
pub(super) struct Declared {
    /// as the caller knows it
    pub name: String,
    pub section: Section,
    pub source: String,
    /// index group; empty for CONTROL
    pub group: String,
    /// the key, with slashes: after the group for INSTRUMENT, whole for CONTROL
    pub key: String,
    pub element: ElementType,
    /// shape of one entry
    pub row_shape: Vec<u64>,
    pub row_bytes: usize,
    pub rows_per_chunk: u64,
    pub filters: Vec<Filter>,
    /// of a whole chunk
    pub pipeline: Pipeline,
    pub attributes: Vec<Attribute>,
}

impl Declared {
    /// Fills in parameters; else what is wrong. `source` is the name without alias and parameters.
    pub fn new(
        name: &str,
        dataset: &Dataset,
        source: String,
        parameters: &Parameters,
        options: &SeriesOptions,
    ) -> Result<Self, String> {
        let (section, group, key) = place(&source, &key_path(&dataset.key))?;
        let element = dataset.element;
        let row_shape = shape::resolve(&dataset.shape, parameters)?;
        if !(element.is_number() || matches!(element, ElementType::FixedString(1..))) {
            return Err(format!("entries cannot be of type {element:?}"));
        }
        let row_bytes = shape::bytes(&row_shape, element.size())?;
        let rows_per_chunk = chunk_rows(dataset.chunk_rows, row_bytes as u64, section, options)?;
        let filters = dataset.codec.filters(element.size());
        let pipeline = Pipeline::new(&filters, element.size(), row_bytes * rows_per_chunk as usize)
            .map_err(|error| format!("codec {} cannot be used: {error}", dataset.codec.name()))?;
        let odd = |text: &str| text.contains('\0');
        if dataset.attributes.iter().any(|a| odd(&a.name) || matches!(&a.value, AttributeValue::Text(t) if odd(t))) {
            return Err("an attribute holds a zero byte".into());
        }
        Ok(Declared {
            name: name.into(),
            section,
            source,
            group,
            key,
            element,
            row_shape,
            row_bytes,
            rows_per_chunk,
            filters,
            pipeline,
            attributes: dataset.attributes.clone(),
        })
    }

    /// The group of the key in CONTROL, the dataset itself elsewhere.
    pub fn base(&self) -> String {
        let mut path = format!("{}/{}", self.section.group_name(), self.source);
        for part in [&self.group, &self.key].into_iter().filter(|part| !part.is_empty()) {
            path.push('/');
            path.push_str(part);
        }
        path
    }

    /// The dataset that holds the rows.
    pub fn path(&self) -> String {
        match self.section {
            Section::Control => format!("{}/value", self.base()),
            _ => self.base(),
        }
    }

    /// CONTROL has the attributes of a key on its group, INSTRUMENT on the dataset.
    pub fn dataset_attributes(&self) -> &[Attribute] {
        match self.section {
            Section::Control => &[],
            _ => &self.attributes,
        }
    }

    /// Takes the names of everything that will be written for this dataset.
    pub fn take_names(&self, taken: &mut Paths) -> Result<(), String> {
        match self.section {
            Section::Control => {
                let run = run_paths(&self.source, &self.key);
                let paths: Vec<String> =
                    ["value", "timestamp"].iter().map(|leaf| format!("{}/{leaf}", self.base())).chain(run).collect();
                taken.take(&paths)
            }
            _ => taken.take(&[self.base()]),
        }
    }
}

/// What a RUN value occupies; `key` with dots or slashes.
pub(super) fn run_paths(source: &str, key: &str) -> [String; 2] {
    ["value", "timestamp"].map(|leaf| format!("RUN/{source}/{}/{leaf}", key_path(key)))
}

/// Section, index group and rest of a key.
fn place(source: &str, key: &str) -> Result<(Section, String, String), String> {
    if let Some(why) = fault(source) {
        return Err(format!("`{source}` is no source name: {why}"));
    }
    if let Some(why) = fault(key) {
        return Err(format!("`{key}` is no key: {why}"));
    }
    match source.split_once(':') {
        None => Ok((Section::Control, String::new(), key.into())),
        Some((device, channel)) if device.is_empty() || channel.is_empty() || channel.contains(['/', ':']) => Err(
            format!("`{source}` is no source name: a colon stands between device and channel, as in `A/B/C:output`"),
        ),
        Some(_) => match key.split_once('/') {
            Some((group, rest)) => Ok((Section::Instrument, group.into(), rest.into())),
            None => Err(format!("key `{key}` of an INSTRUMENT source needs an index group, as in `data.{key}`")),
        },
    }
}

/// Rows of a chunk: as asked for, else what fits; CONTROL has no more rows than trains.
fn chunk_rows(asked: Option<u64>, row: u64, section: Section, options: &SeriesOptions) -> Result<u64, String> {
    let size = match options.mode {
        Mode::Buffered => CHUNK,
        Mode::Direct => DIRECT_CHUNK,
    };
    let most = match (section, options.trains_per_file) {
        (Section::Control, Some(trains)) => trains as u64,
        _ => u64::MAX,
    };
    let rows = asked.unwrap_or_else(|| (size / row).min(most).max(1));
    match rows.checked_mul(row) {
        Some(bytes) if bytes > 0 && bytes < LARGEST_CHUNK => Ok(rows),
        _ => Err(format!("{rows} entries of {row} bytes cannot be a chunk: it has to be smaller than 4 GiB")),
    }
}
