//! Fate codes: why a frame is not in the reduced run.

use serde::{Deserialize, Serialize};

/// What the sources of fates and columns are called behind the prefix of all results.
pub const FATE: &str = "FATE";
pub const COLUMNS: &str = "COLUMNS";
/// RUN value of the fates that tells which modules were dropped, by which step and why.
pub const MODULES: &str = "modules";

/// `codes[0]` is always `kept`; each `keep` step adds two, for "no" and for "no data". Where steps that write frames choose
/// among them, one for each such step follows, for what stands in its folder and not in that of the table, and one for what no
/// step took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateCodes {
    pub codes: Vec<String>,
    /// the first of the writers' codes
    writers: Option<u8>,
}

impl FateCodes {
    pub const KEPT: u8 = 0;
    pub const INCOMPLETE: u8 = 1;
    pub const UNREADABLE: u8 = 2;

    pub fn new() -> Self {
        FateCodes { codes: vec!["kept".into(), "incomplete".into(), "unreadable".into()], writers: None }
    }

    /// Adds the codes of the `keep` that is step `number` of the workflow, and returns the first: dropped; the next one is:
    /// no data.
    pub fn add_keep(&mut self, number: usize, condition: &str) -> Option<u8> {
        let code = u8::try_from(self.codes.len()).ok().filter(|&c| c < u8::MAX)?;
        self.codes.push(format!("step {number}, keep {condition}: no"));
        self.codes.push(format!("step {number}, keep {condition}: no-data"));
        Some(code)
    }

    /// Adds the codes of the steps that write, each with its number in the workflow and its folder. None: too many codes.
    pub fn add_writers(&mut self, writers: &[(usize, Option<&str>)]) -> Option<()> {
        let first = u8::try_from(self.codes.len()).ok()?;
        u8::try_from(self.codes.len() + writers.len()).ok()?;
        for (number, folder) in writers {
            let folder = folder.unwrap_or("the run folder");
            self.codes.push(format!("step {number}, {WRITES}: kept in {folder}"));
        }
        let last = writers.last().map_or(0, |(number, _)| *number);
        self.codes.push(format!("step {last}, {WRITES}: taken by none"));
        self.writers = Some(first);
        Some(())
    }

    /// A frame of this fate was dropped by nothing.
    pub fn is_alive(&self, fate: u8) -> bool {
        fate == Self::KEPT || self.writers.is_some_and(|first| fate >= first)
    }

    /// The fate of a frame in the table of one writer's folder. `taken`: a bit for each writer that took the frame.
    pub fn in_folder(&self, fate: u8, taken: u8, writer: usize) -> u8 {
        match self.writers {
            Some(first) if fate == Self::KEPT && taken >> writer & 1 == 0 => match taken {
                0 => u8::try_from(self.codes.len() - 1).unwrap_or(u8::MAX),
                _ => first + taken.trailing_zeros() as u8,
            },
            _ => fate,
        }
    }

    /// Whether a code of this name tells of a frame that nothing dropped.
    pub fn names_writer(name: &str) -> bool {
        name.split_once(", ")
            .is_some_and(|(_, what)| what.strip_prefix(WRITES).is_some_and(|rest| rest.starts_with(": ")))
    }
}

/// How names of fates call the step that writes.
const WRITES: &str = "write-frames";

/// Most steps that write frames in one workflow: a bit for each.
pub const MOST_WRITERS: usize = 8;

impl Default for FateCodes {
    fn default() -> Self {
        FateCodes::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_stands_elsewhere_has_the_code_of_the_first_that_took_it() {
        let mut codes = FateCodes::new();
        codes.add_keep(2, "lit").unwrap();
        assert_eq!((codes.in_folder(0, 0, 0), codes.is_alive(5)), (0, false), "one writer takes all");
        codes.add_writers(&[(4, None), (5, Some("a")), (6, Some("b"))]).unwrap();
        let name = |fate, taken, writer| codes.codes[usize::from(codes.in_folder(fate, taken, writer))].as_str();
        assert_eq!((name(0, 0b011, 0), name(0, 0b011, 1)), ("kept", "kept"));
        assert_eq!(name(0, 0b011, 2), "step 4, write-frames: kept in the run folder");
        assert_eq!(name(0, 0b110, 0), "step 5, write-frames: kept in a");
        assert_eq!(name(0, 0, 1), "step 6, write-frames: taken by none");
        assert_eq!((name(3, 0b111, 0), name(2, 0, 2)), ("step 2, keep lit: no", "unreadable"));
        let alive: Vec<u8> = (0..9).filter(|fate| codes.is_alive(*fate)).collect();
        assert_eq!(alive, [0, 5, 6, 7, 8]);
        let named = codes.codes.iter().filter(|name| FateCodes::names_writer(name)).count();
        assert_eq!(named, 4);
    }
}
