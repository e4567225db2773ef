//! The filters this crate knows, one line each, and the names of those it does not.
//!
//! Numbers: the HDF Group's list of registered filters.

use crate::chunk_filter::{ChunkFilter, ChunkShape};
use crate::filters::{bitshuffle, deflate, fletcher32, lz4, shuffle, sz3, zstandard};
use crate::plugin::{self, Plugins};
use crate::{Error, Filter};

type Build = fn(&Filter, ChunkShape) -> Result<Box<dyn ChunkFilter>, Error>;
type BuildTrusted = fn(&Filter, ChunkShape, &Plugins) -> Result<Box<dyn ChunkFilter>, Error>;

/// Number, name, constructor.
const KNOWN: &[(u32, &str, Build)] = &[
    (deflate::ID, "deflate", deflate::build),
    (shuffle::ID, "shuffle", shuffle::build),
    (fletcher32::ID, "fletcher32", fletcher32::build),
    (lz4::ID, "lz4", lz4::build),
    (bitshuffle::ID, "bitshuffle", bitshuffle::build),
    (zstandard::ID, "zstd", zstandard::build),
];

/// Filters that run only where plug-ins are trusted.
const TRUSTED: &[(u32, BuildTrusted)] = &[(sz3::ID, sz3::build)];

/// Filters met in the field that are not decoded here without a plug-in, named for messages.
const NAMES: &[(u32, &str)] = &[
    (4, "szip"),
    (5, "nbit"),
    (6, "scaleoffset"),
    (305, "lzo"),
    (307, "bzip2"),
    (32000, "lzf"),
    (32001, "blosc"),
    (32002, "mafisc"),
    (32003, "snappy"),
    (32005, "apax"),
    (32006, "cbf"),
    (32007, "jpeg-xr"),
    (32009, "spdp"),
    (32010, "lpc-rice"),
    (32011, "ccsds-123"),
    (32012, "jpeg-ls"),
    (32013, "zfp"),
    (32014, "fpzip"),
    (32016, "b3d"),
    (32017, "sz"),
    (32018, "fcidecomp"),
    (32019, "jpeg"),
    (32020, "vbz"),
    (32021, "fapec"),
    (32022, "bitgroom"),
    (32023, "bitround"),
    (32024, "sz3"),
    (32025, "delta-rice"),
    (32026, "blosc2"),
    (32027, "flac"),
    (32028, "sperr"),
];

/// Builds the filter that `entry` describes: ours, or where plug-ins are trusted that of a
/// plug-in.
///
/// # Errors
/// [`Error::UnknownFilter`], or what the filter finds wrong with its parameters.
pub(crate) fn build(
    entry: &Filter,
    shape: ChunkShape,
    plugins: Option<&Plugins>,
) -> Result<Box<dyn ChunkFilter>, Error> {
    if let Some((_, _, build)) = KNOWN.iter().find(|(id, ..)| *id == entry.id) {
        return build(entry, shape);
    }
    let Some(plugins) = plugins else { return Err(unknown(entry)) };
    match TRUSTED.iter().find(|(id, _)| *id == entry.id) {
        Some((_, build)) => build(entry, shape, plugins),
        None => plugin::build(entry, shape, plugins),
    }
}

/// The registered name of filter `id`.
pub fn name(id: u32) -> Option<&'static str> {
    let known = KNOWN.iter().map(|(id, name, _)| (*id, *name));
    known.chain(NAMES.iter().copied()).find(|(of, _)| *of == id).map(|(_, name)| name)
}

/// Where a filter that is not built in comes from.
pub const FIND_A_PLUGIN: &str = "set HDF5_PLUGIN_PATH to a folder that has it (that of the Python package hdf5plugin: \
                                 `python -c 'import hdf5plugin; print(hdf5plugin.PLUGIN_PATH)'`)";

fn unknown(entry: &Filter) -> Error {
    let name = match (name(entry.id), entry.name.as_str()) {
        (Some(name), _) => name,
        (None, "") => "unnamed",
        (None, name) => name,
    };
    let known: Vec<&str> = KNOWN.iter().map(|(_, name, _)| *name).collect();
    Error::UnknownFilter {
        id: entry.id,
        name: name.to_owned(),
        remedy: format!("{FIND_A_PLUGIN}; or store the dataset with one of {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_unique() {
        let mut ids: Vec<u32> = KNOWN.iter().map(|k| k.0).chain(NAMES.iter().map(|n| n.0)).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "{ids:?}");
    }

    #[test]
    fn an_unknown_filter_is_named_with_a_remedy() {
        let shape = ChunkShape { element_size: 2, chunk_bytes: 16 };
        let entry = |id, name: &str| Filter { id, flags: 0, values: vec![], name: name.into() };
        let text = |id, name: &str| build(&entry(id, name), shape, None).err().map(|e| e.to_string());
        let zfp = text(32013, "H5Z-ZFP-1.0").unwrap_or_default();
        assert!(zfp.starts_with("unknown HDF5 filter 32013 (`zfp`)\nhint: "), "{zfp}");
        let own = text(40000, "house").unwrap_or_default();
        assert!(own.contains("40000 (`house`)") && own.contains("bitshuffle"), "{own}");
    }
}
