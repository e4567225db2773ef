//! Those who watch a run: rank 0 shows how far all ranks are, so each of the others tells it now and then.

use super::pipeline::Lane;
use super::Meter;
use crate::comm::Ranks;
use std::time::{Duration, Instant};

/// Between two words of a rank.
const PAUSE: Duration = Duration::from_secs(1);

pub struct Watchers<'a> {
    ranks: &'a dyn Ranks,
    meter: &'a Meter,
    told: Instant,
}

impl<'a> Watchers<'a> {
    pub fn of(lane: &Lane<'a>) -> Self {
        Watchers { ranks: lane.ranks, meter: lane.meter, told: Instant::now() }
    }

    /// How far this rank is, unless that was told a moment ago.
    pub fn tell(&mut self) {
        if self.told.elapsed() >= PAUSE {
            self.ranks.report(self.meter.share());
            self.told = Instant::now();
        }
    }
}
