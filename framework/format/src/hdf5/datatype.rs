//! Element types between HDF5 and [`ElementType`].

use super::handle::{check, locked, Failure, Handle};
use crate::error::{Error, Place, Result};
use crate::map::ElementType;
use hdf5_sys::h5::H5free_memory;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5t::{
    H5T_class_t, H5Tcopy, H5Tdetect_class, H5Tencode, H5Tenum_create, H5Tenum_insert, H5Tequal, H5Tget_class,
    H5Tget_cset, H5Tget_member_name, H5Tget_member_value, H5Tget_nmembers, H5Tget_sign, H5Tget_size, H5Tget_strpad,
    H5Tget_super, H5Tis_variable_str, H5Tset_cset, H5Tset_size, H5Tset_strpad, H5T_BITFIELD, H5T_CSET_ASCII,
    H5T_CSET_UTF8, H5T_C_S1, H5T_ENUM, H5T_FLOAT, H5T_IEEE_F32BE, H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_IEEE_F64LE,
    H5T_INTEGER, H5T_OPAQUE, H5T_REFERENCE, H5T_SGN_NONE, H5T_STD_I16BE, H5T_STD_I16LE, H5T_STD_I32BE, H5T_STD_I32LE,
    H5T_STD_I64BE, H5T_STD_I64LE, H5T_STD_I8BE, H5T_STD_I8LE, H5T_STD_U16BE, H5T_STD_U16LE, H5T_STD_U32BE,
    H5T_STD_U32LE, H5T_STD_U64BE, H5T_STD_U64LE, H5T_STD_U8BE, H5T_STD_U8LE, H5T_STRING, H5T_STR_NULLPAD,
    H5T_STR_NULLTERM, H5T_VARIABLE, H5T_VLEN,
};
use std::ffi::CStr;

/// Longest description of a type.
const MOST_ENCODED: usize = 1 << 20;

/// An HDF5 datatype, to create datasets with: one of ours, or taken from another dataset.
#[derive(Debug)]
pub struct Datatype {
    pub(crate) handle: Handle,
}

impl Datatype {
    /// The type for `element`; strings are ASCII, fixed ones padded with NUL. `Other` has no type of its own: take it
    /// from a dataset.
    pub fn of(element: ElementType, big_endian: bool) -> Result<Datatype> {
        locked(|| make(element, big_endian, false))
            .map(|handle| Datatype { handle })
            .map_err(|failure| Error::bug(format!("failed to make a datatype: {}", failure.text), Place::default()))
    }

    /// A variable-length UTF-8 string.
    pub fn utf8() -> Result<Datatype> {
        locked(|| make(ElementType::VarString, false, true))
            .map(|handle| Datatype { handle })
            .map_err(|failure| Error::bug(format!("failed to make a datatype: {}", failure.text), Place::default()))
    }
}

fn standard(element: ElementType, big_endian: bool) -> Option<hid_t> {
    let (little, big) = match element {
        ElementType::U8 => (*H5T_STD_U8LE, *H5T_STD_U8BE),
        ElementType::U16 => (*H5T_STD_U16LE, *H5T_STD_U16BE),
        ElementType::U32 => (*H5T_STD_U32LE, *H5T_STD_U32BE),
        ElementType::U64 => (*H5T_STD_U64LE, *H5T_STD_U64BE),
        ElementType::I8 => (*H5T_STD_I8LE, *H5T_STD_I8BE),
        ElementType::I16 => (*H5T_STD_I16LE, *H5T_STD_I16BE),
        ElementType::I32 => (*H5T_STD_I32LE, *H5T_STD_I32BE),
        ElementType::I64 => (*H5T_STD_I64LE, *H5T_STD_I64BE),
        ElementType::F32 => (*H5T_IEEE_F32LE, *H5T_IEEE_F32BE),
        ElementType::F64 => (*H5T_IEEE_F64LE, *H5T_IEEE_F64BE),
        ElementType::Bool | ElementType::FixedString(_) | ElementType::VarString | ElementType::Other(_) => {
            return None
        }
    };
    Some(if big_endian { big } else { little })
}

/// A little-endian type; `utf8` counts for variable-length strings. Call under the lock.
pub(crate) fn make_type(element: ElementType, utf8: bool) -> Result<Handle, Failure> {
    make(element, false, utf8)
}

fn make(element: ElementType, big_endian: bool, utf8: bool) -> Result<Handle, Failure> {
    // SAFETY: every identifier is a predefined type or a live handle of ours; names and values are live locals.
    unsafe {
        if let Some(id) = standard(element, big_endian) {
            return Handle::new(H5Tcopy(id));
        }
        match element {
            ElementType::Bool => {
                let handle = Handle::new(H5Tenum_create(*H5T_STD_I8LE))?;
                for (name, value) in [(c"FALSE", 0i8), (c"TRUE", 1i8)] {
                    check(H5Tenum_insert(handle.id(), name.as_ptr(), std::ptr::from_ref(&value).cast()))?;
                }
                Ok(handle)
            }
            ElementType::FixedString(size) => {
                let handle = Handle::new(H5Tcopy(*H5T_C_S1))?;
                check(H5Tset_size(handle.id(), (size as usize).max(1)))?;
                check(H5Tset_strpad(handle.id(), H5T_STR_NULLPAD))?;
                Ok(handle)
            }
            ElementType::VarString => {
                let handle = Handle::new(H5Tcopy(*H5T_C_S1))?;
                check(H5Tset_size(handle.id(), H5T_VARIABLE))?;
                check(H5Tset_strpad(handle.id(), H5T_STR_NULLTERM))?;
                check(H5Tset_cset(handle.id(), if utf8 { H5T_CSET_UTF8 } else { H5T_CSET_ASCII }))?;
                Ok(handle)
            }
            _ => Err(Failure::new("a compound, array or opaque type can only be taken from a dataset")),
        }
    }
}

/// The element and byte order (true: big-endian) of a datatype. Call under the lock.
pub(crate) fn classify(datatype: &Handle) -> Result<(ElementType, bool), Failure> {
    let id = datatype.id();
    // SAFETY: `id` is a live datatype.
    let (class, size) = unsafe { (H5Tget_class(id), H5Tget_size(id)) };
    let size = u32::try_from(size).map_err(|_| Failure::new("its elements are larger than 4 GiB"))?;
    let candidate = match class {
        // SAFETY: `id` is a live datatype.
        H5T_INTEGER => integer(size, unsafe { H5Tget_sign(id) } == H5T_SGN_NONE),
        H5T_FLOAT if size == 4 => Some(ElementType::F32),
        H5T_FLOAT if size == 8 => Some(ElementType::F64),
        H5T_STRING => {
            // SAFETY: `id` is a live datatype.
            let variable = unsafe { H5Tis_variable_str(id) } > 0;
            return Ok((if variable { ElementType::VarString } else { ElementType::FixedString(size) }, false));
        }
        H5T_ENUM if size == 1 && is_bool(id)? => return Ok((ElementType::Bool, false)),
        _ => None,
    };
    // Odd precisions, offsets or float layouts of a usual size are not the standard type.
    if let Some(element) = candidate {
        for big_endian in [false, true] {
            if let Some(known) = standard(element, big_endian) {
                // SAFETY: both are live datatypes.
                if unsafe { H5Tequal(id, known) } > 0 {
                    return Ok((element, big_endian));
                }
            }
        }
    }
    Ok((ElementType::Other(size), false))
}

fn integer(size: u32, unsigned: bool) -> Option<ElementType> {
    Some(match (size, unsigned) {
        (1, true) => ElementType::U8,
        (2, true) => ElementType::U16,
        (4, true) => ElementType::U32,
        (8, true) => ElementType::U64,
        (1, false) => ElementType::I8,
        (2, false) => ElementType::I16,
        (4, false) => ElementType::I32,
        (8, false) => ElementType::I64,
        _ => return None,
    })
}

/// h5py's bool: an enum FALSE = 0, TRUE = 1 over one byte.
fn is_bool(id: hid_t) -> Result<bool, Failure> {
    // SAFETY: `id` is a live enum datatype of one byte; members are read within their number; the name is a string the
    // library allocated, freed by it after use; the value buffer holds the one byte of the type.
    unsafe {
        let base = Handle::new(H5Tget_super(id))?;
        if H5Tget_class(base.id()) != H5T_INTEGER || H5Tget_nmembers(id) != 2 {
            return Ok(false);
        }
        for (member, expected) in [(0, "FALSE"), (1, "TRUE")] {
            let name = H5Tget_member_name(id, member);
            if name.is_null() {
                return Ok(false);
            }
            let same = CStr::from_ptr(name).to_bytes() == expected.as_bytes();
            H5free_memory(name.cast());
            let mut value = 0u8;
            check(H5Tget_member_value(id, member, std::ptr::from_mut(&mut value).cast()))?;
            if !same || u32::from(value) != member {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The type values have in memory: little-endian numbers, everything else as in the file.
pub(crate) fn memory_type(element: ElementType, stored: &Handle) -> Result<Handle, Failure> {
    // SAFETY: predefined types and `stored` are live.
    unsafe { Handle::new(H5Tcopy(standard(element, false).unwrap_or(stored.id()))) }
}

/// What an element leaves open of its type. Types that hold pointers have other sizes in memory: of these only the class. Call
/// under the lock.
pub(super) fn details(datatype: &Handle) -> Result<Vec<u8>, Failure> {
    let id = datatype.id();
    // SAFETY: `id` is a live datatype; the second call writes no more than the length that the first one told, which `bytes` has.
    unsafe {
        let class = H5Tget_class(id);
        if class == H5T_STRING {
            return Ok(vec![H5Tget_cset(id) as u8, H5Tget_strpad(id) as u8]);
        }
        if !matches!(classify(datatype)?.0, ElementType::Other(_)) {
            return Ok(Vec::new());
        }
        if holds_pointers(datatype) {
            return Ok(vec![class as u8]);
        }
        let mut length = 0;
        check(H5Tencode(id, std::ptr::null_mut(), &mut length))?;
        if length > MOST_ENCODED {
            return Err(Failure::new(format!("its description takes {length} bytes")));
        }
        let mut bytes = vec![0u8; length];
        check(H5Tencode(id, bytes.as_mut_ptr().cast(), &mut length))?;
        Ok(bytes)
    }
}

/// Whether values hold pointers into a heap (variable-length parts, references): their bytes mean nothing outside.
pub(crate) fn holds_pointers(datatype: &Handle) -> bool {
    let has = |class: H5T_class_t| {
        // SAFETY: a live datatype and an enum value.
        (unsafe { H5Tdetect_class(datatype.id(), class) }) > 0
    };
    // SAFETY: a live datatype.
    let class = unsafe { H5Tget_class(datatype.id()) };
    match class {
        H5T_INTEGER | H5T_FLOAT | H5T_ENUM | H5T_BITFIELD | H5T_OPAQUE => false,
        // A variable-length string inside a compound or array counts as a string, not as a sequence.
        _ => has(H5T_VLEN) || has(H5T_REFERENCE) || has(H5T_STRING),
    }
}
