//! What can go wrong, by who must act: whoever installs filters, whoever keeps the file, and
//! whoever asked for a pipeline that cannot be built.

/// Why a pipeline could not be built or a chunk not decoded or encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file names a filter that this crate does not know.
    #[error("unknown HDF5 filter {id} (`{name}`)\nhint: {remedy}")]
    UnknownFilter {
        /// The registered filter number.
        id: u32,
        /// Its name, from the file or from the registry of filters.
        name: String,
        /// What the owner of the file can do.
        remedy: String,
    },
    /// The bytes are not a chunk of this pipeline.
    #[error("damaged chunk: {what}")]
    Damaged {
        /// What was expected and what was found.
        what: String,
    },
    /// The filter is known, but not with these parameters.
    #[error("unsupported filter parameters: {what}")]
    Unsupported {
        /// The filter and the parameter.
        what: String,
    },
}

impl Error {
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::Damaged { what: what.into() }
    }

    pub(crate) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into() }
    }
}
