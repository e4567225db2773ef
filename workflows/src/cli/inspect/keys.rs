//! Keys: type, shape, how they are stored, what they say of themselves.

use serde::Serialize;
use serde_json::{Map, Value};
use trainyard_codec::Filter;
use trainyard_format::map::{Attribute, AttributeValue, DatasetMap, ElementType, GroupMap, Layout};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyLine {
    pub key: String,
    pub dtype: String,
    /// of one row
    pub shape: Vec<u64>,
    pub rows: u64,
    /// of the first file; `none` for bare data
    pub filters: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filter_parameters: Vec<Parameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<Vec<u64>>,
    pub layout: &'static str,
    pub stored_bytes: u64,
    /// bytes of the values
    pub raw_bytes: u64,
    /// raw over stored; none where nothing is stored
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// `μJ`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
}

/// A filter as the file states it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Parameters {
    pub id: u32,
    pub name: String,
    pub values: Vec<u32>,
    pub optional: bool,
}

impl KeyLine {
    pub fn of(dataset: &DatasetMap, group: &GroupMap) -> Self {
        let mut line = KeyLine {
            key: dataset.key.clone(),
            dtype: dtype(dataset.element, dataset.big_endian),
            shape: dataset.shape.iter().skip(1).copied().collect(),
            rows: 0,
            filters: dataset.filters.iter().map(filter).collect(),
            filter_parameters: dataset.filters.iter().map(parameters).collect(),
            chunk: dataset.chunk().map(<[u64]>::to_vec),
            layout: match dataset.layout {
                Layout::Compact => "compact",
                Layout::Contiguous { .. } => "contiguous",
                Layout::Chunked { .. } => "chunked",
                Layout::Virtual => "virtual",
                Layout::External => "external",
            },
            stored_bytes: 0,
            raw_bytes: 0,
            ratio: None,
            unit: None,
            attributes: attributes(dataset, group),
        };
        line.unit = unit(&line.attributes);
        line.add(dataset);
        line
    }

    /// The same key in another file.
    pub fn add(&mut self, dataset: &DatasetMap) {
        let raw = dataset.row_bytes().unwrap_or(0).saturating_mul(dataset.rows());
        self.rows = self.rows.saturating_add(dataset.rows());
        self.stored_bytes = self.stored_bytes.saturating_add(dataset.stored_bytes);
        self.raw_bytes = self.raw_bytes.saturating_add(raw);
        self.ratio = (self.stored_bytes > 0).then(|| self.raw_bytes as f64 / self.stored_bytes as f64);
    }

    /// `shuffle + deflate, chunks [1, 512, 128]`
    pub fn storage(&self) -> String {
        let mut stored = match self.filters.is_empty() {
            true => self.layout.to_string(),
            false => self.filters.join(" + "),
        };
        if let Some(chunk) = self.chunk.as_ref().filter(|_| !self.shape.is_empty()) {
            stored.push_str(&format!(", chunks {}", shape(chunk)));
        }
        stored
    }
}

/// `[1, 512, 128]`
pub fn shape(numbers: &[u64]) -> String {
    format!("[{}]", numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(", "))
}

/// What the key's group says, over what the dataset does: the files of slow data describe the group.
fn attributes(dataset: &DatasetMap, group: &GroupMap) -> Map<String, Value> {
    let named = |key: &str| group.key_attributes.iter().find(|(name, _)| name == key).map(|(_, own)| own.as_slice());
    let of_group = dataset.key.strip_suffix(".value").and_then(named).unwrap_or_default();
    dataset.attributes.iter().chain(of_group).map(|a| (a.name.clone(), value(a))).collect()
}

fn value(attribute: &Attribute) -> Value {
    fn scalar_or_list<T: Copy>(values: &[T], shape: &[u64]) -> Value
    where
        Value: From<T> + From<Vec<T>>,
    {
        match values {
            [one] if shape.is_empty() => Value::from(*one),
            several => Value::from(several.to_vec()),
        }
    }
    match &attribute.value {
        AttributeValue::Text(text) => Value::from(text.as_str()),
        AttributeValue::Int { values, shape, .. } => scalar_or_list(values, shape),
        AttributeValue::Float { values, shape, .. } => scalar_or_list(values, shape),
    }
}

/// As EXtra-data shows it: the unit's symbol with its prefix.
fn unit(attributes: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| attributes.get(name).and_then(Value::as_str).unwrap_or_default();
    let symbol = text("unitSymbol");
    let prefix = match text("metricPrefixSymbol") {
        "u" => "μ",
        prefix => prefix,
    };
    (!symbol.is_empty()).then(|| format!("{prefix}{symbol}"))
}

fn dtype(element: ElementType, big_endian: bool) -> String {
    let name = match element {
        ElementType::U8 => "u8",
        ElementType::U16 => "u16",
        ElementType::U32 => "u32",
        ElementType::U64 => "u64",
        ElementType::I8 => "i8",
        ElementType::I16 => "i16",
        ElementType::I32 => "i32",
        ElementType::I64 => "i64",
        ElementType::F32 => "f32",
        ElementType::F64 => "f64",
        ElementType::Bool => "bool",
        ElementType::FixedString(length) => return format!("text({length})"),
        ElementType::VarString => "text",
        ElementType::Other(size) => return format!("other({size} bytes)"),
    };
    if big_endian {
        format!("{name} big-endian")
    } else {
        name.into()
    }
}

/// The registered name; bitshuffle says in its fifth value which compressor follows.
fn filter(filter: &Filter) -> String {
    match (filter.id, filter.values.get(4)) {
        (32008, Some(2)) => "bitshuffle-lz4".into(),
        (32008, Some(3)) => "bitshuffle-zstd".into(),
        (id, _) => trainyard_codec::filter_name(id).map_or_else(|| format!("filter {id}"), Into::into),
    }
}

fn parameters(of: &Filter) -> Parameters {
    Parameters { id: of.id, name: filter(of), values: of.values.clone(), optional: of.is_optional() }
}
