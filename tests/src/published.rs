//! What stands in an output folder: every file but those that may differ between two runs of the same plan.

use std::collections::BTreeMap;
use std::path::Path;

/// Names that say how the run went, not what came out; the last is what EXtra-data leaves in a folder it opens.
const MAY_DIFFER: [&str; 7] =
    ["timing.json", "log", "job", ".trainyard", "report.html", "report.json", "karabo_data_map.json"];

#[derive(Clone, PartialEq, Eq)]
pub struct Published(pub BTreeMap<String, Vec<u8>>);

/// # Panics
/// When the folder cannot be read.
#[track_caller]
pub fn published(folder: &Path) -> Published {
    let mut files = BTreeMap::new();
    add(&mut files, folder, "");
    Published(files)
}

/// With what stands in folders inside of it, as `FOLDER/NAME`.
#[track_caller]
fn add(files: &mut BTreeMap<String, Vec<u8>>, folder: &Path, before: &str) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("failed to read {}: {e}", folder.display())) {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if !MAY_DIFFER.contains(&name.as_str()) {
            let path = entry.path();
            if path.is_dir() {
                add(files, &path, &format!("{before}{name}/"));
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("failed to read {}: {e}", path.display()));
            files.insert(format!("{before}{name}"), bytes);
        }
    }
}

impl Published {
    /// Ends the test at the first byte that differs.
    #[track_caller]
    pub fn same_as(&self, other: &Published, what: &str) {
        let names = |p: &Published| p.0.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(other), "{what}: other files");
        for (name, bytes) in &self.0 {
            let others = &other.0[name];
            if bytes != others {
                let first = bytes.iter().zip(others).position(|(a, b)| a != b).unwrap_or(bytes.len().min(others.len()));
                panic!("{what}: {name} differs from byte {first} on ({} and {} bytes)", bytes.len(), others.len());
            }
        }
    }
}
