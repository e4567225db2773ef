//! Filters for libhdf5: those that the codec crate decodes, and plug-ins of the site, so that what one path reads every path does.
//!
//! libhdf5 brings deflate, shuffle, fletcher32, nbit and scaleoffset along. The others that we decode are registered with it by
//! [`register_filters`], in the processes that look into files. They only decode: what is written goes into files as chunks that
//! are ready made. A registered filter has no name here, because HDF5 would write that name into every file it creates.
//!
//! A process that creates datasets must not load plug-ins into HDF5: they rewrite filter parameters. There a plug-in is called by
//! the codec crate instead, behind a registered filter of ours with its number.

use super::handle::{check, clear, locked, Failure};
use super::spec::pipeline;
use super::Dataset;
use crate::error::{Error, Place};
use hdf5_sys::h5::{H5allocate_memory, H5free_memory};
use hdf5_sys::h5z::{H5Z_class2_t, H5Z_filter_t, H5Z_func_t, H5Zfilter_avail, H5Zregister};
use std::os::raw::{c_int, c_uint, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Once, OnceLock};
use trainyard_codec::{decode_alone, Filter, Plugins};

/// `H5Z_CLASS_T_VERS`.
const CLASS_VERSION: c_int = 1;
/// `H5Z_FLAG_REVERSE`: decode.
const REVERSE: c_uint = 0x0100;

/// A function of its own for every number: libhdf5 does not tell a filter which one it is.
macro_rules! functions {
    ($($id:literal)*) => { &[$(($id, Some(run::<$id>))),*] };
}

/// LZ4, bitshuffle and Zstandard.
const OURS: &[(u32, H5Z_func_t)] = functions![32004 32008 32015];

/// Registered numbers that a plug-in may have.
const OF_PLUGINS: &[(u32, H5Z_func_t)] = functions![
    305 307 32000 32001 32002 32003 32005 32006 32007 32009 32010 32011 32012 32013 32014 32016 32017 32018 32019 32020
    32021 32022 32023 32024 32025 32026 32027 32028 32029 32030 32031 32032
];

unsafe extern "C" fn run<const ID: u32>(
    flags: c_uint,
    count: usize,
    values: *const c_uint,
    bytes: usize,
    room: *mut usize,
    buffer: *mut *mut c_void,
) -> usize {
    if flags & REVERSE == 0 {
        return 0;
    }
    // SAFETY: libhdf5 gives `count` values and a buffer of `bytes` bytes.
    let (values, stored) = unsafe {
        let values = if count == 0 { Vec::new() } else { std::slice::from_raw_parts(values, count).to_vec() };
        (values, std::slice::from_raw_parts((*buffer).cast::<u8>(), bytes))
    };
    let filter = Filter { id: ID, flags: 0, values, name: String::new() };
    let decoded = catch_unwind(AssertUnwindSafe(|| decode_alone(&filter, stored, plugins())));
    let Ok(Ok(decoded)) = decoded else { return 0 };
    // SAFETY: the new buffer has room for what is copied; the old one is the library's own, and given back.
    unsafe {
        let new = H5allocate_memory(decoded.len().max(1), 0u8 as _);
        if new.is_null() {
            return 0;
        }
        std::ptr::copy_nonoverlapping(decoded.as_ptr(), new.cast::<u8>(), decoded.len());
        H5free_memory(*buffer);
        *buffer = new;
        *room = decoded.len();
    }
    decoded.len()
}

fn plugins() -> &'static Plugins {
    static PLUGINS: OnceLock<Plugins> = OnceLock::new();
    PLUGINS.get_or_init(Plugins::from_environment)
}

fn register(id: u32, function: H5Z_func_t) -> Result<(), Failure> {
    let class = H5Z_class2_t {
        version: CLASS_VERSION,
        id: id as H5Z_filter_t,
        // without it HDF5 refuses to create datasets that name the filter
        encoder_present: 1,
        decoder_present: 1,
        name: std::ptr::null(),
        can_apply: None,
        set_local: None,
        filter: function,
    };
    // SAFETY: a valid record, which the library copies.
    check(unsafe { H5Zregister(std::ptr::from_ref(&class).cast()) })
}

/// Lets libhdf5 read, in this process, what our codecs decode.
pub fn register_filters() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        locked(|| {
            for &(id, function) in OURS {
                if register(id, function).is_err() {
                    clear();
                }
            }
        });
    });
}

/// Whether libhdf5 has the filter. Call under the lock.
fn is_there(id: u32) -> bool {
    // SAFETY: a plain number.
    let found = unsafe { H5Zfilter_avail(id as H5Z_filter_t) };
    if found < 0 {
        clear();
    }
    found > 0
}

impl Dataset {
    /// Brings plug-ins for the filters of this dataset, where HDF5 itself may not load them. Call under the lock.
    pub(super) fn provide_filters(&self) -> Result<(), Failure> {
        if self.file.writable {
            return Ok(());
        }
        for filter in pipeline(self.creation()?)? {
            let Some(&(id, function)) = OF_PLUGINS.iter().find(|(id, _)| *id == filter.id) else { continue };
            if !is_there(id) && plugins().has(id) {
                register(id, function)?;
            }
        }
        Ok(())
    }

    /// Says which filter is missing, as the reason for a read that failed: that is no damage of the file. Call under the
    /// lock.
    pub(super) fn missing_filter(&self) -> Option<Failure> {
        let filters = self.creation().and_then(pipeline).ok()?;
        let missing = filters.iter().find(|filter| !is_there(filter.id))?;
        let name = trainyard_codec::filter_name(missing.id).unwrap_or(if missing.name.is_empty() {
            "unnamed"
        } else {
            &missing.name
        });
        let what = format!("unknown HDF5 filter {} (`{name}`)", missing.id);
        let place = Place::file(self.lies_in()).source(self.path());
        let remedy = match plugins().check(missing.id) {
            Err(trainyard_codec::Error::UnknownFilter { remedy, .. }) => remedy,
            _ => "set HDF5_PLUGIN_PATH to a folder with a plug-in for it".to_owned(),
        };
        Some(Error::resource(what, place).with_hint(remedy).into())
    }
}
