//! Multi-tau g2 as a step.

use super::grid::Grid;
use super::regions::Regions;
use super::wrong;
use crate::multi_tau::{MultiTau, Partial, G2};
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{Frame, RowSink, RunValues, TrainExtract, TrainStep};
use trainyard_format::Result;

/// Slots of the grid of a train; a train that is longer has a wrong grid.
const MAX_SLOTS: usize = 1 << 16;

pub(super) struct Correlation {
    pub(super) tau: MultiTau,
    pub(super) regions: Regions,
    pub(super) grid: Grid,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Folded {
    partial: Option<Partial>,
    /// frames between two slots
    astray: u64,
}

impl TrainStep for Correlation {
    type Partial = Folded;

    fn extract_len(&self) -> usize {
        self.regions.len()
    }

    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) -> Result<()> {
        self.regions.extract(frame, values);
        Ok(())
    }

    fn begin(&self) -> Folded {
        Folded::default()
    }

    fn train(&self, train: &TrainExtract<'_>, _: &mut RowSink<'_>) -> Result<Folded> {
        let placed = self.grid.place(train.pulse_ids);
        let last = placed.slots.iter().flatten().max().copied().unwrap_or(0);
        if last >= MAX_SLOTS {
            return Err(wrong(&format!("a train of {last} steps of its pulse ids")));
        }
        // what is not there is a frame without a good pixel; all of them share one
        let gap = vec![f32::NAN; if placed.slots.len() == last + 1 { 0 } else { train.len }];
        let mut rows: Vec<&[f32]> = vec![&gap; if train.data.is_empty() { 0 } else { last + 1 }];
        for (row, slot) in train.data.chunks(train.len.max(1)).zip(&placed.slots) {
            if let Some(slot) = slot {
                rows[*slot] = row;
            }
        }
        let partial = self.tau.train_with_gaps(&rows, placed.slots.iter().flatten().count()).map_err(|e| wrong(&e))?;
        Ok(Folded { partial: Some(partial), astray: placed.astray })
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        into.astray += next.astray;
        match (&mut into.partial, next.partial) {
            (Some(whole), Some(next)) => whole.merge(&next).map_err(|e| wrong(&e))?,
            (empty, next @ Some(_)) => *empty = next,
            (_, None) => {}
        }
        Ok(())
    }

    fn finish(&self, folded: Folded, values: &mut RunValues) -> Result<()> {
        let partial = folded.partial.unwrap_or_else(|| self.tau.empty());
        let g2 = self.tau.finish(&partial).map_err(|e| wrong(&e))?;
        let shape = [g2.lags.len(), g2.rings];
        values.u64("lags", &[g2.lags.len()], &g2.lags, "");
        values.f64("g2", &shape, &g2.g2, "");
        values.u64("pairs", &shape, &g2.counts, "");
        self.regions.put(values);
        values.u64("pixels", &[g2.rings], &g2.pixels, "");
        values.u64("frames", &[g2.rings], &g2.frames, "");
        self.grid.put(values);
        (0..g2.rings).filter_map(|ring| self.nothing(&g2, ring)).for_each(|text| values.warn(text));
        self.grid.doubt(folded.astray).into_iter().for_each(|text| values.warn(text));
        Ok(())
    }

    /// Of the partial.
    fn memory(&self) -> usize {
        self.tau.partial_bytes()
    }
}

impl Correlation {
    /// Why a ring has no g2, when it has none.
    fn nothing(&self, g2: &G2, ring: usize) -> Option<String> {
        if g2.seen == 0 || g2.counts.iter().skip(ring).step_by(g2.rings).any(|&pairs| pairs > 0) {
            return None;
        }
        let name = self.regions.name(ring);
        let why = match g2.pixels[ring] {
            0 => "all its pixels are bad in every frame".to_string(),
            _ => format!(
                "in each of {} frames a pixel of it is bad that is good in another frame: mask it, or take smaller rings",
                g2.seen
            ),
        };
        Some(format!("{name} has no pair of frames: {why}"))
    }
}
