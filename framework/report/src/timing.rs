//! How long it took, and who waited for whom: the one part of a report that differs from run to run.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Timing {
    pub seconds: f64,
    pub bound_by: String,
    pub ranks: Vec<RankTime>,
    /// the report itself, and what it read
    pub report_seconds: f64,
    pub report_bytes: u64,
    /// bytes by which it raised the most memory that the program had had
    pub report_memory: u64,
}

/// Seconds that one rank spent, and its share of each stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct RankTime {
    pub rank: usize,
    pub frames: u64,
    pub bytes_read: u64,
    pub bytes_written: u64,
    pub reading: f64,
    pub computing: f64,
    pub writing: f64,
    /// the compute side waited for a batch, and for the writer to take one
    pub waiting_for_reading: f64,
    pub waiting_for_writing: f64,
    pub track: Track,
}

/// Of each stretch of `stretch` seconds the share that a lane was busy, 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Track {
    pub stretch: f64,
    pub reading: Vec<f32>,
    pub computing: Vec<f32>,
    pub writing: Vec<f32>,
}

/// Most stretches that are kept.
pub const STRETCHES: usize = 240;

impl Track {
    /// One more stretch; where there are too many, two become one.
    ///
    /// Work is counted when it is done: what is more than a stretch holds was done in those before it.
    pub fn push(&mut self, shares: [f64; 3]) {
        for (lane, share) in [&mut self.reading, &mut self.computing, &mut self.writing].into_iter().zip(shares) {
            lane.push(0.0);
            let mut left = share.max(0.0) as f32;
            for before in lane.iter_mut().rev() {
                let more = left.min(1.0 - *before);
                *before += more;
                left -= more;
                if left <= 0.0 {
                    break;
                }
            }
        }
    }

    pub fn is_full(&self) -> bool {
        self.reading.len() >= STRETCHES
    }

    /// Twice as long, half as many.
    pub fn halve(&mut self) {
        self.stretch *= 2.0;
        for lane in [&mut self.reading, &mut self.computing, &mut self.writing] {
            *lane = lane.chunks(2).map(|pair| pair.iter().sum::<f32>() / pair.len() as f32).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_run_has_no_more_stretches_than_a_short_one() {
        let mut track = Track { stretch: 0.1, ..Track::default() };
        for _ in 0..STRETCHES {
            track.push([1.0, 0.5, 0.0]);
        }
        assert!(track.is_full());
        track.halve();
        assert_eq!(
            (track.stretch, track.reading.len(), track.computing[3], track.writing[0]),
            (0.2, STRETCHES / 2, 0.5, 0.0)
        );
    }

    #[test]
    fn work_that_is_counted_late_was_done_before() {
        let mut track = Track { stretch: 0.1, ..Track::default() };
        for share in [0.0, 0.5, 0.0, 2.25, f64::NAN] {
            track.push([share, 0.0, 9.0]);
        }
        assert_eq!(track.reading, [0.0, 0.75, 1.0, 1.0, 0.0]);
        assert_eq!(track.writing, [1.0; 5]);
    }
}
