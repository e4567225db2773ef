//! The release of the installed Slurm: `slurm 23.11.4`, `slurm-wlm 22.05.8` (Debian), `slurm 24.05.0-0rc1`.

use std::fmt;

/// Year, month and patch of a Slurm release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Year, two digits.
    pub year: u16,
    /// Month.
    pub month: u16,
    /// Patch; 0 where it is not a number.
    pub patch: u16,
}

impl Version {
    /// The first release whose `squeue --json` heeds filters; 22.05's prints every job of the cluster whatever is asked.
    pub const JSON_WITH_FILTERS: Self = Self { year: 23, month: 2, patch: 0 };

    /// Reads what `COMMAND --version` prints.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let word = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts = word.split('.');
        let year = parts.next()?.parse().ok()?;
        let month = parts.next()?.parse().ok()?;
        let patch = parts.next().unwrap_or_default();
        let digits = patch.bytes().take_while(u8::is_ascii_digit).count();
        Some(Self { year, month, patch: patch.get(..digits)?.parse().unwrap_or(0) })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}.{}", self.year, self.month, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_packagers() {
        for (text, expected) in [
            ("slurm 20.11.9", "20.11.9"),
            ("slurm-wlm 22.05.8\n", "22.05.8"),
            ("slurm 24.05.0-0rc1", "24.05.0"),
            ("slurm 23.02", "23.02.0"),
        ] {
            assert_eq!(Version::parse(text).unwrap().to_string(), expected);
        }
        assert!(Version::parse("slurm-wlm 22.05.8") < Some(Version::JSON_WITH_FILTERS));
        assert!(Version::parse("slurm 23.11.4") > Some(Version::JSON_WITH_FILTERS));
        for text in ["", "slurm", "slurm x.y", "99999999.1", "12"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
