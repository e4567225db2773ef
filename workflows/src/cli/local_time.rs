//! The time as the clock on the wall shows it: people compare a log with what they did.

use std::time::{SystemTime, UNIX_EPOCH};

/// `2026-11-28 17:04:09`
pub fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    libc::time_t::try_from(seconds).ok().and_then(shown).unwrap_or_else(|| format!("{seconds} s"))
}

fn shown(seconds: libc::time_t) -> Option<String> {
    // SAFETY: a plain C struct of integers and one pointer that nobody reads, for which all zeros are a valid value.
    let mut parts: libc::tm = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live values of the right type; unlike `localtime` it keeps nothing between two calls. It may
    // read the variable TZ, which this program never changes.
    let done = unsafe { libc::localtime_r(&seconds, &mut parts) };
    if done.is_null() {
        return None;
    }
    let libc::tm { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec, .. } = parts;
    let (year, month) = (i64::from(tm_year) + 1900, tm_mon + 1);
    Some(format!("{year}-{month:02}-{tm_mday:02} {tm_hour:02}:{tm_min:02}:{tm_sec:02}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn as_date_says() {
        let asked = std::process::Command::new("date").args(["-d", "@1700000000", "+%F %T"]).output();
        let Ok(told) = asked else {
            println!("skipped: there is no `date`");
            return;
        };
        assert_eq!(super::shown(1_700_000_000).as_deref(), Some(String::from_utf8_lossy(&told.stdout).trim()));
    }
}
