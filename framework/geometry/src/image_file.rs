//! An image of numbers, such as a dark image or a flat field: NPY as numpy writes it. HDF5 files are read elsewhere, in a process
//! of its own; [`numbers`] reads what they hold.

use crate::mask_file::npy::{c_order, read, Content};
use crate::mask_file::{Form, Number};

/// What an image file holds, in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageFile {
    pub shape: Vec<usize>,
    pub values: Vec<f64>,
}

impl ImageFile {
    /// Reads the whole content of an NPY file.
    ///
    /// # Errors
    /// A fragment that says what is wrong with the file.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        match Form::of(bytes) {
            Form::Npy => {}
            Form::Hdf5 => return Err("it is an HDF5 file: say which dataset is meant".into()),
            _ => return Err("it is neither NPY nor HDF5".into()),
        }
        let Content { shape, fortran, number, signed, data } = read(bytes)?;
        let values = numbers(number, signed, data).ok_or("it holds half-precision numbers, which are not supported")?;
        Ok(Self { values: if fortran { c_order(&values, &shape) } else { values }, shape })
    }
}

/// Stored numbers as f64; none for types that are not known here, or bytes that are no whole numbers.
pub fn numbers(number: Number, signed: bool, bytes: &[u8]) -> Option<Vec<f64>> {
    macro_rules! read_as {
        ($type:ty) => {{
            let (whole, rest) = bytes.as_chunks::<{ size_of::<$type>() }>();
            let value = |raw: &[u8; size_of::<$type>()]| match number.big_endian {
                true => <$type>::from_be_bytes(*raw) as f64,
                false => <$type>::from_le_bytes(*raw) as f64,
            };
            rest.is_empty().then(|| whole.iter().map(value).collect())
        }};
    }
    match (number.size, number.float, signed) {
        (4, true, _) => read_as!(f32),
        (8, true, _) => read_as!(f64),
        (1, false, false) => read_as!(u8),
        (2, false, false) => read_as!(u16),
        (4, false, false) => read_as!(u32),
        (8, false, false) => read_as!(u64),
        (1, false, true) => read_as!(i8),
        (2, false, true) => read_as!(i16),
        (4, false, true) => read_as!(i32),
        (8, false, true) => read_as!(i64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, fortran: &str, data: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': (2, 2), }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [&b"\x93NUMPY\x01\x00"[..], &length, header.as_bytes(), data].concat()
    }

    #[test]
    fn types_and_orders() {
        let image = ImageFile::parse(&file("<i2", "False", &[1, 0, 255, 255, 0, 128, 7, 0])).unwrap();
        assert_eq!(image, ImageFile { shape: vec![2, 2], values: vec![1.0, -1.0, -32768.0, 7.0] });
        let big: Vec<u8> = [1.5f32, 2.0, -3.0, 4.0].into_iter().flat_map(f32::to_be_bytes).collect();
        assert_eq!(ImageFile::parse(&file(">f4", "True", &big)).unwrap().values, [1.5, -3.0, 2.0, 4.0]);
        assert!(ImageFile::parse(&file("<f2", "False", &[0; 8])).unwrap_err().contains("half"));
        assert!(ImageFile::parse(&file("<f4", "False", &[0; 8])).is_err());
        assert!(ImageFile::parse(b"\x89HDF\r\n\x1a\n").unwrap_err().contains("dataset"));
    }
}
