//! The numbers that a lossy codec can be given: those of numpy, little-endian.

/// The type of one pixel, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Element {
    F32,
    F64,
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
}

impl Element {
    /// Every one, in the order of SZ3's type numbers.
    pub const ALL: [Self; 10] =
        [Self::F32, Self::F64, Self::U8, Self::I8, Self::U16, Self::I16, Self::U32, Self::I32, Self::U64, Self::I64];

    /// Bytes of one.
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 | Self::U32 | Self::I32 => 4,
            Self::F64 | Self::U64 | Self::I64 => 8,
        }
    }

    /// Whether it can be NaN or infinite.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}
