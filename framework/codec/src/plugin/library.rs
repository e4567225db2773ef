//! One shared library with one filter, and the call of its function.
//!
//! Layout of the record: `H5Z_class2_t` in `H5Zdevelop.h`, version 1. The library stays loaded
//! to the end of the process, as in HDF5: C++ libraries leave destructors and thread-local
//! memory behind that unloading would pull the ground from under.

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_uint, c_void, CStr};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Bytes;

/// `H5Z_CLASS_T_VERS`.
const CLASS_VERSION: c_int = 1;
/// `H5PL_TYPE_FILTER`.
const TYPE_FILTER: c_int = 0;
/// `H5Z_FLAG_REVERSE`: decode.
const REVERSE: c_uint = 0x0100;

/// Filters whose plug-ins were seen to run on several threads at once with right results:
/// blosc, LZ4, bitshuffle, zstd, SZ3, blosc2. HDF5 promises a filter that it runs alone, so
/// any other does here too.
const CONCURRENT: [u32; 6] = [32001, 32004, 32008, 32015, 32024, 32026];

// Exceptions of C++ must not end in Rust frames that know nothing of them: with this calling
// convention they end the process in a defined way.
type FilterFunction = unsafe extern "C-unwind" fn(
    flags: c_uint,
    values_len: usize,
    values: *const c_uint,
    bytes: usize,
    room: *mut usize,
    buffer: *mut *mut c_void,
) -> usize;

/// `H5Z_class2_t`.
#[repr(C)]
struct Class {
    version: c_int,
    id: c_int,
    encoder_present: c_uint,
    decoder_present: c_uint,
    name: *const c_char,
    can_apply: *const c_void,
    set_local: *const c_void,
    filter: Option<FilterFunction>,
}

/// Which way a filter runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Encode,
    Decode,
}

/// A filter of a loaded library.
#[derive(Debug)]
pub(crate) struct Library {
    id: u32,
    name: String,
    encodes: bool,
    decodes: bool,
    filter: FilterFunction,
    /// Taken for a call where the filter is not known to run on several threads.
    alone: Option<Mutex<()>>,
    _library: ManuallyDrop<libloading::Library>,
}

impl Library {
    /// Loads the library at `path`.
    ///
    /// # Errors
    /// A fragment saying why it is no filter plug-in.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        // SAFETY: runs the library's constructors. The path is one that HDF5 would load plug-ins
        // from: whoever set it trusts the code there.
        let library = unsafe { libloading::Library::new(path) }.map_err(|e| e.to_string())?;
        let library = ManuallyDrop::new(library);
        // SAFETY: the functions that HDF5 calls by these names, with the signatures of
        // `H5PLextern.h`; they take nothing and return a constant.
        let (kind, class) = unsafe {
            let kind: libloading::Symbol<unsafe extern "C" fn() -> c_int> =
                library.get(b"H5PLget_plugin_type\0").map_err(|e| e.to_string())?;
            let class: libloading::Symbol<unsafe extern "C" fn() -> *const Class> =
                library.get(b"H5PLget_plugin_info\0").map_err(|e| e.to_string())?;
            (kind(), class())
        };
        if kind != TYPE_FILTER {
            return Err(format!("a plug-in of type {kind}, not a filter"));
        }
        if class.is_null() {
            return Err("states no filter".into());
        }
        // SAFETY: not null, and by the convention a static record that begins with its version.
        let version = unsafe { class.cast::<c_int>().read() };
        if version != CLASS_VERSION {
            return Err(format!("a filter record of version {version}, not {CLASS_VERSION}"));
        }
        // SAFETY: a record of version 1 has this layout and lives as long as the library.
        let class = unsafe { &*class };
        let (Ok(id), Some(filter)) = (u32::try_from(class.id), class.filter) else {
            return Err(format!("filter {} without a function", class.id));
        };
        let name = if class.name.is_null() {
            String::new()
        } else {
            // SAFETY: not null, and by the convention a constant string with its end.
            unsafe { CStr::from_ptr(class.name) }.to_string_lossy().into_owned()
        };
        Ok(Self {
            id,
            name,
            encodes: class.encoder_present != 0,
            decodes: class.decoder_present != 0,
            filter,
            alone: (!CONCURRENT.contains(&id)).then(Mutex::default),
            _library: library,
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    /// What the library calls the filter.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs the filter with client data `values`; `None` when it failed.
    pub(crate) fn run(&self, direction: Direction, values: &[u32], mut bytes: Bytes) -> Option<Bytes> {
        let (able, flags) = match direction {
            Direction::Encode => (self.encodes, 0),
            Direction::Decode => (self.decodes, REVERSE),
        };
        if !able {
            return None;
        }
        // The lock guards no data of ours: a panic while it was held left nothing half done.
        let _alone = self.alone.as_ref().map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
        let len = bytes.len();
        // SAFETY: the arguments are those of `H5Z_func_t`: `values` is as long as stated, the
        // buffer is of `malloc` and holds `len` bytes in at least as much room. The filter leaves
        // a buffer of the same kind there and returns the bytes in it, or 0.
        let done = unsafe {
            bytes.replace_with(|room, buffer| (self.filter)(flags, values.len(), values.as_ptr(), len, room, buffer))
        };
        done.then_some(bytes)
    }
}
