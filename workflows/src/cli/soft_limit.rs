//! Limits of this process as the kernel tells them (`/proc/self/limits`).

/// The soft limit: nothing when it is not told, `Some(None)` when there is none.
pub fn soft_limit(text: &str, name: &str) -> Option<Option<u64>> {
    let word = text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?;
    match word {
        "unlimited" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limits() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\nMax address space         unlimited            unlimited            bytes\n";
        assert_eq!(soft_limit(text, "Max open files"), Some(Some(1024)));
        assert_eq!(soft_limit(text, "Max address space"), Some(None));
        assert_eq!(soft_limit(text, "Max nonsense"), None);
    }
}
