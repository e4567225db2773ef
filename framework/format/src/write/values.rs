//! Rows to be written: element type, shape, bytes, attributes, storage.

use crate::map::{Attribute, AttributeValue, ElementType};
use std::borrow::Cow;
use trainyard_codec::{Codec, Filter};

/// Numbers that a dataset can hold.
pub trait Element: Copy {
    const TYPE: ElementType;
    /// Appends the little-endian bytes.
    fn append(self, bytes: &mut Vec<u8>);
}

macro_rules! element {
    ($($number:ty => $variant:ident),*) => {$(
        impl Element for $number {
            const TYPE: ElementType = ElementType::$variant;
            fn append(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

element!(u8 => U8, u16 => U16, u32 => U32, u64 => U64, i8 => I8, i16 => I16, i32 => I32, i64 => I64, f32 => F32, f64 => F64);

/// How rows lie in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Storage {
    /// In one piece, as they are.
    #[default]
    Contiguous,
    /// In chunks of whole rows, each through the filters. An edge chunk is padded with zeros.
    Chunked { rows_per_chunk: u64, filters: Vec<Filter> },
}

impl Storage {
    /// Chunks of about 256 KiB through a named codec; lossless codecs only make sense for numbers.
    pub fn compressed(codec: &Codec, element: ElementType, row_shape: &[u64]) -> Self {
        let element_size = element.size().max(1);
        let row = row_shape.iter().fold(element_size as u64, |bytes, &n| bytes.saturating_mul(n)).max(1);
        let filters = codec.filters(element_size);
        Storage::Chunked { rows_per_chunk: ((256 << 10) / row).max(1), filters }
    }
}

/// Rows of one dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Values<'a> {
    pub element: ElementType,
    /// shape of one row; empty = one number a row
    pub row_shape: &'a [u64],
    /// little-endian, C order
    pub bytes: Cow<'a, [u8]>,
    pub attributes: &'a [Attribute],
    pub storage: Storage,
}

impl<'a> Values<'a> {
    /// Bytes as they will lie in the file.
    pub fn new(element: ElementType, row_shape: &'a [u64], bytes: &'a [u8]) -> Self {
        Values { element, row_shape, bytes: Cow::Borrowed(bytes), attributes: &[], storage: Storage::Contiguous }
    }

    /// Numbers.
    pub fn of<T: Element>(numbers: &[T], row_shape: &'a [u64]) -> Self {
        let mut bytes = Vec::with_capacity(std::mem::size_of_val(numbers));
        numbers.iter().for_each(|number| number.append(&mut bytes));
        Values { element: T::TYPE, row_shape, bytes: Cow::Owned(bytes), attributes: &[], storage: Storage::Contiguous }
    }

    pub fn with_attributes(mut self, attributes: &'a [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }

    pub fn stored(mut self, storage: Storage) -> Self {
        self.storage = storage;
        self
    }

    /// Bytes of one row; `None` when the shape overflows.
    pub(super) fn row_bytes(&self) -> Option<usize> {
        let row = self.row_shape.iter().try_fold(self.element.size() as u64, |bytes, &n| bytes.checked_mul(n))?;
        usize::try_from(row).ok()
    }

    /// Rows in `bytes`; `None` when they do not come out whole. Rows of no bytes cannot be counted.
    pub(super) fn rows(&self) -> Option<u64> {
        match self.row_bytes()? {
            0 => self.bytes.is_empty().then_some(0),
            row if self.bytes.len().is_multiple_of(row) => Some((self.bytes.len() / row) as u64),
            _ => None,
        }
    }
}

/// The attributes that give a key its unit (format 1.3): `unit("momentum transfer", "1/nm", "reciprocal nanometre")`.
///
/// EXtra-data shows `unitSymbol` with `metricPrefixSymbol` before it.
pub fn unit(description: &str, symbol: &str, name: &str) -> Vec<Attribute> {
    let text = |key: &str, value: &str| Attribute { name: key.into(), value: AttributeValue::Text(value.into()) };
    vec![
        text("description", description),
        text("metricPrefixSymbol", ""),
        text("metricPrefixName", ""),
        text("unitSymbol", symbol),
        text("unitName", name),
    ]
}
