//! The shape of an entry: `"modules, 512, 128"` with a value for `modules`.

use super::parameters::{Parameter, Parameters};
use crate::write::container::LARGEST_CHUNK;

/// HDF5 has 32 dimensions; the first is that of the entries.
const MOST_DIMENSIONS: usize = 31;

/// The dimensions, or what is wrong with them.
pub(super) fn resolve(text: &str, parameters: &Parameters) -> Result<Vec<u64>, String> {
    let mut shape = Vec::new();
    if text.trim().is_empty() {
        return Ok(shape);
    }
    for item in text.split(',').map(str::trim) {
        if item.is_empty() {
            return Err(format!("a dimension of shape `{text}` is empty"));
        }
        if item.starts_with(|first: char| first.is_ascii_digit()) {
            shape.push(item.parse().map_err(|_| format!("`{item}` in shape `{text}` is no dimension"))?);
            continue;
        }
        match parameters.get(item)? {
            Parameter::Number(number) => shape.push(*number),
            Parameter::Shape(dimensions) => shape.extend_from_slice(dimensions),
            Parameter::Text(value) => return Err(format!("parameter `{item}` is the text `{value}`, not a dimension")),
        }
    }
    if shape.contains(&0) {
        return Err(format!("an entry of shape {shape:?} holds nothing"));
    }
    if shape.len() > MOST_DIMENSIONS {
        return Err(format!("an entry has {} dimensions, HDF5 has room for {MOST_DIMENSIONS}", shape.len()));
    }
    Ok(shape)
}

/// Bytes of an entry, or why it has too many.
pub(super) fn bytes(shape: &[u64], element_size: usize) -> Result<usize, String> {
    let bytes = shape.iter().try_fold(element_size as u64, |bytes, &n| bytes.checked_mul(n));
    // a chunk holds whole entries
    let bytes = bytes.filter(|&bytes| bytes < LARGEST_CHUNK).and_then(|bytes| usize::try_from(bytes).ok());
    bytes.ok_or_else(|| format!("an entry of shape {shape:?} is larger than 4 GiB, the largest chunk of HDF5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_parameters_and_whole_shapes_mix() {
        let parameters = Parameters::new().number("n", 16).shape("frame", &[512, 128]).text("det", "x").number("no", 0);
        let shape = |text: &str| resolve(text, &parameters);
        assert_eq!(shape(""), Ok(vec![]));
        assert_eq!(shape("n, 3,3"), Ok(vec![16, 3, 3]));
        assert_eq!(shape("n, frame"), Ok(vec![16, 512, 128]));
        for text in ["m", "n,", "det", "no", "0", "3x", "-1", "99999999999999999999"] {
            assert!(shape(text).is_err(), "{text}");
        }
        assert!(shape(&vec!["2"; 32].join(",")).is_err());
        assert_eq!(bytes(&[16, 3], 8), Ok(384));
        assert!(bytes(&[u64::MAX, 2], 8).is_err() && bytes(&[1 << 32], 1).is_err());
    }
}
