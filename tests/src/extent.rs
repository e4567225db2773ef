//! How far the tests go: thin, as every change is tested, or full (`TRAINYARD_TESTS=full`), as before a release. The checks are
//! the same; of what is random or swept there is more, and what is large is larger.

use std::sync::OnceLock;

/// Of two sizes of a test, the one that is asked for.
///
/// # Panics
/// When something else is asked for.
pub fn sized<T>(thin: T, full: T) -> T {
    static FULL: OnceLock<bool> = OnceLock::new();
    let is_full = *FULL.get_or_init(|| match std::env::var("TRAINYARD_TESTS") {
        Ok(extent) if extent == "full" => true,
        Ok(extent) if extent == "thin" || extent.is_empty() => false,
        Err(std::env::VarError::NotPresent) => false,
        other => panic!("TRAINYARD_TESTS is `full` or `thin`, not {other:?}"),
    });
    if is_full {
        full
    } else {
        thin
    }
}

/// Seeds of what is random, from `first` on; `TRAINYARD_SEED` repeats the one that it names.
///
/// # Panics
/// When that is no number.
pub fn seeds(first: u64, thin: u64, full: u64) -> Vec<u64> {
    match std::env::var("TRAINYARD_SEED") {
        Ok(seed) => vec![seed.parse().expect("TRAINYARD_SEED is a number")],
        Err(_) => (first..first + sized(thin, full)).collect(),
    }
}
