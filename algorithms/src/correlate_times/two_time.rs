//! Two-time correlation as a step. Formulas in [`crate::two_time`].

use super::grid::Grid;
use super::regions::Regions;
use super::wrong;
use crate::two_time::{add_train, TwoTimeSums, MAX_TIMES};
use serde::{Deserialize, Serialize};
use trainyard_codec::Processor;
use trainyard_engine::algorithm::{Frame, RowSink, RunValues, TrainExtract, TrainStep};
use trainyard_format::Result;

pub(super) struct TwoTime {
    pub(super) regions: Regions,
    pub(super) grid: Grid,
    pub(super) shot_noise: bool,
    pub(super) processor: Processor,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Folded {
    sums: TwoTimeSums,
    /// frames between two slots
    astray: u64,
}

impl TrainStep for TwoTime {
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
        let rows = train.data.chunks(train.len.max(1)).zip(&placed.slots);
        let (rows, slots): (Vec<&[f32]>, Vec<usize>) =
            rows.filter_map(|(row, slot)| slot.map(|slot| (row, slot))).unzip();
        if slots.last().is_some_and(|last| *last >= MAX_TIMES) {
            return Err(wrong(&format!("a train of more than {MAX_TIMES} steps of its pulse ids")));
        }
        let mut sums = TwoTimeSums::new(self.regions.sizes.len());
        add_train(&rows, &slots, &self.regions.sizes, self.shot_noise, self.processor, &mut sums);
        Ok(Folded { sums, astray: placed.astray })
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        into.sums.merge(&next.sums);
        into.astray += next.astray;
        Ok(())
    }

    fn finish(&self, folded: Folded, values: &mut RunValues) -> Result<()> {
        let rings = self.regions.sizes.len();
        let mut sums = TwoTimeSums::new(rings);
        sums.merge(&folded.sums);
        let times = sums.times();
        let [mut correlation, mut numerator, mut denominator] = [const { Vec::new() }; 3];
        let (mut trains, mut seen, mut pixels) = (Vec::new(), Vec::new(), Vec::new());
        // [ring][lag], to be turned
        let mut lags = Vec::new();
        for (number, ring) in sums.rings().iter().enumerate() {
            let (above, below, pairs) = ring.square(times);
            correlation.extend(above.iter().zip(&below).map(|(a, b)| if *b > 0.0 { a / b } else { f64::NAN }));
            numerator.extend(above);
            denominator.extend(below);
            trains.extend(pairs);
            lags.push(ring.g2(times));
            let (of_trains, of_pixels) = ring.seen();
            seen.push(of_trains);
            pixels.push(of_pixels);
            if of_trains == 0 && folded.sums.rings().len() == rings {
                values.warn(format!("{} has no pair of frames: all its pixels are bad", self.regions.name(number)));
            }
        }
        let square = [rings, times, times];
        values.f64("correlation", &square, &correlation, "");
        values.f64("numerator", &square, &numerator, "");
        values.f64("denominator", &square, &denominator, "");
        values.u64("trains", &square, &trains, "");
        let shape = [times, rings];
        let turned = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..times).flat_map(|lag| (0..rings).map(move |ring| (ring, lag))).map(|(r, l)| of(r, l)).collect()
        };
        values.u64("lags", &[times], &(0..times as u64).collect::<Vec<_>>(), "");
        values.f64("g2", &shape, &turned(&|ring, lag| lags[ring].g2[lag]), "");
        values.f64("sigma", &shape, &turned(&|ring, lag| lags[ring].sigma[lag]), "");
        let pairs: Vec<u64> = (0..times).flat_map(|lag| lags.iter().map(move |ring| ring.pairs[lag])).collect();
        values.u64("pairs", &shape, &pairs, "");
        self.regions.put(values);
        values.f64("pixels", &[rings], &pixels, "");
        values.u64("seen", &[rings], &seen, "");
        self.grid.put(values);
        self.grid.doubt(folded.astray).into_iter().for_each(|text| values.warn(text));
        Ok(())
    }

    /// Of the partial, and of the products of one train.
    fn memory(&self) -> usize {
        2 * TwoTimeSums::bytes(self.grid.slots(), self.regions.sizes.len())
    }
}
