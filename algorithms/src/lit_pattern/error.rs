//! Why lit frames cannot be found.

use super::SLOTS;

/// The input does not describe a train, or the run cannot be handled.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LitPatternError {
    /// A recorded or configured value makes no sense.
    #[error("`{name}` is {found}, expected {expected}")]
    Value {
        /// Name of the value in the data or the workflow.
        name: &'static str,
        /// What was found.
        found: String,
        /// What is possible.
        expected: String,
    },
    /// The bunch pattern table has the wrong length.
    #[error("the bunch pattern has {found} slots, expected {SLOTS}")]
    BunchPattern {
        /// Length found.
        found: usize,
    },
    /// The XGM has no value for a pulse of the bunch pattern.
    #[error("the XGM has {values} values of `{name}`, but pulse {pulse} of the bunch pattern needs one")]
    Xgm {
        /// Which array.
        name: &'static str,
        /// Its length.
        values: usize,
        /// Index of the pulse among those that reach the XGM.
        pulse: usize,
    },
    /// An X-ray run without a bunch pattern.
    #[error("the train has no bunch pattern, and the detector's pattern is `XRay`\nhint: name the time server's source with `bunch-pattern`")]
    NoBunchPattern,
}

impl LitPatternError {
    pub(super) fn value(name: &'static str, found: impl std::fmt::Display, expected: impl Into<String>) -> Self {
        Self::Value { name, found: found.to_string(), expected: expected.into() }
    }
}
