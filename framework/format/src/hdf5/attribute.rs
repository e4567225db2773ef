//! Attributes as the format uses them: scalar strings, integers, floats.

use super::dataset::MAX_RANK;
use super::datatype::{classify, make_type, memory_type};
use super::file::FileInner;
use super::handle::{c_string, check, locked, Failure, Handle};
use super::spec::space;
use crate::error::Result;
use crate::map::{Attribute, AttributeValue, ElementType};
use hdf5_sys::h5::{herr_t, H5free_memory, H5_INDEX_NAME, H5_ITER_INC};
use hdf5_sys::h5a::{H5A_info_t, H5Acreate2, H5Aget_space, H5Aget_type, H5Aiterate2, H5Aopen, H5Aread, H5Awrite};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::{H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type, H5S_NULL};
use hdf5_sys::h5t::{H5Tget_strpad, H5T_STR_NULLTERM};
use std::ffi::{CStr, CString};
use std::os::raw::{c_char, c_void};
use std::sync::Arc;

const MAX_ATTRIBUTES: usize = 10_000;
/// Largest value we read; libhdf5 itself keeps attributes of old files below 64 KiB.
const MAX_BYTES: u64 = 64 * 1024;

unsafe extern "C" fn name_one(
    _object: hid_t,
    name: *const c_char,
    _info: *const H5A_info_t,
    data: *mut c_void,
) -> herr_t {
    // SAFETY: `data` is the vector of `names`, alive during the iteration; `name` is a C string.
    unsafe {
        let names = &mut *data.cast::<Vec<CString>>();
        if names.len() >= MAX_ATTRIBUTES {
            return 1;
        }
        names.push(CStr::from_ptr(name).to_owned());
    }
    0
}

/// The attributes of an object that [`AttributeValue`] can hold, sorted by name; others are left out.
pub(crate) fn read_all(object: &Handle, file: &Arc<FileInner>, path: &str) -> Result<Vec<Attribute>> {
    locked(|| -> Result<_, Failure> {
        let mut attributes = Vec::new();
        for name in names(object)? {
            if let Some(value) = read(object, &name)? {
                attributes.push(Attribute { name: name.to_string_lossy().into_owned(), value });
            }
        }
        Ok(attributes)
    })
    .map_err(|failure| file.fault("read the attributes", path, failure))
}

fn names(object: &Handle) -> Result<Vec<CString>, Failure> {
    let mut names: Vec<CString> = Vec::new();
    let mut position = 0;
    // SAFETY: the object is open; the callback matches and its data outlives the iteration.
    check(unsafe {
        H5Aiterate2(
            object.id(),
            H5_INDEX_NAME,
            H5_ITER_INC,
            &mut position,
            Some(name_one),
            std::ptr::from_mut(&mut names).cast(),
        )
    })?;
    Ok(names)
}

fn read(object: &Handle, name: &CStr) -> Result<Option<AttributeValue>, Failure> {
    // SAFETY: the object is open, `name` a C string; `shape` has room for the largest rank.
    let (attribute, stored, shape) = unsafe {
        let attribute = Handle::new(H5Aopen(object.id(), name.as_ptr(), H5P_DEFAULT))?;
        let stored = Handle::new(H5Aget_type(attribute.id()))?;
        let space = Handle::new(H5Aget_space(attribute.id()))?;
        let rank = H5Sget_simple_extent_ndims(space.id());
        if H5Sget_simple_extent_type(space.id()) == H5S_NULL || !(0..=MAX_RANK as i32).contains(&rank) {
            return Ok(None);
        }
        let mut shape = [0u64; MAX_RANK];
        check(H5Sget_simple_extent_dims(space.id(), shape.as_mut_ptr(), std::ptr::null_mut()))?;
        (attribute, stored, shape[..rank as usize].to_vec())
    };
    let (element, _) = classify(&stored)?;
    match element {
        ElementType::VarString if shape.is_empty() => read_variable(&attribute, &stored).map(Some),
        ElementType::FixedString(size) if shape.is_empty() && u64::from(size) <= MAX_BYTES => {
            let mut bytes = vec![0u8; size as usize];
            // SAFETY: one string of `size` bytes in its own type.
            check(unsafe { H5Aread(attribute.id(), stored.id(), bytes.as_mut_ptr().cast()) })?;
            // SAFETY: a live datatype.
            if unsafe { H5Tget_strpad(stored.id()) } == H5T_STR_NULLTERM {
                bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
            }
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_end_matches(['\0', ' ']);
            if text.contains('\0') {
                // what is written are texts that end at the first
                let name = name.to_string_lossy();
                return Err(Failure::new(format!("the text of the attribute `{name}` contains a NUL byte")));
            }
            Ok(Some(AttributeValue::Text(text.to_owned())))
        }
        element if element.is_number() => {
            let bytes = shape.iter().try_fold(element.size() as u64, |product, &length| product.checked_mul(length));
            let Some(length) = bytes.filter(|&bytes| bytes <= MAX_BYTES) else { return Ok(None) };
            let mut bytes = vec![0u8; length as usize];
            let memory = memory_type(element, &stored)?;
            if length > 0 {
                // SAFETY: the buffer has the bytes of all elements in the memory type.
                check(unsafe { H5Aread(attribute.id(), memory.id(), bytes.as_mut_ptr().cast()) })?;
            }
            Ok(numbers(element, &bytes, shape))
        }
        _ => Ok(None),
    }
}

fn read_variable(attribute: &Handle, stored: &Handle) -> Result<AttributeValue, Failure> {
    let mut pointer: *mut c_char = std::ptr::null_mut();
    // SAFETY: a scalar variable-length string is read into one pointer; the library's string is freed once, after use.
    unsafe {
        check(H5Aread(attribute.id(), stored.id(), std::ptr::from_mut(&mut pointer).cast()))?;
        if pointer.is_null() {
            return Ok(AttributeValue::Text(String::new()));
        }
        let text = CStr::from_ptr(pointer).to_string_lossy().into_owned();
        H5free_memory(pointer.cast());
        Ok(AttributeValue::Text(text))
    }
}

fn numbers(element: ElementType, bytes: &[u8], shape: Vec<u64>) -> Option<AttributeValue> {
    macro_rules! decode {
        ($type:ty, $as:ty) => {
            bytes
                .chunks_exact(size_of::<$type>())
                .map(|b| b.try_into().map(<$type>::from_le_bytes).unwrap_or_default() as $as)
                .collect()
        };
    }
    Some(match element {
        ElementType::F32 => AttributeValue::Float { values: decode!(f32, f64), shape, element },
        ElementType::F64 => AttributeValue::Float { values: decode!(f64, f64), shape, element },
        ElementType::U8 => AttributeValue::Int { values: decode!(u8, i64), shape, element },
        ElementType::I8 | ElementType::Bool => AttributeValue::Int { values: decode!(i8, i64), shape, element },
        ElementType::U16 => AttributeValue::Int { values: decode!(u16, i64), shape, element },
        ElementType::I16 => AttributeValue::Int { values: decode!(i16, i64), shape, element },
        ElementType::U32 => AttributeValue::Int { values: decode!(u32, i64), shape, element },
        ElementType::I32 => AttributeValue::Int { values: decode!(i32, i64), shape, element },
        ElementType::U64 => AttributeValue::Int { values: decode!(u64, i64), shape, element },
        ElementType::I64 => AttributeValue::Int { values: decode!(i64, i64), shape, element },
        ElementType::FixedString(_) | ElementType::VarString | ElementType::Other(_) => return None,
    })
}

/// Writes an attribute: text as a scalar variable-length string (UTF-8 when it is not ASCII), which is the only form
/// EXtra-data reads as text; numbers with their shape and element type.
pub(crate) fn write(object: &Handle, file: &Arc<FileInner>, path: &str, attribute: &Attribute) -> Result<()> {
    locked(|| -> Result<_, Failure> {
        let name = c_string(&attribute.name)?;
        match &attribute.value {
            AttributeValue::Text(text) => {
                let datatype = make_type(ElementType::VarString, !text.is_ascii())?;
                let text = c_string(text)?;
                let pointer = text.as_ptr();
                // SAFETY: a scalar variable-length string is written from one pointer to a C string that outlives the call.
                unsafe { create(object, &name, &datatype, &datatype, &[], std::ptr::from_ref(&pointer).cast()) }
            }
            AttributeValue::Int { values, shape, element } => {
                let bytes: Vec<u8> = values
                    .iter()
                    .flat_map(|value| value.to_le_bytes().into_iter().take(element.size().min(8)))
                    .collect();
                write_numbers(object, &name, *element, shape, &bytes)
            }
            AttributeValue::Float { values, shape, element } => {
                let bytes: Vec<u8> = values
                    .iter()
                    .flat_map(|&value| match element {
                        ElementType::F32 => (value as f32).to_le_bytes().to_vec(),
                        _ => value.to_le_bytes().to_vec(),
                    })
                    .collect();
                write_numbers(object, &name, *element, shape, &bytes)
            }
        }
    })
    .map_err(|failure| file.fault(&format!("write the attribute `{}`", attribute.name), path, failure))
}

fn write_numbers(
    object: &Handle,
    name: &CStr,
    element: ElementType,
    shape: &[u64],
    bytes: &[u8],
) -> Result<(), Failure> {
    let expected = shape.iter().try_fold(element.size() as u64, |product, &length| product.checked_mul(length));
    if !element.is_number() || expected != Some(bytes.len() as u64) {
        return Err(Failure::new("its values do not fit its shape"));
    }
    let datatype = make_type(element, false)?;
    // SAFETY: `bytes` holds all elements of the shape, little-endian as the type.
    unsafe { create(object, name, &datatype, &datatype, shape, bytes.as_ptr().cast()) }
}

/// # Safety
/// `values` must hold all elements of `shape` in the type `memory`.
unsafe fn create(
    object: &Handle,
    name: &CStr,
    stored: &Handle,
    memory: &Handle,
    shape: &[u64],
    values: *const c_void,
) -> Result<(), Failure> {
    let space = space(shape, None)?;
    // SAFETY: all identifiers are live, `name` is a C string, and the caller vouches for `values`.
    unsafe {
        let attribute =
            Handle::new(H5Acreate2(object.id(), name.as_ptr(), stored.id(), space.id(), H5P_DEFAULT, H5P_DEFAULT))?;
        if shape.contains(&0) {
            return Ok(());
        }
        check(H5Awrite(attribute.id(), memory.id(), values))
    }
}
