//! Bytes as text in JSON and in addresses of pictures (RFC 4648).

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0u32, |number, at| number << 8 | u32::from(three.get(at).copied().unwrap_or(0)));
        for letter in 0..4 {
            match letter <= three.len() {
                true => text.push(char::from(LETTERS[(number >> (18 - 6 * letter)) as usize & 63])),
                false => text.push('='),
            }
        }
    }
    text
}

/// None, where it is not what `encode` makes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for four in text.as_bytes().chunks(4) {
        let filled = four.iter().take_while(|letter| **letter != b'=').count();
        if four.len() != 4 || filled < 2 || four[filled..].iter().any(|letter| *letter != b'=') {
            return None;
        }
        let mut number = 0u32;
        for letter in &four[..filled] {
            number = number << 6 | LETTERS.iter().position(|known| known == letter)? as u32;
        }
        number <<= 6 * (4 - filled);
        bytes.extend(&number.to_be_bytes()[1..filled]);
    }
    (encode(&bytes) == text).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_has_it() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!((encode(bytes.as_bytes()).as_str(), decode(text)), (text, Some(bytes.as_bytes().to_vec())));
        }
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        for wrong in ["Z", "Zg=", "Z===", "Zh==", "Zg==Zg==", "\"><script>", "Zm9v\n", "äöü="] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
