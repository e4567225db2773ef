//! NPY, versions 1 to 3: magic, version, length of the header (2 bytes in version 1, else 4), a Python dictionary of type,
//! order and shape, then the numbers.

use super::{check_length, MaskFile, Number};

/// Longer headers are of structured types, which are no masks.
const MAX_HEADER: usize = 64 << 10;

/// What the header says, and the numbers behind it, as many as the shape asks for.
pub(crate) struct Content<'a> {
    pub(crate) shape: Vec<usize>,
    pub(crate) fortran: bool,
    pub(crate) number: Number,
    pub(crate) signed: bool,
    pub(crate) data: &'a [u8],
}

pub(super) fn parse(bytes: &[u8]) -> Result<MaskFile, String> {
    let Content { shape, fortran, number, data, .. } = read(bytes)?;
    let bad = number.not_zero(data);
    Ok(MaskFile { bad: if fortran { c_order(&bad, &shape) } else { bad }, shape })
}

pub(crate) fn read(bytes: &[u8]) -> Result<Content<'_>, String> {
    let cut = || "it is cut short".to_owned();
    let version = *bytes.get(6).ok_or_else(cut)?;
    let (length, start) = match version {
        1 => (u32::from(u16::from_le_bytes(fixed(bytes, 8).ok_or_else(cut)?)), 10),
        2 | 3 => (u32::from_le_bytes(fixed(bytes, 8).ok_or_else(cut)?), 12),
        other => return Err(format!("it is NPY version {other}, which is not known")),
    };
    let length = length as usize;
    if length > MAX_HEADER {
        return Err(format!("its header of {length} bytes is too long"));
    }
    let header = bytes.get(start..start + length).ok_or_else(cut)?;
    let header = std::str::from_utf8(header).map_err(|_| "its header is no text")?;
    let shown: String = header.trim().chars().take(80).collect();
    let (number, signed) = entry(header, "descr")
        .and_then(number)
        .ok_or_else(|| format!("its type is none of bool, int, uint and float of 1 to 8 bytes: {shown}"))?;
    let fortran = match entry(header, "fortran_order") {
        Some(text) if text.starts_with("True") => true,
        Some(text) if text.starts_with("False") => false,
        _ => return Err(format!("its header is not understood: {shown}")),
    };
    let shape =
        entry(header, "shape").and_then(shape).ok_or_else(|| format!("its header is not understood: {shown}"))?;
    let data = &bytes[start + length..];
    check_length(&shape, number.size, data.len())?;
    Ok(Content { shape, fortran, number, signed, data })
}

fn fixed<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// What stands behind `'key':`.
fn entry<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    Some(rest.trim_start())
}

/// `'<f8'`, and whether it has a sign
fn number(text: &str) -> Option<(Number, bool)> {
    let name = text.strip_prefix('\'')?.split('\'').next()?;
    let mut letters = name.chars();
    let big_endian = match letters.next()? {
        '>' => true,
        '<' | '|' => false,
        _ => return None,
    };
    let kind = letters.next()?;
    let size = letters.as_str().parse().ok()?;
    let known = match kind {
        'b' => size == 1,
        'i' | 'u' => matches!(size, 1 | 2 | 4 | 8),
        'f' => matches!(size, 2 | 4 | 8),
        _ => false,
    };
    known.then_some((Number { size, float: kind == 'f', big_endian }, kind == 'i'))
}

/// `(16, 512, 128)`, `(4,)`
fn shape(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    let lengths = inside.split(',').map(str::trim).filter(|length| !length.is_empty());
    lengths.map(|length| length.trim_end_matches('L').parse().ok()).collect()
}

/// Values of Fortran order, the first index fastest, in C order.
pub(crate) fn c_order<T: Copy>(values: &[T], shape: &[usize]) -> Vec<T> {
    let mut ordered = Vec::with_capacity(values.len());
    let mut index = vec![0usize; shape.len()];
    for _ in 0..values.len() {
        let place = index.iter().zip(shape).rev().fold(0, |place, (&at, &length)| place * length + at);
        ordered.push(values[place]);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
        let mut file = b"\x93NUMPY".to_vec();
        file.extend([version, 0]);
        match version {
            1 => file.extend((header.len() as u16).to_le_bytes()),
            _ => file.extend((header.len() as u32).to_le_bytes()),
        }
        file.extend(header.as_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn versions_types_and_orders() {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n";
        for version in 1..=3 {
            let mask = parse(&file(version, header, &[0, 1, 0, 0, 0, 7])).unwrap();
            assert_eq!((mask.shape, mask.bad), (vec![2, 3], vec![false, true, false, false, false, true]));
        }
        let fortran = header.replace("False", "True");
        let mask = parse(&file(1, &fortran, &[0, 0, 1, 0, 0, 7])).unwrap();
        assert_eq!((mask.shape, mask.bad), (vec![2, 3], vec![false, true, false, false, false, true]));
        let floats: Vec<u8> = [0.0f64, -0.0, 2.0].iter().flat_map(|v| v.to_be_bytes()).collect();
        let mask = parse(&file(1, "{'descr': '>f8', 'fortran_order': False, 'shape': (3,), }", &floats)).unwrap();
        assert_eq!((mask.shape, mask.bad), (vec![3], vec![false, false, true]));
        let mask = parse(&file(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (), }", &[1])).unwrap();
        assert_eq!((mask.shape, mask.bad), (vec![], vec![true]));
    }

    #[test]
    fn three_axes_in_fortran_order() {
        let values: Vec<u8> = (0..24).map(|n| u8::from(n == 1 + 2 * 2 + 2 * 3 * 3)).collect();
        let mask = parse(&file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 4), }", &values)).unwrap();
        assert_eq!(mask.bad.iter().position(|bad| *bad), Some(12 + 2 * 4 + 3));
    }

    #[test]
    fn what_is_no_mask_is_told() {
        let good = "{'descr': '|u1', 'fortran_order': False, 'shape': (4,), }\n";
        for (header, data, expected) in [
            (good.replace("|u1", "<c16"), 4, "its type"),
            (good.replace("'|u1'", "[('a', '<f4')]"), 4, "its type"),
            (good.replace("|u1", "|O"), 4, "its type"),
            (good.replace("(4,)", "(4, 9999999999999999999)"), 4, "too large"),
            (good.replace("(4,)", "(4, -1)"), 4, "not understood"),
            (good.replace("False", "Maybe"), 4, "not understood"),
            (good.into(), 3, "4 bytes of shape [4], and 3 follow"),
            (good.into(), 5, "and 5 follow"),
        ] {
            let error = parse(&file(1, &header, &vec![0; data])).unwrap_err();
            assert!(error.contains(expected), "{header}: {error}");
        }
        let whole = file(1, good, &[0, 1, 0, 7]);
        for length in 6..whole.len() {
            assert!(parse(&whole[..length]).is_err(), "{length}");
        }
        assert!(parse(&file(9, good, &[0; 4])).is_err());
    }
}
