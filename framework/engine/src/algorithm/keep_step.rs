//! Steps that let frames go, by columns alone.

use trainyard_format::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    Drop,
    /// dropped because a column it depends on has no value
    NoData,
}

/// The columns that it reads stand in [`super::Needs::columns`].
pub trait KeepStep: Send + Sync {
    /// `columns` by number, `NaN` = no value.
    ///
    /// # Errors
    /// What the step cannot do, in its own words.
    fn verdict(&self, columns: &[f64]) -> Result<Verdict>;
    /// The condition as text, for the fate table: `lit`.
    fn condition(&self) -> String;
}
