//! Bytes in memory of C's `malloc`, which a plug-in may free and replace.
//!
//! The convention of HDF5: the filter is given a pointer to a buffer and the room in it, and
//! leaves there either the same buffer or another one, having freed the first. Plug-ins in C++
//! leave memory of `new[]` there, which HDF5 frees with `free`; so does this.

#![allow(unsafe_code)]

use std::ffi::c_void;

/// `len` bytes at the start of a buffer of C.
#[derive(Debug)]
pub(crate) struct Bytes {
    pointer: *mut c_void,
    room: usize,
    len: usize,
}

// SAFETY: the buffer has one owner and is not bound to a thread: `malloc` and `free` may be
// called on different ones.
unsafe impl Send for Bytes {}

impl Bytes {
    /// A copy of `bytes`; `None` when there is no memory for it.
    pub(crate) fn copy_of(bytes: &[u8]) -> Option<Self> {
        let room = bytes.len().max(1);
        // SAFETY: the size is not 0.
        let pointer = unsafe { libc::malloc(room) };
        if pointer.is_null() {
            return None;
        }
        // SAFETY: `pointer` has room for `bytes.len()` bytes and is new, so the two cannot overlap.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), pointer.cast(), bytes.len()) };
        Some(Self { pointer, room, len: bytes.len() })
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        if self.pointer.is_null() {
            return &[];
        }
        // SAFETY: the buffer is at least `len` long (see `replace_with`), and its bytes are set:
        // by `copy_of`, or by a filter that stated so.
        unsafe { std::slice::from_raw_parts(self.pointer.cast(), self.len) }
    }

    /// Runs `filter` on the buffer and its room; it returns how many bytes it left, 0 for failure.
    ///
    /// # Safety
    /// `filter` must keep the convention above: what it leaves in the pointer is null or comes
    /// from `malloc`, and holds as many bytes as it returns.
    pub(crate) unsafe fn replace_with(&mut self, filter: impl FnOnce(&mut usize, &mut *mut c_void) -> usize) -> bool {
        self.len = filter(&mut self.room, &mut self.pointer);
        self.len != 0 && !self.pointer.is_null()
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        // SAFETY: the pointer is null or an allocation of `malloc` that nobody else has.
        unsafe { libc::free(self.pointer) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_may_be_empty() {
        for bytes in [&b""[..], b"frame"] {
            let copy = Bytes::copy_of(bytes).expect("five bytes of memory");
            assert_eq!((copy.as_slice(), copy.len()), (bytes, bytes.len()));
        }
    }
}
