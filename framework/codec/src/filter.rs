//! One entry of an HDF5 filter pipeline.
//!
//! Source: HDF5 file format specification 3.0, IV.A.2.l "Data Storage - Filter Pipeline
//! message": filter number, flags, client data values, name.

/// One entry of an HDF5 filter pipeline as the file states it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Filter {
    /// The registered filter number.
    pub id: u32,
    /// Bit 0: the filter is optional, a chunk may be stored without it.
    pub flags: u32,
    /// Client data values: the filter's parameters.
    pub values: Vec<u32>,
    /// The name in the file, often empty.
    pub name: String,
}

impl Filter {
    /// Bit 0 of `flags`.
    pub(crate) const OPTIONAL: u32 = 1;

    /// Whether a chunk may be stored without this filter.
    pub fn is_optional(&self) -> bool {
        self.flags & Self::OPTIONAL != 0
    }
}
