//! One frame: its row, its columns, and its part in the sums.

use super::config::Per;
use super::regions::Named;
use crate::roi::{histogram, GroupSums, Measure, Measured, Pair};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trainyard_engine::algorithm::{Frame, FrameOut, FrameStep, RowSink, RunValues};
use trainyard_format::Result;

/// What a frame is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Normaliser {
    Column(usize),
    Region(usize),
}

pub(super) struct Integration {
    pub(super) named: Named,
    pub(super) measure: Measure,
    /// bins and limits
    pub(super) histogram: Option<(usize, [f64; 2])>,
    /// coefficients of the energy, eV
    pub(super) energy: Vec<f64>,
    /// number of a region
    pub(super) background: Option<usize>,
    /// numbers of two regions
    pub(super) absorption: Option<[usize; 2]>,
    pub(super) normaliser: Option<Normaliser>,
    /// a column and the edges of its bins
    pub(super) groups: Option<(usize, Vec<f64>)>,
    pub(super) per: Per,
}

/// Sums of groups of frames: of the regions, then of (sample, reference) and of (absorption, 1).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Folded {
    pub(super) groups: BTreeMap<u32, GroupSums>,
    pub(super) frames: u64,
    /// in no group
    pub(super) astray: u64,
    pub(super) without_normaliser: u64,
    /// by region, frames without a good pixel
    pub(super) blank: Vec<u64>,
}

/// Scratch of one worker.
#[derive(Default)]
pub(super) struct Scratch {
    values: Vec<f32>,
    measured: Vec<Measured>,
    /// `[region][bin]`
    spectrum: Vec<f64>,
    weights: Vec<f64>,
    counts: Vec<u32>,
}

impl Integration {
    /// Bins of a spectrum; 0: none is asked for.
    pub(super) fn bins(&self) -> usize {
        self.named.projections.first().map_or(0, |projection| projection.bins())
    }

    pub(super) fn empty(&self) -> GroupSums {
        GroupSums::new(self.named.regions.len() + 2, self.named.regions.len() * self.bins())
    }

    fn look(&self, frame: &Frame<'_>, scratch: &mut Scratch) {
        let Scratch { values, measured, spectrum, weights, counts } = scratch;
        measured.clear();
        measured.extend(
            self.named.regions.iter().map(|region| self.measure.of(region, |module| frame.module(module), values)),
        );
        if let Some((bins, limits)) = self.histogram {
            counts.clear();
            counts.resize(bins * self.named.regions.len(), 0);
            for (region, counts) in self.named.regions.iter().zip(counts.chunks_mut(bins)) {
                histogram(region, |module| frame.module(module), limits, counts);
            }
        }
        let bins = self.bins();
        if bins == 0 {
            return;
        }
        for values in [&mut *spectrum, &mut *weights] {
            values.clear();
            values.resize(bins * self.named.projections.len(), 0.0);
        }
        let each = spectrum.chunks_mut(bins).zip(weights.chunks_mut(bins));
        for (projection, (sums, weights)) in self.named.projections.iter().zip(each) {
            if let Some(pixels) = frame.module(projection.module) {
                projection.add(pixels, frame.detector.fast, sums, weights);
            }
        }
        if let Some(background) = self.background {
            let own = background * bins..(background + 1) * bins;
            let (level, pixels) = (spectrum[own.clone()].to_vec(), weights[own].to_vec());
            for (region, sums) in spectrum.chunks_mut(bins).enumerate().filter(|(region, _)| *region != background) {
                for (bin, sum) in sums.iter_mut().enumerate() {
                    *sum -= level[bin] / pixels[bin] * weights[region * bins + bin];
                }
            }
        }
    }

    /// Sum less background.
    fn net(&self, region: usize, measured: &[Measured]) -> f64 {
        let own = &measured[region];
        match self.background.filter(|background| *background != region) {
            Some(background) => own.sum - measured[background].mean() * f64::from(own.pixels),
            None => own.sum,
        }
    }

    fn group(&self, frame: &Frame<'_>) -> Option<u32> {
        let Some((column, edges)) = &self.groups else { return Some(0) };
        let value = frame.column(*column);
        let above = edges.partition_point(|edge| *edge <= value);
        let inside = !value.is_nan() && above > 0 && above < edges.len();
        inside.then(|| (above - 1) as u32)
    }

    /// x of every region (NaN without a good pixel), and y.
    fn pairs(&self, frame: &Frame<'_>, measured: &[Measured]) -> (Vec<f64>, f64) {
        let of = |region: usize| match measured[region].pixels {
            0 => f64::NAN,
            _ => self.net(region, measured),
        };
        let x: Vec<f64> = (0..measured.len()).map(of).collect();
        let y = match self.normaliser {
            None => 1.0,
            Some(Normaliser::Column(column)) => frame.column(column),
            Some(Normaliser::Region(region)) => x[region],
        };
        let sound = y.is_finite() && y != 0.0;
        (x, if sound { y } else { f64::NAN })
    }

    fn absorption(&self, x: &[f64]) -> f64 {
        let Some([sample, reference]) = self.absorption else { return f64::NAN };
        if x[sample] > 0.0 && x[reference] > 0.0 {
            -libm::log(x[sample] / x[reference])
        } else {
            f64::NAN
        }
    }

    fn fold(&self, frame: &Frame<'_>, scratch: &Scratch, (x, y): (&[f64], f64), partial: &mut Folded) {
        partial.frames += 1;
        partial.blank.resize(x.len(), 0);
        for (blank, measured) in partial.blank.iter_mut().zip(&scratch.measured) {
            *blank += u64::from(measured.pixels == 0);
        }
        if y.is_nan() {
            partial.without_normaliser += 1;
            return;
        }
        let Some(group) = self.group(frame) else {
            partial.astray += 1;
            return;
        };
        let sums = partial.groups.entry(group).or_insert_with(|| self.empty());
        for (pair, &x) in sums.regions.iter_mut().zip(x).filter(|(_, x)| x.is_finite()) {
            pair.add(x, y);
        }
        if let (Some([sample, reference]), [.., ratio, mean]) = (self.absorption, &mut sums.regions[..]) {
            let absorption = self.absorption(x);
            if absorption.is_finite() {
                ratio.add(x[sample], x[reference]);
                mean.add(absorption, 1.0);
            }
        }
        let spectra = sums.spectra.iter_mut().zip(scratch.spectrum.iter().zip(&scratch.weights));
        for (sums, (&value, &weight)) in spectra.filter(|(_, (value, weight))| value.is_finite() && **weight > 0.0) {
            sums.iter_mut().zip([value, value * value, value / y, weight]).for_each(|(sum, more)| *sum += more);
        }
    }

    fn put(&self, x: &[f64], y: f64, scratch: &Scratch, row: &mut RowSink<'_>) {
        let measured = &scratch.measured;
        let of = |value: &dyn Fn(&Measured) -> f64| measured.iter().map(value).collect::<Vec<f64>>();
        row.f64(&of(&|m| m.sum));
        row.u32(&measured.iter().map(|m| m.pixels).collect::<Vec<_>>());
        if self.background.is_some() {
            row.f64(x);
        }
        if self.measure.variance {
            row.f64(&of(&|m| m.variance));
        }
        if self.measure.median {
            row.f64(&of(&|m| m.median));
        }
        if self.measure.centre {
            row.f64(&measured.iter().flat_map(|m| m.centre).collect::<Vec<_>>());
        }
        if self.normaliser.is_some() {
            row.f64(&x.iter().map(|x| x / y).collect::<Vec<_>>());
        }
        if self.absorption.is_some() {
            row.f64(&[self.absorption(x)]);
        }
        if self.histogram.is_some() {
            row.u32(&scratch.counts);
        }
        if self.bins() > 0 {
            let narrow = |values: &[f64]| values.iter().map(|&value| value as f32).collect::<Vec<f32>>();
            row.f32(&narrow(&scratch.spectrum));
            row.f32(&narrow(&scratch.weights));
        }
    }
}

impl FrameStep for Integration {
    type Partial = Folded;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        Scratch::default()
    }

    fn begin(&self) -> Folded {
        Folded::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        scratch: &mut Scratch,
        out: &mut FrameOut<'_>,
        partial: &mut Folded,
    ) -> Result<()> {
        self.look(frame, scratch);
        let (x, y) = self.pairs(frame, &scratch.measured);
        out.columns.iter_mut().zip(&x).for_each(|(column, x)| *column = *x);
        self.fold(frame, scratch, (&x, y), partial);
        if self.per == Per::Frame {
            self.put(&x, y, scratch, &mut out.row);
        }
        Ok(())
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        for (group, sums) in next.groups {
            into.groups.entry(group).or_insert_with(|| self.empty()).merge(&sums);
        }
        into.frames += next.frames;
        into.astray += next.astray;
        into.without_normaliser += next.without_normaliser;
        into.blank.resize(into.blank.len().max(next.blank.len()), 0);
        into.blank.iter_mut().zip(&next.blank).for_each(|(sum, more)| *sum += more);
        Ok(())
    }

    fn train(&self, partial: &Folded, row: &mut RowSink<'_>) -> Result<()> {
        let empty = self.empty();
        let sums = partial.groups.get(&0).unwrap_or(&empty);
        let regions = &sums.regions[..self.named.regions.len()];
        let of = |value: &dyn Fn(&Pair) -> f64| regions.iter().map(value).collect::<Vec<f64>>();
        row.u64(&regions.iter().map(|pair| pair.frames).collect::<Vec<_>>());
        row.f64(&of(&|pair| pair.sums[0]));
        row.f64(&of(&|pair| pair.sums[2]));
        row.f64(&of(&Pair::ratio_of_means));
        row.f64(&of(&Pair::error));
        if self.absorption.is_some() {
            row.f64(&[-libm::log(sums.regions[regions.len()].ratio_of_means())]);
        }
        if self.bins() > 0 {
            row.f64(&sums.spectra.iter().map(|sums| sums[0]).collect::<Vec<_>>());
            row.f64(&sums.spectra.iter().map(|sums| sums[3]).collect::<Vec<_>>());
        }
        Ok(())
    }

    fn finish(&self, partial: Folded, values: &mut RunValues) -> Result<()> {
        self.tell(partial, values);
        Ok(())
    }

    fn memory(&self) -> usize {
        let groups = self.groups.as_ref().map_or(1, |(_, edges)| edges.len());
        let sums = self.named.regions.len() * (size_of::<Pair>() + self.bins() * 4 * size_of::<f64>());
        let pixels: usize = self.named.regions.iter().map(|region| region.pixels()).max().unwrap_or(0);
        2 * groups * sums + pixels * size_of::<f32>()
    }
}
