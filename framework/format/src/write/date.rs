//! `YYYYMMDDTHHMMSSZ`, the dates of METADATA.

/// Nanoseconds since the Unix epoch as UTC, by the proleptic Gregorian calendar.
///
/// Days since 0000-03-01 fall into eras of 400 years (146097 days); counting years from March puts the leap day last.
pub(super) fn format_date(ns: u64) -> String {
    let seconds = ns / 1_000_000_000;
    let (days, time) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", time / 3600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    use super::format_date;

    #[test]
    fn dates_are_utc() {
        assert_eq!(format_date(0), "19700101T000000Z");
        assert_eq!(format_date(951_782_400_000_000_000), "20000229T000000Z");
        assert_eq!(format_date(1_709_210_096_999_999_999), "20240229T123456Z");
        assert_eq!(format_date(u64::MAX), "25540721T233433Z");
    }
}
