//! Slurm's durations: `D-HH:MM:SS` and its short forms, `UNLIMITED`.
//!
//! sbatch(1) accepts minutes, `MM:SS`, `HH:MM:SS`, `D-HH`, `D-HH:MM`, `D-HH:MM:SS`; the other commands print `MM:SS`,
//! `HH:MM:SS` and `D-HH:MM:SS`. A bare number is minutes in either direction.

use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// How long a job may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeLimit {
    /// At most so long.
    After(Duration),
    /// As long as it likes.
    Unlimited,
}

impl TimeLimit {
    /// Reads what Slurm prints; none for `N/A`, `Partition_Limit` (the partition decides), `INVALID` and nonsense.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("UNLIMITED") || text.eq_ignore_ascii_case("INFINITE") {
            return Some(Self::Unlimited);
        }
        parse_duration(text).map(Self::After)
    }

    /// From a number of minutes, as JSON has it.
    #[must_use]
    pub fn from_minutes(minutes: u64) -> Option<Self> {
        minutes.checked_mul(60).map(|seconds| Self::After(Duration::from_secs(seconds)))
    }
}

/// Reads a duration; a fraction of a second, as `sacct` prints for CPU times, is dropped.
pub(crate) fn parse_duration(text: &str) -> Option<Duration> {
    let (days, clock) = match text.split_once('-') {
        Some((days, clock)) => (Some(number(days)?), clock),
        None => (None, text),
    };
    let mut parts = [0_u64; 3];
    let mut count = 0;
    for part in clock.split(':') {
        *parts.get_mut(count)? = match part.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit()) => number(whole)?,
            Some(_) => return None,
            None => number(part)?,
        };
        count += 1;
    }
    let [a, b, c] = parts;
    let (hours, minutes, seconds) = match (days.is_some(), count) {
        (true, 1) => (a, 0, 0),
        (true, 2) => (a, b, 0),
        (_, 3) => (a, b, c),
        (false, 1) => (0, a, 0),
        (false, 2) => (0, a, b),
        _ => return None,
    };
    let total = days
        .unwrap_or(0)
        .checked_mul(86_400)?
        .checked_add(hours.checked_mul(3600)?)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)?;
    Some(Duration::from_secs(total))
}

fn number(text: &str) -> Option<u64> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

impl fmt::Display for TimeLimit {
    /// `HH:MM:SS` or `D-HH:MM:SS`, which every command reads; a fraction of a second counts as a whole one.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duration = match self {
            Self::Unlimited => return formatter.write_str("UNLIMITED"),
            Self::After(duration) => duration,
        };
        let total = duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0));
        let (days, hours, minutes, seconds) = (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
        if days > 0 {
            write!(formatter, "{days}-")?;
        }
        write!(formatter, "{hours:02}:{minutes:02}:{seconds:02}")
    }
}

impl Serialize for TimeLimit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<u64> {
        match TimeLimit::parse(text)? {
            TimeLimit::After(duration) => Some(duration.as_secs()),
            TimeLimit::Unlimited => None,
        }
    }

    #[test]
    fn every_form_of_the_manual() {
        for (text, expected) in [
            ("90", 5400),
            ("1:30", 90),
            ("1:00:00", 3600),
            ("1-00", 86_400),
            ("1-02:03", 93_780),
            ("1-02:03:04", 93_784),
            ("365-00:00:00", 31_536_000),
            ("00:00:00", 0),
            ("00:01.250", 1),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        assert_eq!(TimeLimit::parse("UNLIMITED"), Some(TimeLimit::Unlimited));
        assert_eq!(TimeLimit::parse("infinite"), Some(TimeLimit::Unlimited));
    }

    #[test]
    fn nonsense_is_none() {
        for text in [
            "",
            "N/A",
            "Partition_Limit",
            "INVALID",
            "1-",
            "-1",
            "1:2:3:4",
            "1--2",
            "1:x",
            "99999999999999999999",
            "184467440737095516-00",
        ] {
            assert_eq!(TimeLimit::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn printed_limits_read_back(total in 0_u64..1 << 40) {
            let limit = TimeLimit::After(Duration::from_secs(total));
            prop_assert_eq!(TimeLimit::parse(&limit.to_string()), Some(limit));
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}|[0-9:.-]{0,40}") {
            let _ = TimeLimit::parse(&text);
        }
    }
}
