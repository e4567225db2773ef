//! Which pixels a mask file declares bad: all that are not zero.
//!
//! NPY as numpy writes it, EDF and TIFF as FabIO writes them, told apart by their first bytes. HDF5 files are read
//! elsewhere, in a process of its own. Nothing here opens files; what a header claims is compared with the bytes there are
//! before anything is allocated.

mod edf;
pub(crate) mod npy;
mod number;
mod tiff;

pub use number::Number;

/// What a mask file holds: true = bad, in C order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskFile {
    pub shape: Vec<usize>,
    pub bad: Vec<bool>,
}

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Npy,
    Edf,
    Tiff,
    Hdf5,
    /// known by name, not supported
    Other(&'static str),
    Unknown,
}

impl Form {
    /// `start`: the first bytes of the file, 16 or more where it has as many.
    pub fn of(start: &[u8]) -> Form {
        let begins = |magic: &[u8]| start.starts_with(magic);
        let text = start.iter().position(|byte| !byte.is_ascii_whitespace()).map(|at| &start[at..]).unwrap_or_default();
        match start {
            _ if begins(b"\x93NUMPY") => Form::Npy,
            _ if begins(b"\x89HDF\r\n\x1a\n") => Form::Hdf5,
            _ if begins(b"II*\0") || begins(b"MM\0*") => Form::Tiff,
            _ if text.starts_with(b"{") => Form::Edf,
            _ if begins(b"II+\0") || begins(b"MM\0+") => Form::Other("BigTIFF"),
            _ if begins(b"M\0\0\0A\0\0\0") => Form::Other("Fit2D mask"),
            _ if begins(b"PK\x03\x04") => Form::Other("ZIP or NPZ archive"),
            _ if begins(b"\x1f\x8b") => Form::Other("file compressed by gzip"),
            _ if begins(b"BZh") => Form::Other("file compressed by bzip2"),
            _ if begins(b"###CBF") => Form::Other("CBF file"),
            _ if begins(b"\x89PNG") => Form::Other("PNG image"),
            _ => Form::Unknown,
        }
    }
}

impl MaskFile {
    /// Reads the whole content of an NPY, EDF or TIFF file.
    ///
    /// # Errors
    /// A fragment that says what is wrong with the file.
    pub fn parse(bytes: &[u8]) -> Result<MaskFile, String> {
        let mask = match Form::of(bytes) {
            Form::Npy => npy::parse(bytes)?,
            Form::Edf => edf::parse(bytes)?,
            Form::Tiff => tiff::parse(bytes)?,
            Form::Hdf5 => return Err("it is an HDF5 file".into()),
            Form::Other(name) => {
                return Err(format!("it is a {name}, which is not supported: NPY, HDF5, EDF and TIFF are"))
            }
            Form::Unknown => return Err("it is none of NPY, HDF5, EDF and TIFF".into()),
        };
        debug_assert_eq!(mask.shape.iter().product::<usize>(), mask.bad.len());
        Ok(mask)
    }
}

/// Numbers that the shape asks for, where `bytes` holds exactly as many.
fn check_length(shape: &[usize], size: usize, bytes: usize) -> Result<(), String> {
    let wanted = shape.iter().try_fold(size, |n, &length| n.checked_mul(length));
    match wanted {
        Some(wanted) if wanted == bytes => Ok(()),
        Some(wanted) => Err(format!("its header states {wanted} bytes of shape {shape:?}, and {bytes} follow")),
        None => Err(format!("its header states the shape {shape:?}, which is too large")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn other_forms_are_named() {
        for (start, name) in [
            (&b"PK\x03\x04...."[..], "NPZ"),
            (&b"\x1f\x8b\x08"[..], "gzip"),
            (&b"M\0\0\0A\0\0\0S\0\0\0K\0\0\0"[..], "Fit2D"),
        ] {
            assert!(MaskFile::parse(start).unwrap_err().contains(name));
        }
        assert!(MaskFile::parse(b"hello").unwrap_err().contains("none of NPY"));
        assert!(MaskFile::parse(b"").is_err());
    }

    proptest! {
        /// Whatever the bytes, the answer is a mask or an error, and never more pixels than bytes.
        #[test]
        fn hostile_bytes_never_panic(
            magic in prop::sample::select(vec![&b"\x93NUMPY\x01\0\x40\0"[..], &b"II*\0"[..], &b"MM\0*"[..], &b"{"[..], &b""[..]]),
            rest in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let bytes = [magic, &rest].concat();
            if let Ok(mask) = MaskFile::parse(&bytes) {
                prop_assert!(mask.bad.len() <= bytes.len());
            }
        }
    }
}
