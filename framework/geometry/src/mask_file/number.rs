//! Whether a stored number is zero, whatever its type and byte order.

/// How a number is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// Bytes: 1, 2, 4 or 8.
    pub size: usize,
    /// IEEE 754; else an integer, or a truth value.
    pub float: bool,
    pub big_endian: bool,
}

impl Number {
    /// `raw` are the bytes of one number. Minus zero is zero; NaN is not.
    pub fn is_zero(self, raw: &[u8]) -> bool {
        let sign = if self.big_endian { 0 } else { self.size - 1 };
        raw.iter().enumerate().all(|(at, &byte)| byte == 0 || (self.float && at == sign && byte == 0x80))
    }

    /// Which of the numbers are not zero.
    pub fn not_zero(self, bytes: &[u8]) -> Vec<bool> {
        bytes.chunks_exact(self.size.max(1)).map(|raw| !self.is_zero(raw)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minus_zero_is_zero() {
        let float = |big_endian| Number { size: 4, float: true, big_endian };
        let values = [0.0f32, -0.0, 1.0, -1.0, f32::NAN, f32::MIN_POSITIVE / 2.0];
        let expected = [false, false, true, true, true, true];
        let little: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let big: Vec<u8> = values.iter().flat_map(|v| v.to_be_bytes()).collect();
        assert_eq!(float(false).not_zero(&little), expected);
        assert_eq!(float(true).not_zero(&big), expected);
        let integer = Number { size: 2, float: false, big_endian: false };
        assert_eq!(integer.not_zero(&[0, 0, 0, 0x80, 1, 0]), [false, true, true]);
    }
}
