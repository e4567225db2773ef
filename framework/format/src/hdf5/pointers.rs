//! Values of varying length inside others: lists, texts in compounds. In memory they are pointers of the library; what counts
//! is what they lead to.

use super::block::Block;
use super::handle::{check, locked, Failure, Handle};
use super::Dataset;
use crate::error::Result;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::H5Screate_simple;
use hdf5_sys::h5t::{
    hvl_t, H5Tcopy, H5Tdetect_class, H5Tget_class, H5Tget_member_offset, H5Tget_member_type, H5Tget_nmembers,
    H5Tget_size, H5Tget_super, H5Tis_variable_str, H5Treclaim, H5T_ARRAY, H5T_COMPOUND, H5T_REFERENCE, H5T_VLEN,
};
use std::ffi::CStr;
use std::os::raw::{c_char, c_uint};

/// Deepest nesting of types, and most bytes that the values of a block may have.
const MOST_LEVELS: u32 = 16;
const MOST_BYTES: usize = 1 << 30;

/// Values of a block as the library holds them; given back on drop.
pub(crate) struct PointerRows {
    bytes: Vec<u8>,
    size: usize,
    memory: Handle,
    space: Handle,
}

/// How a value lies in memory.
enum Form {
    Plain(usize),
    Text,
    /// of elements with that many bytes each
    List(Box<Form>, usize),
    Array(Box<Form>, usize, usize),
    /// by offset
    Fields(Vec<(usize, Form)>),
}

impl Dataset {
    /// The values of a block, whatever they lead to.
    pub(crate) fn read_pointers(&self, block: &Block) -> Result<PointerRows> {
        locked(|| {
            block.check(self.shape())?;
            let mut rows = self.pointer_rows(block)?;
            // SAFETY: one value of the memory type for each element, zeroed.
            unsafe { self.transfer_in(&rows.memory, block, rows.bytes.as_mut_ptr().cast())? };
            Ok(rows)
        })
        .map_err(|failure| self.fault("read the dataset", failure))
    }

    /// Writes values that were read from a dataset of the same type.
    pub(crate) fn write_pointers(&self, block: &Block, rows: &PointerRows) -> Result<()> {
        locked(|| -> std::result::Result<_, Failure> {
            block.check(self.shape())?;
            if block.bytes(rows.size as u64)? != rows.bytes.len() {
                return Err(Failure::new("another number of values is given"));
            }
            // SAFETY: one value of the memory type for each element, with what it leads to.
            unsafe { self.transfer_out(&rows.memory, block, rows.bytes.as_ptr().cast()) }
        })
        .map_err(|failure| self.fault("write the dataset", failure))
    }

    fn pointer_rows(&self, block: &Block) -> std::result::Result<PointerRows, Failure> {
        // SAFETY: a live datatype; a scalar is one element.
        unsafe {
            if H5Tdetect_class(self.datatype.id(), H5T_REFERENCE) > 0 {
                return Err(Failure::new("its values are references, which mean nothing outside of the file"));
            }
            let memory = Handle::new(H5Tcopy(self.datatype.id()))?;
            let size = H5Tget_size(memory.id());
            let bytes = vec![0; block.bytes(size as u64)?];
            let elements = (bytes.len() / size.max(1)) as u64;
            let space = Handle::new(H5Screate_simple(1, &elements, std::ptr::null()))?;
            Ok(PointerRows { bytes, size, memory, space })
        }
    }
}

impl PointerRows {
    /// What the values are, without pointers: plain bytes as stored, texts and lists with their length before them.
    pub fn content(&self) -> Result<Vec<u8>> {
        locked(|| {
            // SAFETY: a live datatype.
            let form = unsafe { form(self.memory.id(), MOST_LEVELS)? };
            let mut content = Vec::new();
            for value in self.bytes.chunks_exact(self.size.max(1)) {
                // SAFETY: the value was filled by the library in the type that `form` describes.
                unsafe { append(&form, value.as_ptr(), &mut content)? };
            }
            Ok(content)
        })
        .map_err(|failure: Failure| crate::Error::input(failure.text, crate::Place::default()))
    }
}

impl Drop for PointerRows {
    fn drop(&mut self) {
        locked(|| {
            // SAFETY: every value is zero or of the library; the space has one element for each.
            let status =
                unsafe { H5Treclaim(self.memory.id(), self.space.id(), H5P_DEFAULT, self.bytes.as_mut_ptr().cast()) };
            check(status).ok();
        });
    }
}

/// # Safety
/// `datatype` must be live. Call under the lock.
unsafe fn form(datatype: hid_t, levels: u32) -> std::result::Result<Form, Failure> {
    if levels == 0 {
        return Err(Failure::new("its type is nested too deep"));
    }
    // SAFETY: the caller's type and those made from it are live.
    unsafe {
        let size = H5Tget_size(datatype);
        let class = H5Tget_class(datatype);
        if H5Tis_variable_str(datatype) > 0 {
            return Ok(Form::Text);
        }
        Ok(match class {
            H5T_VLEN | H5T_ARRAY => {
                let base = Handle::new(H5Tget_super(datatype))?;
                let each = H5Tget_size(base.id()).max(1);
                let inner = Box::new(form(base.id(), levels - 1)?);
                match class {
                    H5T_VLEN => Form::List(inner, each),
                    _ => Form::Array(inner, each, size / each),
                }
            }
            H5T_COMPOUND => {
                let count = H5Tget_nmembers(datatype);
                check(count)?;
                let member = |index: c_uint| -> std::result::Result<_, Failure> {
                    let inner = Handle::new(H5Tget_member_type(datatype, index))?;
                    Ok((H5Tget_member_offset(datatype, index), form(inner.id(), levels - 1)?))
                };
                Form::Fields((0..count as c_uint).map(member).collect::<std::result::Result<_, _>>()?)
            }
            _ => Form::Plain(size),
        })
    }
}

/// # Safety
/// `value` must be one of the form, filled by the library.
unsafe fn append(form: &Form, value: *const u8, content: &mut Vec<u8>) -> std::result::Result<(), Failure> {
    if content.len() > MOST_BYTES {
        return Err(Failure::new(format!("its values are more than {MOST_BYTES} bytes")));
    }
    // SAFETY: the caller's value has the bytes that its form says; pointers are null or lead to what the library allocated.
    unsafe {
        match form {
            Form::Plain(size) => content.extend_from_slice(std::slice::from_raw_parts(value, *size)),
            Form::Text => {
                let text = value.cast::<*const c_char>().read_unaligned();
                let text = if text.is_null() { &[][..] } else { CStr::from_ptr(text).to_bytes() };
                content.extend_from_slice(&(text.len() as u64).to_le_bytes());
                content.extend_from_slice(text);
            }
            Form::List(inner, each) => {
                let list = value.cast::<hvl_t>().read_unaligned();
                let count = if list.p.is_null() { 0 } else { list.len };
                content.extend_from_slice(&(count as u64).to_le_bytes());
                for index in 0..count {
                    append(inner, list.p.cast::<u8>().add(index * each), content)?;
                }
            }
            Form::Array(inner, each, count) => {
                for index in 0..*count {
                    append(inner, value.add(index * each), content)?;
                }
            }
            Form::Fields(fields) => {
                for (offset, inner) in fields {
                    append(inner, value.add(*offset), content)?;
                }
            }
        }
    }
    Ok(())
}
