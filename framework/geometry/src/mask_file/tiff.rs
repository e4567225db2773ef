//! TIFF: one image of one channel in strips, without compression, as FabIO and tifffile write masks.
//!
//! Own reading rather than a crate: what a mask needs of TIFF 6.0 (sections 2 and 7) is one directory of tags, and a crate
//! would bring codecs that a file may choose among. Everything else is refused by its name.

use super::{check_length, MaskFile, Number};

/// A value of a directory: the tag, the type, and its numbers.
struct Tags<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    /// 12 bytes each
    entries: &'a [u8],
}

const CUT: &str = "it is cut short";
/// More strips than rows of any detector.
const MAX_VALUES: usize = 1 << 20;

pub(super) fn parse(bytes: &[u8]) -> Result<MaskFile, String> {
    let big_endian = bytes.starts_with(b"MM");
    let file = Tags { bytes, big_endian, entries: &[] };
    let start = file.integer(4, 4).ok_or(CUT)? as usize;
    let count = file.integer(start, 2).ok_or(CUT)? as usize;
    let first = start + 2;
    let end = first + 12 * count;
    let tags = Tags { entries: bytes.get(first..end).ok_or(CUT)?, ..file };
    if tags.integer(end, 4).ok_or(CUT)? != 0 {
        return Err("it holds more than one image".into());
    }
    if let Some(tile) = tags.values(322)? {
        return Err(format!(
            "it is a TIFF file in tiles of {}, which is not supported",
            tile.first().copied().unwrap_or(0)
        ));
    }
    let one = |tag: u16, default: u64| {
        Ok::<u64, String>(tags.values(tag)?.and_then(|v| v.first().copied()).unwrap_or(default))
    };
    match one(259, 1)? {
        1 => {}
        other => return Err(format!("it is a TIFF file compressed by {}, which is not supported", compression(other))),
    }
    if one(277, 1)? != 1 {
        return Err("it has several channels".into());
    }
    // white is zero, colours: the numbers are not what they stand for
    if let other @ (0 | 2..) = one(262, 1)? {
        return Err(format!("its photometric interpretation is {other}: only 1 (black is zero) is supported"));
    }
    let bits = one(258, 1)?;
    let size = match bits {
        8 | 16 | 32 | 64 => (bits / 8) as usize,
        other => return Err(format!("its numbers have {other} bits: 8, 16, 32 and 64 are supported")),
    };
    let float = match one(339, 1)? {
        1 | 2 => false,
        3 if size > 1 => true,
        other => return Err(format!("its sample format {other} is not supported")),
    };
    let length = |tag, name: &str| match one(tag, 0)? {
        0 => Err(format!("it has no {name}")),
        length => usize::try_from(length).map_err(|_| CUT.to_owned()),
    };
    let shape = vec![length(257, "height")?, length(256, "width")?];
    let image = tags.strips()?;
    check_length(&shape, size, image.len())?;
    Ok(MaskFile { shape, bad: Number { size, float, big_endian }.not_zero(&image) })
}

impl Tags<'_> {
    fn integer(&self, at: usize, size: usize) -> Option<u64> {
        let raw = self.bytes.get(at..at.checked_add(size)?)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian { raw.iter().fold(0, fold) } else { raw.iter().rev().fold(0, fold) })
    }

    /// The integers of a tag; none where it is not there.
    fn values(&self, tag: u16) -> Result<Option<Vec<u64>>, String> {
        let base = self.entries.as_ptr() as usize - self.bytes.as_ptr() as usize;
        for at in (0..self.entries.len()).step_by(12).map(|at| base + at) {
            if self.integer(at, 2) != Some(u64::from(tag)) {
                continue;
            }
            let size = match self.integer(at + 2, 2).ok_or(CUT)? {
                1 => 1,
                3 => 2,
                4 => 4,
                other => return Err(format!("its tag {tag} has the type {other}")),
            };
            let count = self.integer(at + 4, 4).ok_or(CUT)? as usize;
            if count > MAX_VALUES {
                return Err(format!("its tag {tag} has {count} values"));
            }
            let place = if count * size <= 4 { at + 8 } else { self.integer(at + 8, 4).ok_or(CUT)? as usize };
            let values: Option<Vec<u64>> =
                (0..count).map(|n| self.integer(place.checked_add(n * size)?, size)).collect();
            return values.ok_or(CUT.to_owned()).map(Some);
        }
        Ok(None)
    }

    /// The strips one behind the other.
    fn strips(&self) -> Result<Vec<u8>, String> {
        let starts = self.values(273)?.ok_or("it has no strips")?;
        let lengths = self.values(279)?.ok_or("it does not state the lengths of its strips")?;
        if starts.len() != lengths.len() {
            return Err("its strips and their lengths differ in number".into());
        }
        let mut image = Vec::new();
        for (start, length) in starts.into_iter().zip(lengths) {
            let (start, length) = (start as usize, length as usize);
            let strip = start.checked_add(length).and_then(|end| self.bytes.get(start..end)).ok_or(CUT)?;
            // strips may lie over each other: all together are no longer than the file
            if image.len() + strip.len() > self.bytes.len() {
                return Err("its strips are longer than the file".into());
            }
            image.extend_from_slice(strip);
        }
        Ok(image)
    }
}

fn compression(number: u64) -> String {
    let name = match number {
        2..=4 => "CCITT",
        5 => "LZW",
        6 | 7 => "JPEG",
        8 | 32946 => "deflate",
        32773 => "PackBits",
        34925 => "LZMA",
        50000 => "Zstandard",
        _ => return format!("method {number}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One image of 2 x 3 in two strips; `tags` come first and so replace what is written here.
    fn file(big: bool, bits: u16, format: u16, data: &[u8], tags: &[(u16, u32)]) -> Vec<u8> {
        let short = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let long = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let half = (data.len() / 2) as u32;
        // header, strips, starts, lengths, directory
        let mut file: Vec<u8> = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        let strips = 8;
        let starts = strips + data.len() as u32;
        file.extend(long(starts + 16));
        file.extend(data);
        [strips, strips + half, half, half].iter().for_each(|v| file.extend(long(*v)));
        let own = [
            (256, 3),
            (257, 2),
            (258, u32::from(bits)),
            (259, 1),
            (262, 1),
            (277, 1),
            (278, 1),
            (339, u32::from(format)),
        ];
        let all: Vec<(u16, u32)> = tags.iter().chain(&own).copied().collect();
        file.extend(short(all.len() as u16 + 2));
        for (tag, value) in all {
            file.extend(short(tag));
            file.extend(short(4));
            file.extend(long(1));
            file.extend(long(value));
        }
        for (tag, place) in [(273u16, starts), (279, starts + 8)] {
            file.extend(short(tag));
            file.extend(short(4));
            file.extend(long(2));
            file.extend(long(place));
        }
        file.extend(long(0));
        file
    }

    #[test]
    fn types_and_byte_orders() {
        let expected = vec![false, true, false, false, false, true];
        for big in [false, true] {
            let mask = parse(&file(big, 8, 1, &[0, 1, 0, 0, 0, 7], &[])).unwrap();
            assert_eq!((mask.shape, mask.bad), (vec![2, 3], expected.clone()));
            let floats = [0.0f32, 1.0, -0.0, 0.0, -0.0, 7.0];
            let data: Vec<u8> =
                floats.iter().flat_map(|v| if big { v.to_be_bytes() } else { v.to_le_bytes() }).collect();
            assert_eq!(parse(&file(big, 32, 3, &data, &[])).unwrap().bad, expected);
        }
    }

    #[test]
    fn what_is_no_mask_is_told() {
        for (tag, value, expected) in [
            (259, 5, "compressed by LZW"),
            (259, 777, "method 777"),
            (322, 64, "in tiles"),
            (277, 3, "several channels"),
            (262, 0, "photometric"),
            (258, 1, "have 1 bits"),
            (339, 6, "sample format"),
            (257, 9, "and 6 follow"),
            (256, 0, "no width"),
        ] {
            let error = parse(&file(false, 8, 1, &[0; 6], &[(tag, value)])).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
        }
        let good = file(false, 8, 1, &[0; 6], &[]);
        for length in 0..good.len() {
            assert!(parse(&good[..length]).is_err(), "{length}");
        }
    }
}
