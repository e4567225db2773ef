//! Amounts of memory: `4000M`, `4Gn` (per node), `2Gc` (per core), `1.50T`; units are powers of 1024.

use serde::Serialize;
use std::fmt;

/// An amount of memory, and what it is counted per where Slurm tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Memory {
    /// The amount in KiB, Slurm's smallest unit.
    pub kibibytes: u64,
    /// What it is counted per; none where the text does not tell.
    pub per: Option<Per>,
}

/// What an amount of memory is counted per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// Each node of the job.
    Node,
    /// Each core of the job.
    Cpu,
}

impl Memory {
    /// So many KiB.
    #[must_use]
    pub const fn kibibytes(kibibytes: u64) -> Self {
        Self { kibibytes, per: None }
    }

    /// So many MiB, Slurm's usual unit.
    #[must_use]
    pub const fn mebibytes(mebibytes: u64) -> Self {
        Self::kibibytes(mebibytes.saturating_mul(1024))
    }

    /// So many GiB.
    #[must_use]
    pub const fn gibibytes(gibibytes: u64) -> Self {
        Self::mebibytes(gibibytes.saturating_mul(1024))
    }

    /// At least so many bytes: rounded up to a whole KiB.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self::kibibytes(bytes.div_ceil(1024))
    }

    /// The amount in bytes.
    #[must_use]
    pub const fn as_bytes(self) -> u64 {
        self.kibibytes.saturating_mul(1024)
    }

    /// The amount in MiB, rounded up, as `--mem` wants it.
    #[must_use]
    pub const fn as_mebibytes(self) -> u64 {
        self.kibibytes.div_ceil(1024)
    }

    /// Counted per node, or per core.
    #[must_use]
    pub const fn per(self, per: Per) -> Self {
        Self { per: Some(per), ..self }
    }

    /// Reads what Slurm prints; a number without unit is MiB. None for `N/A`, `?` and nonsense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (text, per) = match text.as_bytes().last()? {
            b'n' => (text.get(..text.len() - 1)?, Some(Per::Node)),
            b'c' => (text.get(..text.len() - 1)?, Some(Per::Cpu)),
            _ => (text, None),
        };
        let (digits, shift) = match text.as_bytes().last()?.to_ascii_uppercase() {
            b'K' => (text.get(..text.len() - 1)?, 0),
            b'M' => (text.get(..text.len() - 1)?, 10),
            b'G' => (text.get(..text.len() - 1)?, 20),
            b'T' => (text.get(..text.len() - 1)?, 30),
            b'P' => (text.get(..text.len() - 1)?, 40),
            _ => (text, 10),
        };
        // Decimals are printed with two digits at most; six keep the product exact within u128.
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty()
            || fraction.len() > 6
            || !whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let millionths =
            u128::from(whole.parse::<u64>().ok()?) * 1_000_000 + format!("{fraction:0<6}").parse::<u128>().ok()?;
        let kibibytes = (millionths << shift).div_ceil(1_000_000);
        Some(Self { kibibytes: u64::try_from(kibibytes).ok()?, per })
    }
}

impl fmt::Display for Memory {
    /// The largest unit that needs no decimals, and `n` or `c` for what it is counted per.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = self.kibibytes;
        let mut units = ["K", "M", "G", "T", "P"].iter();
        let mut unit = units.next().unwrap_or(&"K");
        while amount > 0 && amount.is_multiple_of(1024) {
            let Some(next) = units.next() else { break };
            unit = next;
            amount /= 1024;
        }
        let per = match self.per {
            Some(Per::Node) => "n",
            Some(Per::Cpu) => "c",
            None => "",
        };
        write!(formatter, "{amount}{unit}{per}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_slurm_prints() {
        assert_eq!(Memory::parse("4000M"), Some(Memory::mebibytes(4000)));
        assert_eq!(Memory::parse("4Gn"), Some(Memory::gibibytes(4).per(Per::Node)));
        assert_eq!(Memory::parse("2000Mc"), Some(Memory::mebibytes(2000).per(Per::Cpu)));
        assert_eq!(Memory::parse("100"), Some(Memory::mebibytes(100)));
        assert_eq!(Memory::parse("123456K"), Some(Memory::kibibytes(123_456)));
        assert_eq!(Memory::parse("1.50G"), Some(Memory::mebibytes(1536)));
        assert_eq!(Memory::parse("0"), Some(Memory::kibibytes(0)));
        for text in
            ["", "n", "N/A", "?", "G", "-1M", "1.2.3G", "1.G0", "99999999999999999999G", "18446744073709551615P", "4Gü"]
        {
            assert_eq!(Memory::parse(text), None, "{text}");
        }
    }

    #[test]
    fn amounts_are_rounded_up() {
        assert_eq!(Memory::bytes(1).kibibytes, 1);
        assert_eq!(Memory::kibibytes(1025).as_mebibytes(), 2);
        assert_eq!(Memory::parse("0.01K"), Some(Memory::kibibytes(1)));
        assert_eq!(Memory::gibibytes(3).to_string(), "3G");
    }

    proptest! {
        #[test]
        fn printed_amounts_read_back(kibibytes in 0_u64..1 << 60, per in prop_oneof![Just(None), Just(Some(Per::Node)), Just(Some(Per::Cpu))]) {
            let memory = Memory { kibibytes, per };
            prop_assert_eq!(Memory::parse(&memory.to_string()), Some(memory));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,20}|[0-9.KMGTPnc]{0,30}") {
            let _ = Memory::parse(&text);
        }
    }
}
