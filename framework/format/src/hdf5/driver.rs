//! The library's own file driver (`sec2`), with a look at everything it writes on the way.
//!
//! Chunks and values are known to whoever writes them, and are compared when a file is read back. What the library makes by
//! itself is known to nobody: names, attributes, the index of chunks. In the formats that every reader opens it has no checksums,
//! so a bit that turns there is another unit, another chunk or another name. Here it is seen as it is handed to the system.
//!
//! The driver is a copy of the record of `sec2` with three functions in front of its own; what they note lies in a book by the
//! pointer of the open file. Layouts: `H5FD_class_t` of version 1 and the head of `H5FD_t`, in `H5FDdevelop.h` since HDF5 1.14.

#![allow(unsafe_code)]

use super::handle::{check, Failure, Handle};
use super::written::Written;
use hdf5_sys::h5::{haddr_t, herr_t};
use hdf5_sys::h5fd::{H5FD_t, H5FDclose, H5FDopen, H5FDregister};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{H5Pcreate, H5Pset_driver, H5Pset_fapl_sec2, H5P_CLS_FILE_ACCESS};
use std::collections::BTreeMap;
use std::ffi::{CStr, OsStr};
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// `H5FD_CLASS_VERSION`.
const VERSION: c_uint = 1;
/// Numbers from 256 to 511 are for whoever needs one for himself.
const VALUE: c_int = 511;
const NAME: &CStr = c"trainyard";
/// `H5FD_MEM_DRAW`: values, as opposed to what the library keeps about them.
const VALUES: c_int = 3;
/// The heap that texts of any length lie in, those of attributes too, is written as if it were values. Larger pieces are chunks,
/// which their writer knows.
const LARGEST_HEAP: usize = 1 << 20;
/// Bytes that are held of all files at once: beyond, their checksums have to do.
const MOST_HELD: usize = 16 << 20;
/// `HADDR_UNDEF`.
const NO_LIMIT: haddr_t = haddr_t::MAX;

type Open = unsafe extern "C" fn(*const c_char, c_uint, hid_t, haddr_t) -> *mut H5FD_t;
type Close = unsafe extern "C" fn(*mut H5FD_t) -> herr_t;
type Write = unsafe extern "C" fn(*mut H5FD_t, c_int, hid_t, haddr_t, usize, *const c_void) -> herr_t;
/// One that is left as it is.
type Other = Option<unsafe extern "C" fn()>;

/// `H5FD_class_t`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Class {
    version: c_uint,
    value: c_int,
    name: *const c_char,
    maxaddr: haddr_t,
    fc_degree: c_int,
    /// terminate, sb_size, sb_encode, sb_decode
    superblock: [Other; 4],
    fapl_size: usize,
    /// get, copy, free
    fapl: [Other; 3],
    dxpl_size: usize,
    /// copy, free
    dxpl: [Other; 2],
    open: Option<Open>,
    close: Option<Close>,
    /// cmp, query, get_type_map, alloc, free, get_eoa, set_eoa, get_eof, get_handle, read
    questions: [Other; 10],
    write: Option<Write>,
    read_vector: Other,
    write_vector: Other,
    read_selection: Other,
    write_selection: Other,
    /// flush, truncate, lock, unlock, del, ctl
    rest: [Other; 6],
    fl_map: [c_int; 7],
}

/// The head of `H5FD_t`.
#[repr(C)]
struct OpenFile {
    driver: hid_t,
    class: *const Class,
}

struct Driver {
    id: hid_t,
    open: Open,
    close: Close,
    write: Write,
}

static DRIVER: OnceLock<Driver> = OnceLock::new();

/// Files that are written, by pointer, and those that were closed and not asked about yet, by path.
#[derive(Default)]
struct Book {
    open: BTreeMap<usize, (Vec<u8>, Written)>,
    closed: BTreeMap<Vec<u8>, Vec<(u64, u64, u64)>>,
    /// bytes that are held of those that are open
    held: usize,
}

impl Book {
    fn condense(&mut self) {
        self.open.values_mut().for_each(|(_, written)| written.condense());
        self.held = 0;
    }
}

static BOOK: Mutex<Book> = Mutex::new(Book { open: BTreeMap::new(), closed: BTreeMap::new(), held: 0 });

/// Where the chunk lies that is being written, one at a time under the library's lock: its writer knows it, and need not be told
/// that of a million chunks.
static CHUNK: AtomicUsize = AtomicUsize::new(0);

/// Writes a chunk as it is. Call under the library's lock.
pub(super) fn of_chunk<T>(stored: &[u8], write: impl FnOnce() -> T) -> T {
    CHUNK.store(stored.as_ptr() as usize, Ordering::Relaxed);
    let done = write();
    CHUNK.store(0, Ordering::Relaxed);
    done
}

/// A panic while it was held left at most a note missing, which the reading back would take for damage.
fn book() -> MutexGuard<'static, Book> {
    BOOK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets a file that is created with this property list be written through the driver. Call under the library's lock.
pub(super) fn set(access: &Handle) -> Result<(), Failure> {
    let driver = match DRIVER.get() {
        Some(driver) => driver,
        None => {
            let registered = register()?;
            DRIVER.get_or_init(|| registered)
        }
    };
    // SAFETY: the list is live, the driver is registered for ever and takes no information.
    check(unsafe { H5Pset_driver(access.id(), driver.id, std::ptr::null()) })
}

/// What the library wrote around the values of a file that is closed: (offset, size, xxh3-64).
pub(super) fn pieces(path: &Path) -> Vec<(u64, u64, u64)> {
    book().closed.remove(path.as_os_str().as_bytes()).unwrap_or_default()
}

fn register() -> Result<Driver, Failure> {
    // SAFETY: the property list is live; the path is a constant. A file of any driver begins with the head of `H5FD_t`, whose
    // class stays as long as the driver, and that of `sec2` stays as long as the library.
    let class = unsafe {
        let access = Handle::new(H5Pcreate(*H5P_CLS_FILE_ACCESS))?;
        check(H5Pset_fapl_sec2(access.id()))?;
        let file = H5FDopen(c"/dev/null".as_ptr(), 0, access.id(), NO_LIMIT);
        if file.is_null() {
            return Err(Failure::new("the library's own file driver cannot be asked"));
        }
        let class = *(*file.cast::<OpenFile>()).class;
        check(H5FDclose(file))?;
        class
    };
    let several = [class.read_vector, class.write_vector, class.read_selection, class.write_selection];
    let (Some(open), Some(close), Some(write), true) =
        (class.open, class.close, class.write, class.version == VERSION && several.iter().all(Option::is_none))
    else {
        return Err(Failure::new(format!("file drivers of version {} are not known", class.version)));
    };
    let ours = Class {
        value: VALUE,
        name: NAME.as_ptr(),
        open: Some(note_open),
        close: Some(note_close),
        write: Some(note_write),
        ..class
    };
    // SAFETY: the record is as the library made it, but for a name that is constant and functions of the same kind; it is copied.
    let id = unsafe { H5FDregister(std::ptr::from_ref(&ours).cast()) };
    check(if id < 0 { -1 } else { 0 })?;
    Ok(Driver { id, open, close, write })
}

unsafe extern "C" fn note_open(name: *const c_char, flags: c_uint, access: hid_t, most: haddr_t) -> *mut H5FD_t {
    let Some(driver) = DRIVER.get() else { return std::ptr::null_mut() };
    // SAFETY: the arguments are passed on as the library gave them.
    let file = unsafe { (driver.open)(name, flags, access, most) };
    if !file.is_null() {
        // SAFETY: the name of a file that could be opened is a string.
        let name = unsafe { CStr::from_ptr(name) }.to_bytes().to_vec();
        let mut book = book();
        book.closed.remove(&name);
        book.open.insert(file as usize, (name, Written::default()));
    }
    file
}

unsafe extern "C" fn note_close(file: *mut H5FD_t) -> herr_t {
    let Some(driver) = DRIVER.get() else { return -1 };
    let mut book = book();
    if let Some((name, written)) = book.open.remove(&(file as usize)) {
        book.held = book.held.saturating_sub(written.held());
        book.closed.insert(name, written.pieces());
    }
    drop(book);
    // SAFETY: as in `note_open`.
    unsafe { (driver.close)(file) }
}

unsafe extern "C" fn note_write(
    file: *mut H5FD_t,
    kind: c_int,
    transfer: hid_t,
    at: haddr_t,
    size: usize,
    bytes: *const c_void,
) -> herr_t {
    let Some(driver) = DRIVER.get() else { return -1 };
    // the library writes whenever it likes: when something is closed, too
    let mut underway = None;
    if size > 0 && !bytes.is_null() {
        let mut book = book();
        let Book { open, held, .. } = &mut *book;
        if let Some((name, written)) = open.get_mut(&(file as usize)) {
            let before = written.held();
            let known = kind == VALUES && bytes as usize == CHUNK.load(Ordering::Relaxed);
            underway = Some(crate::stuck::underway("write", Path::new(OsStr::from_bytes(name))));
            // SAFETY: the library gives `size` bytes to be written.
            let bytes = unsafe { std::slice::from_raw_parts(bytes.cast(), size) };
            if kind != VALUES {
                written.keep(at, bytes);
            } else if size <= LARGEST_HEAP && !known {
                written.keep_sum(at, bytes);
            } else {
                written.forget(at, size as u64);
            }
            *held = (*held + written.held()).saturating_sub(before);
        }
        if book.held > MOST_HELD {
            book.condense();
        }
    }
    // SAFETY: as in `note_open`.
    let done = unsafe { (driver.write)(file, kind, transfer, at, size, bytes) };
    drop(underway);
    done
}
