//! EDF, the ESRF data format: a header of `Key = value ;` lines in braces, then one image without compression.

use super::{check_length, MaskFile, Number};

/// FabIO writes blocks of 512 bytes and seldom more than a few.
const MAX_HEADER: usize = 1 << 20;

pub(super) fn parse(bytes: &[u8]) -> Result<MaskFile, String> {
    let head = &bytes[..bytes.len().min(MAX_HEADER)];
    let close = head.iter().position(|&byte| byte == b'}').ok_or("its header has no end")?;
    let rest = &bytes[close + 1..];
    // the header ends with the line
    let data = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")).ok_or("its header has no end")?;
    let header = String::from_utf8_lossy(&head[..close]).into_owned();
    let value = |wanted: &str| {
        header.trim_start().trim_start_matches('{').split(';').find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
        })
    };
    if let Some(name) = value("Compression").filter(|name| !name.to_ascii_uppercase().starts_with("NO")) {
        return Err(format!("it is an EDF file compressed by `{}`, which is not supported", short(name)));
    }
    let number = number(value("DataType"), value("ByteOrder"))?;
    let length = |key: &str| match value(key) {
        None => Ok(None),
        Some(text) => {
            text.parse::<usize>().map(Some).map_err(|_| format!("its `{key}` is no length: `{}`", short(text)))
        }
    };
    let fast = length("Dim_1")?.ok_or("its header has no `Dim_1`")?;
    let mut shape: Vec<usize> = [length("Dim_3")?, length("Dim_2")?].into_iter().flatten().collect();
    shape.push(fast);
    let size = shape.iter().try_fold(number.size, |n, &length| n.checked_mul(length));
    let size = size.ok_or_else(|| format!("its header states the shape {shape:?}, which is too large"))?;
    let (image, behind) = data.split_at_checked(size).unwrap_or((data, &[]));
    if behind.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != 0) {
        return Err("it holds more than one image".into());
    }
    check_length(&shape, number.size, image.len())?;
    Ok(MaskFile { shape, bad: number.not_zero(image) })
}

fn number(kind: Option<&str>, order: Option<&str>) -> Result<Number, String> {
    let kind = kind.ok_or("its header has no `DataType`")?;
    let plain = kind.to_ascii_lowercase();
    let (size, float) = match plain.as_str() {
        "signedbyte" | "signed8" | "unsignedbyte" | "unsigned8" => (1, false),
        "signedshort" | "signed16" | "unsignedshort" | "unsigned16" | "unsignedshortinteger" => (2, false),
        "signedinteger" | "signed32" | "signedlong" | "unsignedinteger" | "unsigned32" | "unsignedlong" => (4, false),
        "signed64" | "unsigned64" => (8, false),
        "floatvalue" | "float" | "floatieee32" | "float32" => (4, true),
        "double" | "doublevalue" | "floatieee64" | "doubleieee64" => (8, true),
        _ => return Err(format!("its `DataType` is not known: `{}`", short(kind))),
    };
    let big_endian = match order.map(str::to_ascii_lowercase).as_deref() {
        Some("lowbytefirst") => false,
        Some("highbytefirst") => true,
        None if size == 1 => false,
        other => return Err(format!("its `ByteOrder` is not known: `{}`", short(other.unwrap_or_default()))),
    };
    Ok(Number { size, float, big_endian })
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As FabIO writes it.
    fn file(kind: &str, order: &str, extra: &str, data: &[u8]) -> Vec<u8> {
        let mut header = format!(
            "{{\nHeaderID = EH:000001:000000:000000 ;\nImage = 1 ;\nByteOrder = {order} ;\nDataType = {kind} ;\n\
             Dim_1 = 3 ;\nDim_2 = 2 ;\nSize = {} ;\n{extra}",
            data.len()
        );
        while (header.len() + 2) % 512 != 0 {
            header.push(' ');
        }
        [header.as_bytes(), b"}\n", data].concat()
    }

    #[test]
    fn types_and_byte_orders() {
        let expected = vec![false, true, false, false, false, true];
        let mask = parse(&file("UnsignedByte", "LowByteFirst", "", &[0, 1, 0, 0, 0, 7])).unwrap();
        assert_eq!((mask.shape, mask.bad), (vec![2, 3], expected.clone()));
        let values = [0.0f32, 1.0, -0.0, 0.0, -0.0, 7.0];
        let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(parse(&file("FloatValue", "HighByteFirst", "", &big)).unwrap().bad, expected);
        let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        assert_eq!(
            parse(&file("FLOATVALUE", "LowByteFirst", "Compression = None ;\n", &little)).unwrap().bad,
            expected
        );
    }

    #[test]
    fn what_is_no_mask_is_told() {
        let good = file("UnsignedByte", "LowByteFirst", "", &[0; 6]);
        for (bytes, expected) in [
            (file("UnsignedByte", "LowByteFirst", "Compression = GZIP ;\n", &[0; 6]), "compressed by `GZIP`"),
            (file("Complex", "LowByteFirst", "", &[0; 6]), "`DataType`"),
            (file("Float", "Sideways", "", &[0; 24]), "`ByteOrder`"),
            (file("UnsignedByte", "LowByteFirst", "", &[0; 5]), "and 5 follow"),
            ([good.clone(), good.clone()].concat(), "more than one image"),
            (file("UnsignedByte", "LowByteFirst", "Dim_3 = 18446744073709551615 ;\n", &[0; 6]), "too large"),
            (b"{ no end".to_vec(), "no end"),
        ] {
            let error = parse(&bytes).unwrap_err();
            assert!(error.contains(expected), "{expected}: {error}");
        }
        for length in 0..good.len() {
            assert!(parse(&good[..length]).is_err(), "{length}");
        }
    }
}
