//! One dataset: type, shape, layout, filters, attributes.

use serde::{Deserialize, Serialize};
use trainyard_codec::Filter;

/// Element types as EuXFEL files use them. Little-endian in the file unless `big_endian` is set in [`DatasetMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ElementType {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    /// HDF5 enum FALSE/TRUE over i8, as h5py writes bool
    Bool,
    /// fixed-length string of that many bytes
    FixedString(u32),
    /// variable-length string
    VarString,
    /// anything else (compound, array, opaque, reference, vlen sequences), with its size in bytes; copied, never computed with
    Other(u32),
}

impl ElementType {
    /// Bytes of one element in the file; 16 for variable-length strings (their heap reference).
    pub fn size(self) -> usize {
        match self {
            ElementType::U8 | ElementType::I8 | ElementType::Bool => 1,
            ElementType::U16 | ElementType::I16 => 2,
            ElementType::U32 | ElementType::I32 | ElementType::F32 => 4,
            ElementType::U64 | ElementType::I64 | ElementType::F64 => 8,
            ElementType::FixedString(n) | ElementType::Other(n) => n as usize,
            ElementType::VarString => 16,
        }
    }

    /// Fixed or variable length.
    pub fn is_text(self) -> bool {
        matches!(self, ElementType::VarString | ElementType::FixedString(_))
    }

    pub fn is_number(self) -> bool {
        !matches!(self, ElementType::FixedString(_) | ElementType::VarString | ElementType::Other(_))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Layout {
    Compact,
    /// `offset` is the absolute byte in the file (user block added); none while unallocated
    Contiguous {
        offset: Option<u64>,
    },
    Chunked {
        chunk: Vec<u64>,
    },
    Virtual,
    External,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: String,
    pub value: AttributeValue,
}

/// Attribute values that the format uses; others are left out of the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// a scalar string, fixed or variable in the file
    Text(String),
    /// integers with their shape (empty shape: scalar) and element type
    Int {
        values: Vec<i64>,
        shape: Vec<u64>,
        element: ElementType,
    },
    Float {
        values: Vec<f64>,
        shape: Vec<u64>,
        element: ElementType,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetMap {
    /// key inside the group with dots: `image.data` has `data` in group `image`; for CONTROL `pulseEnergy.photonFlux.value`
    pub key: String,
    /// absolute HDF5 path; needed because a key may itself contain a dot
    pub path: String,
    pub element: ElementType,
    pub big_endian: bool,
    pub shape: Vec<u64>,
    /// `u64::MAX` = unlimited
    pub max_shape: Vec<u64>,
    pub layout: Layout,
    pub filters: Vec<Filter>,
    pub attributes: Vec<Attribute>,
    /// bytes allocated in the file; 0 in a map made to judge the file
    pub stored_bytes: u64,
}

impl DatasetMap {
    /// Rows: the first dimension, 0 for a scalar dataset.
    pub fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Shape of one row; empty for a scalar dataset.
    pub fn row_shape(&self) -> &[u64] {
        self.shape.get(1..).unwrap_or_default()
    }

    /// Elements of one row; `None` when the shape overflows.
    pub fn row_elements(&self) -> Option<u64> {
        self.shape.iter().skip(1).try_fold(1u64, |n, &d| n.checked_mul(d))
    }

    /// Bytes of one row as read into memory.
    pub fn row_bytes(&self) -> Option<u64> {
        self.row_elements()?.checked_mul(self.element.size() as u64)
    }

    pub fn chunk(&self) -> Option<&[u64]> {
        match &self.layout {
            Layout::Chunked { chunk } => Some(chunk),
            _ => None,
        }
    }
}
