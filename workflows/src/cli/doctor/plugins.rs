//! HDF5 filters that are not built in: plug-ins that `HDF5_PLUGIN_PATH` names.

use super::finding::Finding;
use trainyard_codec::Plugins;

const WHAT: &str = "filter plug-ins";
/// Filters seen in the field that are not ours, by their registered numbers.
const ASKED: [(u32, &str); 8] = [
    (307, "bzip2"),
    (32001, "blosc"),
    (32013, "zfp"),
    (32017, "sz"),
    (32018, "fcidecomp"),
    (32024, "sz3"),
    (32026, "blosc2"),
    (32028, "sperr"),
];
const ADVICE: &str =
    "needed for filters that are not built in (sz3, blosc, zfp): let HDF5_PLUGIN_PATH name a folder that has them; \
that of hdf5plugin: python -c 'import hdf5plugin; print(hdf5plugin.PLUGIN_PATH)'";

pub fn plugins() -> Finding {
    let Some(path) = std::env::var_os("HDF5_PLUGIN_PATH") else {
        return Finding::not(WHAT, "HDF5_PLUGIN_PATH is not set", ADVICE);
    };
    if std::env::var_os("HDF5_PLUGIN_PRELOAD").is_some_and(|value| value == "::") {
        return Finding::not(WHAT, "HDF5_PLUGIN_PRELOAD turns plug-ins off", "unset it where plug-ins are wanted");
    }
    let folders: Vec<_> = std::env::split_paths(&path).filter(|folder| !folder.as_os_str().is_empty()).collect();
    if let Some((folder, error)) = folders.iter().find_map(|folder| Some((folder, std::fs::read_dir(folder).err()?))) {
        return match error.kind() {
            std::io::ErrorKind::NotFound => {
                Finding::not(WHAT, format!("there is no folder {}", folder.display()), ADVICE)
            }
            _ => Finding::could_not_tell(WHAT, format!("failed to look into {}: {error}", folder.display())),
        };
    }
    let plugins = Plugins::from_environment();
    let found: Vec<&str> = ASKED.iter().filter(|(id, _)| plugins.has(*id)).map(|(_, name)| *name).collect();
    let named = path.to_string_lossy();
    match found.is_empty() {
        true => Finding::not(WHAT, format!("none of the usual ones in {named}"), ADVICE),
        false => Finding::ok(WHAT, format!("{} in {named}", found.join(", "))),
    }
}
