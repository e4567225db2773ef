//! Datasets of strings, fixed and variable in length.

use super::block::Block;
use super::datatype::memory_type;
use super::handle::{check, locked, Failure, Handle};
use super::read::merged;
use super::Dataset;
use crate::error::Result;
use crate::map::ElementType;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::H5Screate_simple;
use hdf5_sys::h5t::{H5Tget_strpad, H5Treclaim, H5T_STR_NULLTERM, H5T_STR_SPACEPAD};
use std::ffi::{CStr, CString};
use std::os::raw::c_char;

impl Dataset {
    /// All strings as text; bytes that are not UTF-8 become U+FFFD.
    pub fn read_strings(&self, limit: u64) -> Result<Vec<String>> {
        let strings = self.read_byte_strings(&[(0, self.rows())], limit)?;
        Ok(strings.into_iter().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect())
    }

    /// Strings of the ranges (first, count), padding removed; more than `limit` bytes is an error.
    pub fn read_byte_strings(&self, ranges: &[(u64, u64)], limit: u64) -> Result<Vec<Vec<u8>>> {
        match self.element() {
            ElementType::FixedString(size) => {
                let bytes = self.read_rows(ranges, limit)?;
                // SAFETY: the datatype is live.
                let padding = locked(|| unsafe { H5Tget_strpad(self.datatype.id()) });
                Ok(bytes.chunks_exact((size as usize).max(1)).map(|text| unpadded(text, padding).to_vec()).collect())
            }
            ElementType::VarString => {
                locked(|| self.read_variable(ranges, limit)).map_err(|failure| self.fault("read the strings", failure))
            }
            _ => Err(self.fault("read the strings", Failure::new("its values are no strings"))),
        }
    }

    fn read_variable(&self, ranges: &[(u64, u64)], limit: u64) -> Result<Vec<Vec<u8>>, Failure> {
        const POINTER: u64 = std::mem::size_of::<*mut c_char>() as u64;
        let total = self.check_ranges(ranges)?;
        self.bounded(total, POINTER, limit)?;
        let memory = memory_type(ElementType::VarString, &self.datatype)?;
        let (mut strings, mut bytes) = (Vec::new(), 0u64);
        for (first, count) in merged(ranges) {
            let elements = self.bounded(count, POINTER, limit)? / POINTER as usize;
            let mut pointers = Pointers::new(elements, &memory)?;
            let block = Block::of_rows(self.shape(), first, count);
            // SAFETY: there is one pointer for each element of the rows.
            unsafe { self.transfer_in(&memory, &block, pointers.values.as_mut_ptr().cast())? };
            for &pointer in &pointers.values {
                let text = if pointer.is_null() {
                    &[][..]
                } else {
                    // SAFETY: the library fills each place with null or a terminated string that lives until reclaimed.
                    unsafe { CStr::from_ptr(pointer) }.to_bytes()
                };
                bytes = bytes.saturating_add(text.len() as u64);
                if bytes > limit {
                    return Err(Failure::new(format!("its strings are more than {limit} bytes")));
                }
                strings.push(text.to_vec());
            }
        }
        Ok(strings)
    }

    /// Writes strings into all elements of a string dataset. Fixed ones are padded with NUL; too long ones are refused.
    pub fn write_strings<T: AsRef<[u8]>>(&self, strings: &[T]) -> Result<()> {
        match self.element() {
            ElementType::FixedString(size) => {
                let size = size as usize;
                let mut bytes = Vec::with_capacity(strings.len().saturating_mul(size));
                for text in strings.iter().map(AsRef::as_ref) {
                    if text.len() > size {
                        let failure = Failure::new(format!("a string of {} bytes does not fit {size}", text.len()));
                        return Err(self.fault("write the strings", failure));
                    }
                    bytes.extend_from_slice(text);
                    bytes.resize(bytes.len() + size - text.len(), 0);
                }
                self.write_all(&bytes)
            }
            ElementType::VarString => {
                locked(|| self.write_variable(strings)).map_err(|failure| self.fault("write the strings", failure))
            }
            _ => Err(self.fault("write the strings", Failure::new("its values are no strings"))),
        }
    }

    fn write_variable<T: AsRef<[u8]>>(&self, strings: &[T]) -> Result<(), Failure> {
        let expected = self.bounded(self.rows(), 1, u64::MAX)?;
        if expected != strings.len() {
            return Err(Failure::new(format!("{} strings are given instead of {expected}", strings.len())));
        }
        let texts: Vec<CString> = strings
            .iter()
            .map(|text| CString::new(text.as_ref()).map_err(|_| Failure::new("a string contains a NUL byte")))
            .collect::<Result<_, _>>()?;
        let pointers: Vec<*const c_char> = texts.iter().map(|text| text.as_ptr()).collect();
        let memory = memory_type(ElementType::VarString, &self.datatype)?;
        let block = Block::of_rows(self.shape(), 0, self.rows());
        // SAFETY: there is one pointer for each element, to a C string in `texts`, which outlives the call.
        unsafe { self.transfer_out(&memory, &block, pointers.as_ptr().cast()) }
    }
}

/// Strings the library allocated; given back on drop.
struct Pointers<'a> {
    values: Vec<*mut c_char>,
    memory: &'a Handle,
    space: Handle,
}

impl<'a> Pointers<'a> {
    fn new(elements: usize, memory: &'a Handle) -> Result<Self, Failure> {
        let length = elements as u64;
        // SAFETY: one dimension, alive during the call.
        let space = Handle::new(unsafe { H5Screate_simple(1, &length, std::ptr::null()) })?;
        Ok(Pointers { values: vec![std::ptr::null_mut(); elements], memory, space })
    }
}

impl Drop for Pointers<'_> {
    fn drop(&mut self) {
        // SAFETY: every place is null or a string of the library; the space has one element for each.
        locked(|| unsafe {
            check(H5Treclaim(self.memory.id(), self.space.id(), H5P_DEFAULT, self.values.as_mut_ptr().cast())).ok();
        });
    }
}

fn unpadded(text: &[u8], padding: hdf5_sys::h5t::H5T_str_t) -> &[u8] {
    if padding == H5T_STR_NULLTERM {
        let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
        return &text[..end];
    }
    let pad = if padding == H5T_STR_SPACEPAD { b' ' } else { 0 };
    let end = text.iter().rposition(|&byte| byte != pad).map_or(0, |last| last + 1);
    &text[..end]
}
