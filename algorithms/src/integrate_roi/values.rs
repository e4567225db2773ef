//! What is told of the run, or of each group of frames.

use super::frame::{Folded, Integration};
use crate::roi::{GroupSums, Pair};
use trainyard_engine::algorithm::RunValues;

impl Integration {
    /// Arrays `[group, region ...]`, without the first dimension where there are no groups.
    pub(super) fn tell(&self, partial: Folded, values: &mut RunValues) {
        let regions = self.named.regions.len();
        let groups: Vec<GroupSums> = match &self.groups {
            None => vec![0],
            Some((_, edges)) => (0..edges.len() as u32 - 1).collect(),
        }
        .into_iter()
        .map(|group| partial.groups.get(&group).cloned().unwrap_or_else(|| self.empty()))
        .collect();
        let before: Vec<usize> = self.groups.iter().map(|_| groups.len()).collect();
        let shape = |more: &[usize]| before.iter().chain(more).copied().collect::<Vec<usize>>();
        values.text("regions", self.named.names.join(", "));
        if let Some((_, edges)) = &self.groups {
            values.f64("edges", &[edges.len()], edges, "");
        }
        let pairs: Vec<Pair> = groups.iter().flat_map(|group| group.regions[..regions].to_vec()).collect();
        let frames: Vec<u64> = pairs.iter().map(|pair| pair.frames).collect();
        values.u64("frames", &shape(&[regions]), &frames, "");
        let keys = ["sum", "squares", "normaliser", "normaliserSquares", "products", "ratios", "ratioSquares"];
        for (at, key) in keys.into_iter().enumerate() {
            let sums: Vec<f64> = pairs.iter().map(|pair| pair.sums[at]).collect();
            values.f64(key, &shape(&[regions]), &sums, "");
        }
        let of = |of: fn(&Pair) -> f64| pairs.iter().map(of).collect::<Vec<f64>>();
        values.f64("ratioOfMeans", &shape(&[regions]), &of(Pair::ratio_of_means), "");
        values.f64("meanOfRatios", &shape(&[regions]), &of(Pair::mean_of_ratios), "");
        values.f64("sigma", &shape(&[regions]), &of(Pair::error), "");
        if self.absorption.is_some() {
            let of = |of: &dyn Fn(&GroupSums) -> f64| groups.iter().map(of).collect::<Vec<f64>>();
            let ratio = of(&|group| -libm::log(group.regions[regions].ratio_of_means()));
            values.f64("absorption", &shape(&[]), &ratio, "");
            values.f64("meanAbsorption", &shape(&[]), &of(&|group| group.regions[regions + 1].mean_of_ratios()), "");
            values.f64("absorptionError", &shape(&[]), &of(&|group| group.regions[regions + 1].error()), "");
        }
        self.tell_spectra(&groups, &shape(&[regions, self.bins()]), values);
        self.doubt(&partial, values);
    }

    fn tell_spectra(&self, groups: &[GroupSums], shape: &[usize], values: &mut RunValues) {
        let bins = self.bins();
        if bins == 0 {
            return;
        }
        for (at, key) in ["spectrum", "spectrumSquares", "spectrumRatios", "weights"].into_iter().enumerate() {
            let sums: Vec<f64> =
                groups.iter().flat_map(|group| group.spectra.iter().map(move |sums| sums[at])).collect();
            values.f64(key, shape, &sums, "");
        }
        let of_pixel = |pixel: usize| self.energy.iter().rev().fold(0.0, |sum, e| sum * pixel as f64 + e);
        let pixels = self.named.projections.iter().flat_map(|p| p.first()..p.first() + bins);
        let axis = [self.named.projections.len(), bins];
        if self.energy.is_empty() {
            values.u64("pixel", &axis, &pixels.map(|pixel| pixel as u64).collect::<Vec<_>>(), "");
        } else {
            values.f64("energy", &axis, &pixels.map(of_pixel).collect::<Vec<_>>(), "eV");
        }
    }

    fn doubt(&self, partial: &Folded, values: &mut RunValues) {
        let Folded { frames, astray, without_normaliser, blank, .. } = partial;
        if *without_normaliser > 0 {
            values
                .warn(format!("{without_normaliser} of {frames} frames have no number other than 0 to be divided by"));
        }
        if *astray > 0 && *astray + *without_normaliser == *frames {
            values.warn(format!("none of {frames} frames is in a bin of `group-by`"));
        }
        for (name, blank) in self.named.names.iter().zip(blank) {
            if blank == frames && *frames > 0 {
                values.warn(format!("region `{name}` has no good pixel in any of {frames} frames"));
            }
        }
    }
}
