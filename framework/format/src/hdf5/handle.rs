//! Identifiers that close themselves, and the library's error stack as text.

use crate::error::Error;
use hdf5_sys::h5::{herr_t, H5dont_atexit, H5open};
use hdf5_sys::h5e::{H5E_error2_t, H5Eclear2, H5Eget_num, H5Eset_auto2, H5Ewalk2, H5E_DEFAULT, H5E_WALK_UPWARD};
use hdf5_sys::h5i::{hid_t, H5Idec_ref};
use hdf5_sys::h5pl::{H5PLset_loading_state, H5PL_FILTER_PLUGIN};
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::sync::Once;

/// What the library said when a call failed, innermost cause first.
#[derive(Debug)]
pub(crate) struct Failure {
    pub text: String,
    /// what the operating system refused, when it was not the file's content
    errno: Option<i32>,
    /// what went wrong elsewhere, with its own place: in a file that this one leads to
    pub elsewhere: Option<Box<Error>>,
}

impl Failure {
    pub fn new(text: impl Into<String>) -> Self {
        Failure { text: text.into(), errno: None, elsewhere: None }
    }

    pub fn system(&self) -> Option<std::io::Error> {
        self.errno.map(std::io::Error::from_raw_os_error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { text: error.to_string(), errno: None, elsewhere: Some(Box::new(error)) }
    }
}

/// libhdf5 names an `errno` in the text of the record that met it, among times, descriptors and addresses that help nobody;
/// it has no other place for it.
fn errno(text: &str) -> Option<i32> {
    let (_, number) = text.split_once("errno = ")?;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Starts the library once: no printing of errors, no exit handler, no filter plug-ins.
///
/// Plug-ins are off because a visible plug-in rewrites filter parameters whenever a dataset is created.
pub fn init() {
    static START: Once = Once::new();
    START.call_once(|| {
        let _lock = hdf5_sys::LOCK.lock();
        // SAFETY: first calls into the library, under its lock; all arguments are plain values.
        unsafe {
            H5dont_atexit();
            H5open();
            H5Eset_auto2(H5E_DEFAULT, None, std::ptr::null_mut());
            H5PLset_loading_state(plugin_mask(0));
        }
    });
}

/// Allows filter plug-ins from `HDF5_PLUGIN_PATH` in this process, for reading. A process that creates datasets must not.
pub fn enable_plugins() {
    locked(|| {
        // SAFETY: the argument is a plain value.
        unsafe { H5PLset_loading_state(plugin_mask(H5PL_FILTER_PLUGIN)) };
    });
}

/// The C function takes the mask by value (`unsigned int`); only the binding declares a pointer.
fn plugin_mask(mask: c_uint) -> *mut c_int {
    std::ptr::without_provenance_mut(mask as usize)
}

/// Runs `work` under the library's lock. All calls of one logical operation belong into one `locked`, so that the
/// error stack is that of the operation.
pub(crate) fn locked<T>(work: impl FnOnce() -> T) -> T {
    init();
    let _lock = hdf5_sys::LOCK.lock();
    work()
}

/// An identifier of any kind; closed on drop.
#[derive(Debug)]
pub(crate) struct Handle {
    id: hid_t,
}

impl Handle {
    /// Takes over an identifier a call has just returned; negative means the call failed. Call under the lock.
    pub fn new(id: hid_t) -> Result<Self, Failure> {
        if id < 0 {
            return Err(failure());
        }
        Ok(Handle { id })
    }

    pub fn id(&self) -> hid_t {
        self.id
    }

    /// Closes now and tells whether that worked: closing a file writes what is pending.
    pub fn close(self) -> Result<(), Failure> {
        let id = self.id;
        std::mem::forget(self);
        // SAFETY: `id` was ours and valid, and `forget` above keeps `drop` from releasing it again.
        locked(|| check(unsafe { H5Idec_ref(id) }))
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        locked(|| {
            // SAFETY: we own one reference to a valid identifier.
            if unsafe { H5Idec_ref(self.id) } < 0 {
                clear();
            }
        });
    }
}

/// A call's status as a result. Call under the lock.
pub(crate) fn check(status: herr_t) -> Result<(), Failure> {
    if status < 0 {
        return Err(failure());
    }
    Ok(())
}

pub(crate) fn c_string(text: &str) -> Result<CString, Failure> {
    CString::new(text).map_err(|_| Failure::new(format!("`{}` contains a NUL byte", text.escape_default())))
}

/// The error stack of the call that has just failed; empties it.
pub(crate) fn failure() -> Failure {
    unsafe extern "C" fn collect(_depth: c_uint, error: *const H5E_error2_t, data: *mut c_void) -> herr_t {
        // SAFETY: `data` is the vector below, alive during the walk; the library passes a valid record whose
        // description is null or a C string.
        unsafe {
            let texts = &mut *data.cast::<Vec<String>>();
            let description = (*error).desc;
            if !description.is_null() && texts.len() < 32 {
                texts.push(CStr::from_ptr(description).to_string_lossy().into_owned());
            }
        }
        0
    }
    let mut texts: Vec<String> = Vec::new();
    // SAFETY: the callback matches the walker's signature and only touches `texts`, which outlives the walk.
    unsafe {
        H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, Some(collect), std::ptr::from_mut(&mut texts).cast());
    }
    clear();
    let errno = texts.iter().find_map(|text| errno(text));
    texts.retain(|text| !text.is_empty());
    texts.dedup();
    // The innermost cause says what, the next says in which part; outer ones only repeat the call.
    texts.truncate(2);
    if texts.is_empty() {
        texts.push("libhdf5 gives no reason".into());
    }
    Failure { text: texts.join("; "), errno, elsewhere: None }
}

/// Whether the call that has just ended left an error, where its value alone does not tell. Call under the lock.
pub(crate) fn has_failed() -> bool {
    // SAFETY: reads the default error stack; no argument to get wrong.
    unsafe { H5Eget_num(H5E_DEFAULT) > 0 }
}

/// Forgets errors of a call that was allowed to fail. Call under the lock.
pub(crate) fn clear() {
    // SAFETY: clears the default error stack; no argument to get wrong.
    unsafe { H5Eclear2(H5E_DEFAULT) };
}

/// Longest name that we take; a longer one is damage.
const LONGEST_NAME: usize = 1 << 16;

/// A name that HDF5 first tells the length of.
///
/// # Safety
/// `get` must write at most as many bytes as it is told, or none to a null pointer.
pub(crate) unsafe fn name(get: impl Fn(*mut c_char, usize) -> isize) -> Result<String, Failure> {
    let length = get(std::ptr::null_mut(), 0);
    let length = usize::try_from(length).ok().filter(|&length| length <= LONGEST_NAME);
    let length = length.ok_or_else(|| Failure::new("a name is not readable"))?;
    let mut bytes = vec![0u8; length + 1];
    let written = get(bytes.as_mut_ptr().cast(), bytes.len());
    bytes.truncate(usize::try_from(written).unwrap_or(0).min(length));
    String::from_utf8(bytes).map_err(|_| Failure::new("a name is not UTF-8"))
}
