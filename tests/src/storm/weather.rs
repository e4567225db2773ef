//! Storage that goes wrong by itself while a run works: bits turn in what is written, calls fail for a moment or for good.

use crate::{Lying, Random, Refusing};

pub struct Weather {
    pub environment: Vec<(String, String)>,
    pub what: String,
}

impl Weather {
    pub fn fair() -> Self {
        Weather { environment: Vec::new(), what: "fair".into() }
    }

    /// Fair in most cases, and where nothing can be loaded before a program.
    pub fn some(random: &mut Random, lying: Option<&Lying>) -> Self {
        match (random.below(10), lying) {
            (0 | 1, Some(lying)) => Weather::lying(random, lying),
            (2 | 3, _) => Weather::refusing(random).unwrap_or_else(Weather::fair),
            _ => Weather::fair(),
        }
    }

    fn lying(random: &mut Random, lying: &Lying) -> Self {
        const PATHS: [&str; 10] = [
            "AGIPD00-S",
            "REDU00",
            "REDU01",
            "DA01-S",
            "reduction.json",
            ".part",
            "journal.json",
            "lease.json",
            "/ledger/",
            "basis.json",
        ];
        let path = PATHS[random.below(PATHS.len())];
        let every = [1, 2, 5, 20][random.below(4)];
        let mut environment: Vec<_> = lying.about(path).map(|(name, value)| (name.to_owned(), value)).into();
        environment.push(("LYING_EVERY".into(), every.to_string()));
        Weather { environment, what: format!("every {every}th write to {path} goes wrong") }
    }

    fn refusing(random: &mut Random) -> Option<Self> {
        const NAMES: [&str; 9] = [
            "/reduced/",
            "/finished/",
            "/ledger/",
            "/parts/",
            "/writing/",
            "lease.json",
            "AGIPD05-S00001",
            "DA01-S00000",
            "reduction.json",
        ];
        let refusing = Refusing {
            name: NAMES[random.below(NAMES.len())].into(),
            call: Refusing::CALLS[random.below(Refusing::CALLS.len())],
            from: 1 + random.below(40) as u32,
            times: [1, 2, 1 << 30][random.below(3)],
            errno: [libc::EIO, libc::ESTALE, libc::ENOSPC, libc::EDQUOT, libc::EACCES][random.below(5)],
        };
        Some(Weather { environment: refusing.environment()?, what: format!("{refusing:?}") })
    }
}
