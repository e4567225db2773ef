//! What a series of files will hold: aliases of sources, and datasets by name.

use super::Dataset;

/// A declaration, built once and used for any number of series. Nothing is checked before
/// [`SeriesWriter::create`](super::SeriesWriter::create), which reports all mistakes at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    pub(super) aliases: Vec<(String, String)>,
    /// in order of declaration, which is their order in the file
    pub(super) datasets: Vec<(String, Dataset)>,
}

impl Layout {
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `@name` a source: `alias("res", "{det_name}/x/y:output")`.
    #[must_use]
    pub fn alias(mut self, name: &str, source: &str) -> Self {
        self.aliases.push((name.into(), source.into()));
        self
    }

    /// Declares a dataset, known to the writer's methods as `name`.
    #[must_use]
    pub fn dataset(mut self, name: &str, dataset: Dataset) -> Self {
        self.datasets.push((name.into(), dataset));
        self
    }
}
