//! Which filters the run uses, and who can undo them here.

use serde::Serialize;
use std::collections::BTreeMap;
use trainyard_codec::{Error, Filter, Pipeline, Plugins};
use trainyard_format::run::Run;

/// Undone by the bundled HDF5 library: n-bit and scale-offset.
const OF_HDF5: [u32; 2] = [5, 6];

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilterLine {
    pub id: u32,
    /// registered, or as the file calls it
    pub name: String,
    /// datasets that use it
    pub datasets: usize,
    /// one of them: file and path
    pub example: String,
    /// `trainyard`, `HDF5`, `plug-in`, or `nobody`
    pub read_by: &'static str,
    /// what to do where nobody reads it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// By number.
pub fn filters(run: &Run) -> Vec<FilterLine> {
    let plugins = Plugins::from_environment();
    let mut found: BTreeMap<u32, FilterLine> = BTreeMap::new();
    for file in &run.files {
        let groups = file.sources.iter().flat_map(|source| &source.groups);
        let datasets = groups.flat_map(|g| &g.datasets).chain(file.sources.iter().flat_map(|s| &s.run_values));
        for dataset in datasets {
            for filter in &dataset.filters {
                let line = found.entry(filter.id).or_insert_with(|| {
                    let name = file.path.file_name().unwrap_or_default().to_string_lossy();
                    line(filter, &plugins, format!("{name}: {}", dataset.path))
                });
                line.datasets += 1;
            }
        }
    }
    found.into_values().collect()
}

fn line(filter: &Filter, plugins: &Plugins, example: String) -> FilterLine {
    let named = |name: &str| match (trainyard_codec::filter_name(filter.id), name) {
        (Some(registered), _) => registered.to_string(),
        (None, "") => "unnamed".into(),
        (None, own) => own.into(),
    };
    // only whether the filter is known is asked: its parameters are judged where pixels are read
    let ours = !matches!(Pipeline::new(std::slice::from_ref(filter), 1, 1), Err(Error::UnknownFilter { .. }));
    let (read_by, remedy) = match (ours, OF_HDF5.contains(&filter.id)) {
        (true, _) => ("trainyard", None),
        (_, true) => ("HDF5", None),
        _ => match plugins.check(filter.id) {
            Ok(()) => ("plug-in", None),
            Err(Error::UnknownFilter { remedy, .. }) => ("nobody", Some(remedy)),
            Err(other) => ("nobody", Some(other.to_string())),
        },
    };
    FilterLine { id: filter.id, name: named(&filter.name), datasets: 0, example, read_by, remedy }
}
