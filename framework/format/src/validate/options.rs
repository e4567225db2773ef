//! What to look at.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// also read and decode every chunk
    pub deep: bool,
}
