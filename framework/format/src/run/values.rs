//! Values of a key as numbers, and RUN values.

use super::rows::GroupRows;
use super::view::Run;
use crate::error::{Error, Place, Result};
use crate::map::ElementType;
use crate::opener::OpenerPool;

/// Numbers of one key by train, as f64 (integers above 2^53 lose their last digits).
#[derive(Clone, Debug, PartialEq)]
pub struct KeyValues {
    /// trains that have rows, by id
    pub trains: Vec<u64>,
    /// rows of train `t` are `starts[t]..starts[t + 1]`
    pub starts: Vec<usize>,
    /// shape of one row; empty for scalars
    pub row_shape: Vec<u64>,
    /// row after row
    pub values: Vec<f64>,
}

impl KeyValues {
    fn row_length(&self) -> usize {
        self.row_shape.iter().fold(1usize, |product, &length| product.saturating_mul(length as usize))
    }

    /// All rows of a train; `None`: it has none.
    pub fn of_train(&self, train: u64) -> Option<&[f64]> {
        let found = self.trains.binary_search(&train).ok()?;
        let (start, end) = (self.starts.get(found)?, self.starts.get(found + 1)?);
        self.values.get(start.saturating_mul(self.row_length())..end.saturating_mul(self.row_length()))
    }

    /// The first number of a train.
    pub fn scalar(&self, train: u64) -> Option<f64> {
        self.of_train(train)?.first().copied()
    }
}

/// A value that holds for the whole run.
#[derive(Clone, Debug, PartialEq)]
pub enum RunValue {
    Number(f64),
    Numbers(Vec<f64>),
    Text(String),
    Texts(Vec<String>),
}

impl RunValue {
    pub fn number(&self) -> Option<f64> {
        match self {
            RunValue::Number(value) => Some(*value),
            RunValue::Numbers(values) => values.first().copied(),
            RunValue::Text(_) | RunValue::Texts(_) => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            RunValue::Text(text) => Some(text),
            RunValue::Texts(texts) => texts.first().map(String::as_str),
            RunValue::Number(_) | RunValue::Numbers(_) => None,
        }
    }
}

impl Run {
    /// Numbers of a key for all trains that have rows.
    ///
    /// # Errors
    /// As [`group_rows`](Run::group_rows); a key that holds no numbers.
    pub fn values(&self, source: &str, key: &str, pool: &OpenerPool) -> Result<KeyValues> {
        self.values_of(source, key, &self.train_ids(), pool)
    }

    /// The same for the trains asked for.
    ///
    /// # Errors
    /// As [`values`](Run::values).
    pub fn values_of(&self, source: &str, key: &str, trains: &[u64], pool: &OpenerPool) -> Result<KeyValues> {
        let rows = self.group_rows(source, key, trains, pool)?;
        let values = numbers(rows.element, &rows.bytes).ok_or_else(|| {
            let text = format!("key `{key}` of `{source}` holds no numbers");
            Error::request(text, Place::default().source(format!("{source}/{key}")))
        })?;
        let GroupRows { trains, starts, row_shape, .. } = rows;
        Ok(KeyValues { trains, starts, row_shape, values })
    }

    /// A value of RUN from the first file that has it: a number or text, or several when it has further dimensions.
    ///
    /// # Errors
    /// `Request` with the nearest name when there is no such source or key.
    pub fn run_value(&self, source: &str, key: &str, pool: &OpenerPool) -> Result<RunValue> {
        let (file, dataset) = self.run_key(source, key)?;
        let place = || {
            let place = self.files.get(file).map(|file| Place::file(&file.path)).unwrap_or_default();
            place.source(format!("{source}/{key}"))
        };
        let path = self.files.get(file).map(|file| file.path.clone()).unwrap_or_default();
        let scalar = dataset.shape.len() <= 1;
        let ranges = [(0, 1)];
        if matches!(dataset.element, ElementType::FixedString(_) | ElementType::VarString) {
            let mut texts = pool.strings(&path, &dataset.path, &ranges)?;
            return match texts.pop() {
                Some(text) if scalar && texts.is_empty() => Ok(RunValue::Text(text)),
                Some(text) => {
                    texts.push(text);
                    Ok(RunValue::Texts(texts))
                }
                None => Ok(RunValue::Texts(texts)),
            };
        }
        let rows = pool.rows(&path, &dataset.path, &ranges)?;
        let values = numbers(rows.element, &rows.bytes)
            .ok_or_else(|| Error::request("the value is neither a number nor text", place()))?;
        match values.first() {
            Some(&value) if scalar => Ok(RunValue::Number(value)),
            _ => Ok(RunValue::Numbers(values)),
        }
    }
}

/// Little-endian numbers as f64; `None` for other elements.
pub(crate) fn numbers(element: ElementType, bytes: &[u8]) -> Option<Vec<f64>> {
    macro_rules! decode {
        ($type:ty) => {
            bytes
                .chunks_exact(std::mem::size_of::<$type>())
                .map(|bytes| bytes.try_into().map(<$type>::from_le_bytes).unwrap_or_default() as f64)
                .collect()
        };
    }
    Some(match element {
        ElementType::U8 | ElementType::Bool => decode!(u8),
        ElementType::U16 => decode!(u16),
        ElementType::U32 => decode!(u32),
        ElementType::U64 => decode!(u64),
        ElementType::I8 => decode!(i8),
        ElementType::I16 => decode!(i16),
        ElementType::I32 => decode!(i32),
        ElementType::I64 => decode!(i64),
        ElementType::F32 => decode!(f32),
        ElementType::F64 => decode!(f64),
        ElementType::FixedString(_) | ElementType::VarString | ElementType::Other(_) => return None,
    })
}

/// Little-endian unsigned integers; `None` for other elements.
pub(crate) fn numbers_u64(element: ElementType, bytes: &[u8]) -> Option<Vec<u64>> {
    let size = match element {
        ElementType::U8 | ElementType::U16 | ElementType::U32 | ElementType::U64 => element.size(),
        _ => return None,
    };
    let value = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |value, &byte| value << 8 | u64::from(byte));
    Some(bytes.chunks_exact(size).map(value).collect())
}
