//! Where plug-ins are looked for, and which one has a filter.
//!
//! As in HDF5: the folders of `HDF5_PLUGIN_PATH`, divided by `:`, or HDF5's own folder where it
//! is not set; none when `HDF5_PLUGIN_PRELOAD` is `::`. A plug-in does not say in its file name
//! which filter it has, so libraries must be loaded to be asked; those that carry the usual
//! name of the filter come first, the others in the order of their names.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Library;
use crate::Error;

/// `H5PL_DEFAULT_PATH` on Unix.
const DEFAULT_FOLDER: &str = "/usr/local/hdf5/lib/plugin";

/// What the libraries of the common filters are called, in part.
const USUAL_NAMES: [(u32, &str); 10] = [
    (307, "bz"),
    (32001, "blosc"),
    (32004, "lz4"),
    (32008, "bshuf"),
    (32013, "zfp"),
    (32015, "zstd"),
    (32017, "sz"),
    (32024, "sz3"),
    (32026, "blosc2"),
    (32028, "sperr"),
];

/// The filter plug-ins of this site; a handle, cheap to clone.
///
/// Having one is to say: the code in these folders and the chunks it will be given are trusted.
#[derive(Clone, Debug, Default)]
pub struct Plugins(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    folders: Vec<PathBuf>,
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    /// By the path, loaded or refused.
    tried: BTreeMap<PathBuf, Result<Arc<Library>, String>>,
}

impl Plugins {
    /// Those that HDF5 would find.
    pub fn from_environment() -> Self {
        if std::env::var_os("HDF5_PLUGIN_PRELOAD").is_some_and(|value| value == OsStr::new("::")) {
            return Self::default();
        }
        let folders = match std::env::var_os("HDF5_PLUGIN_PATH") {
            Some(path) => std::env::split_paths(&path).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => vec![PathBuf::from(DEFAULT_FOLDER)],
        };
        Self::in_folders(folders)
    }

    /// Those in `folders`, in that order.
    pub fn in_folders(folders: Vec<PathBuf>) -> Self {
        Self(Arc::new(Inner { folders, found: Mutex::default() }))
    }

    /// Whether there is a plug-in for filter `id`. Loads libraries to find out.
    pub fn has(&self, id: u32) -> bool {
        self.find(id).is_ok()
    }

    /// As [`has`](Self::has), and if not what to do about it.
    ///
    /// # Errors
    /// [`Error::UnknownFilter`] with its name and a remedy.
    pub fn check(&self, id: u32) -> Result<(), Error> {
        self.find(id).map(drop)
    }

    /// The plug-in with filter `id`, loaded once.
    ///
    /// # Errors
    /// [`Error::UnknownFilter`], with the folders and what was wrong with libraries there.
    pub(crate) fn find(&self, id: u32) -> Result<Arc<Library>, Error> {
        let Inner { folders, found } = &*self.0;
        // A panic while it was held left at most an entry missing.
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        let loaded = |library: &&Arc<Library>| library.id() == id;
        for folder in folders {
            let paths = candidates(folder, id);
            let known = paths.iter().filter_map(|path| found.tried.get(path)?.as_ref().ok()).find(loaded);
            if let Some(library) = known {
                return Ok(library.clone());
            }
            for path in paths {
                if found.tried.contains_key(&path) {
                    continue;
                }
                let library = Library::open(&path).map(Arc::new);
                let entry = found.tried.entry(path).or_insert(library);
                if let Some(library) = entry.as_ref().ok().filter(loaded) {
                    return Ok(library.clone());
                }
            }
        }
        Err(missing(id, folders, &found))
    }
}

/// The shared libraries in `folder`, the likely ones for filter `id` first.
fn candidates(folder: &Path, id: u32) -> Vec<PathBuf> {
    let usual = USUAL_NAMES.iter().find(|(of, _)| *of == id).map(|(_, name)| *name);
    let Ok(entries) = std::fs::read_dir(folder) else { return vec![] };
    let mut libraries: Vec<(bool, PathBuf)> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| is_library(path))
        .map(|path| (!usual.is_some_and(|name| file_name(&path).contains(name)), path))
        .collect();
    libraries.sort();
    libraries.into_iter().map(|(_, path)| path).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `libX.so` and `libX.so.1`, or what the platform has.
fn is_library(path: &Path) -> bool {
    let name = file_name(path);
    let extension = std::env::consts::DLL_SUFFIX;
    name.ends_with(extension) || name.contains(&format!("{extension}."))
}

fn missing(id: u32, folders: &[PathBuf], found: &Found) -> Error {
    let folders: Vec<String> = folders.iter().map(|folder| format!("`{}`", folder.display())).collect();
    let mut looked = match folders.as_slice() {
        [] => "plug-ins are turned off".to_owned(),
        folders => format!("no plug-in with it in {}", folders.join(", ")),
    };
    for (path, reason) in &found.tried {
        if let Err(reason) = reason {
            looked.push_str(&format!("; `{}`: {reason}", path.display()));
        }
    }
    Error::UnknownFilter {
        id,
        name: crate::registry::name(id).unwrap_or("unnamed").to_owned(),
        remedy: format!("{looked}; {}", crate::registry::FIND_A_PLUGIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plugin_is_told() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("libh5sz3.so"), b"no library")?;
        std::fs::write(folder.path().join("README"), b"")?;
        let plugins = Plugins::in_folders(vec![folder.path().to_owned(), "/nowhere".into()]);
        for _ in 0..2 {
            let told = plugins.find(32024).err().map(|e| e.to_string()).unwrap_or_default();
            assert!(told.contains("32024 (`sz3`)") && told.contains("`/nowhere`"), "{told}");
            assert!(told.contains("libh5sz3.so`: ") && !told.contains("README"), "{told}");
        }
        assert!(!plugins.has(32024));
        let off = Plugins::default().find(32013).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(off.contains("plug-ins are turned off"), "{off}");
        Ok(())
    }

    #[test]
    fn the_usual_name_comes_first() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        for name in ["liba.so", "libh5sz3.so", "libh5blosc2.so.2", "libz.a"] {
            std::fs::write(folder.path().join(name), b"")?;
        }
        let names = |id| candidates(folder.path(), id).iter().map(|path| file_name(path)).collect::<Vec<_>>();
        assert_eq!(names(32024), ["libh5sz3.so", "liba.so", "libh5blosc2.so.2"]);
        assert_eq!(names(32026), ["libh5blosc2.so.2", "liba.so", "libh5sz3.so"]);
        assert_eq!(names(1), ["liba.so", "libh5blosc2.so.2", "libh5sz3.so"]);
        Ok(())
    }
}
