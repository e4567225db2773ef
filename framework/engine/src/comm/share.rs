//! How far a rank is. Rank 0 speaks for all, so the others tell it now and then.

use std::ops::Add;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// looked at, or dropped before they were read
    pub frames: u64,
    /// read of the input
    pub bytes: u64,
    /// of slow data
    pub files: u64,
    /// of earlier starts, read back
    pub entries: u64,
}

impl Share {
    #[cfg(feature = "mpi")]
    pub(super) fn numbers(self) -> [u64; 4] {
        [self.frames, self.bytes, self.files, self.entries]
    }

    #[cfg(feature = "mpi")]
    pub(super) fn of_numbers(numbers: &[u64]) -> Option<Self> {
        let &[frames, bytes, files, entries] = numbers else { return None };
        Some(Share { frames, bytes, files, entries })
    }
}

impl Add for Share {
    type Output = Share;

    fn add(self, other: Share) -> Share {
        Share {
            frames: self.frames.saturating_add(other.frames),
            bytes: self.bytes.saturating_add(other.bytes),
            files: self.files.saturating_add(other.files),
            entries: self.entries.saturating_add(other.entries),
        }
    }
}
