//! Thresholds, seeds, floods.

use super::candidate::{Ground, Peak};
use super::level::{level, Level};
use super::lit::Lit;
use super::rings::{Panel, Rings};
use trainyard_codec::Processor;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// in the frame's unit; no threshold of a ring is lower
    pub threshold: f64,
    /// deviations above the mean of its ring at which a pixel belongs to a peak, and signal over noise that a peak has at least
    pub snr: f64,
    pub min_pixels: u32,
    pub max_pixels: u32,
    /// half of the reach of the local background, pixels
    pub background_radius: u32,
    /// peaks with a brighter pixel are left out
    pub saturation: Option<f32>,
}

/// Memory that is used again from frame to frame.
#[derive(Debug, Default)]
pub struct Working {
    values: Vec<f32>,
    levels: Vec<Level>,
    lit: Lit,
    queue: Vec<u32>,
}

/// What was found in a frame beside its peaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub peaks: usize,
    /// rings with pixels
    pub rings: usize,
    /// of these, rings that lost their threshold because values were equal
    pub lost: usize,
}

/// Finds peaks in frames of one detector.
#[derive(Clone, Debug)]
pub struct PeakFinder {
    rings: Rings,
    options: Options,
}

impl PeakFinder {
    pub fn new(rings: Rings, options: Options) -> Self {
        PeakFinder { rings, options }
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Bytes that a worker's memory grows to.
    pub fn working_bytes(&self) -> usize {
        let rings = &self.rings;
        rings.longest() * size_of::<f32>()
            + rings.len() * size_of::<Level>()
            + Lit::bytes(rings.frame())
            + rings.largest_panel() * size_of::<u32>()
    }

    /// Peaks of `frame`, `[module, slow, fast]`, panel by panel, in raster order of the pixels that they were found by.
    ///
    /// # Panics
    /// When the frame has fewer pixels than the detector.
    pub fn find(&self, frame: &[f32], working: &mut Working, mut peak: impl FnMut(&Peak)) -> Found {
        let frame = &frame[..self.rings.frame()];
        let mut found = self.mark(frame, working);
        for panel in self.rings.panels() {
            for row in 1..panel.height.saturating_sub(1) {
                let (mut from, end) = (panel.at(row, 1), panel.at(row, panel.width.max(2) - 1));
                while let Some(seed) = working.lit.next(from, end) {
                    from = seed + 1;
                    flood(panel, seed, &mut working.lit, &mut working.queue);
                    let pixels = &working.queue;
                    let fits = self.options.min_pixels as usize <= pixels.len()
                        && pixels.len() <= self.options.max_pixels as usize;
                    let ground = Ground { frame, rings: &self.rings, levels: &working.levels, options: &self.options };
                    if let Some(one) = fits.then(|| ground.peak(panel, pixels)).flatten() {
                        found.peaks += 1;
                        peak(&one);
                    }
                }
            }
        }
        found
    }

    /// Leaves the level of each ring, and a bit for each pixel above its ring's.
    fn mark(&self, frame: &[f32], working: &mut Working) -> Found {
        let Working { values, levels, lit, .. } = working;
        let processor = Processor::chosen();
        let mut found = Found::default();
        lit.clear(frame.len());
        levels.clear();
        for ring in 0..self.rings.len() {
            let pixels = self.rings.pixels(ring);
            values.clear();
            values.extend(pixels.iter().map(|&at| frame[at as usize]));
            let level = level(processor, values, self.options.snr, self.options.threshold);
            found.rings += usize::from(!pixels.is_empty());
            found.lost += usize::from(level.lost && values.iter().any(|v| v.is_finite()));
            for (values, pixels) in values.chunks(BLOCK).zip(pixels.chunks(BLOCK)) {
                if values.iter().fold(false, |any, &v| any | (v > level.above)) {
                    let above = values.iter().zip(pixels).filter(|(v, _)| **v > level.above && v.is_finite());
                    above.for_each(|(_, &at)| lit.set(at as usize));
                }
            }
            levels.push(level);
        }
        found
    }
}

/// Pixels looked at together.
const BLOCK: usize = 32;

/// Leaves the pixels that hang together with `seed` in `queue`, no longer lit.
fn flood(panel: &Panel, seed: usize, lit: &mut Lit, queue: &mut Vec<u32>) {
    queue.clear();
    lit.take(seed);
    queue.push(seed as u32);
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        next += 1;
        let (row, column) = panel.place(at as usize);
        for y in row.saturating_sub(1)..=(row + 1).min(panel.height - 1) {
            for x in column.saturating_sub(1)..=(column + 1).min(panel.width - 1) {
                let near = panel.at(y, x);
                if lit.take(near) {
                    queue.push(near as u32);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_geometry::{Geometry, ModuleLayout, Overrides};

    const OPTIONS: Options =
        Options { threshold: 10.0, snr: 5.0, min_pixels: 2, max_pixels: 20, background_radius: 3, saturation: None };
    const SLOW: usize = 64;
    const FAST: usize = 48;

    /// One module of two panels one above the other, the beam beside it.
    fn rings(min: f64, max: f64) -> Rings {
        let panel = |name: &str, [first, last]: [usize; 2]| {
            format!(
                "{name}/min_fs = 0\n{name}/max_fs = 47\n{name}/min_ss = {first}\n{name}/max_ss = {last}\n\
                 {name}/corner_x = 10\n{name}/corner_y = {first}\n{name}/fs = +1.0x\n{name}/ss = +1.0y\n"
            )
        };
        let text = format!("clen = 0.1\nres = 5000\n{}{}", panel("a", [0, 31]), panel("b", [32, 63]));
        let layout = ModuleLayout::new(vec![0], 0, SLOW, FAST).unwrap();
        let geometry = Geometry::parse(text.as_bytes(), "two.geom".as_ref()).unwrap();
        Rings::new(&geometry.pixel_map(&layout, &Overrides::default()).unwrap(), &[], min, max).unwrap()
    }

    /// Ground of 0 to 3, and spots of two bright pixels in a row.
    fn frame(spots: &[(usize, usize)]) -> Vec<f32> {
        let mut frame: Vec<f32> = (0..SLOW * FAST).map(|i| (i * 7 % 11 % 4) as f32).collect();
        for &(row, column) in spots {
            frame[row * FAST + column..][..2].copy_from_slice(&[100.0, 300.0]);
        }
        frame
    }

    fn peaks_of(frame: &[f32], rings: Rings, options: Options) -> (Vec<Peak>, Found) {
        let (mut peaks, mut working) = (Vec::new(), Working::default());
        let finder = PeakFinder::new(rings, options);
        let mut ghost = vec![50.0; frame.len()];
        ghost[3 * FAST + 9] = 1e4;
        // what was in the memory before must not matter
        finder.find(&ghost, &mut working, |_| ());
        let found = finder.find(frame, &mut working, |peak| peaks.push(*peak));
        assert_eq!(peaks.len(), found.peaks);
        (peaks, found)
    }

    fn peaks(frame: &[f32]) -> Vec<Peak> {
        peaks_of(frame, rings(0.0, 0.0), OPTIONS).0
    }

    #[test]
    fn a_spot_is_measured_above_its_background() {
        let found = peaks(&frame(&[(10, 20)]));
        let [peak] = found[..] else { panic!("{found:?}") };
        assert!((peak.fast - (2000.0 + 6300.0) / 400.0).abs() < 1e-12 && peak.slow == 10.0, "{peak:?}");
        // the disc about column 21, without the spot
        let ground = frame(&[]);
        let near = (-6i32..6).flat_map(|i| (-6i32..6).map(move |j| (i, j))).filter(|(i, j)| i * i + j * j <= 36);
        let near =
            near.map(|(i, j)| ((10 + i) as usize, (21 + j) as usize)).filter(|p| ![(10, 20), (10, 21)].contains(p));
        let values: Vec<f64> = near.map(|(y, x)| f64::from(ground[y * FAST + x])).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sigma = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        assert!((peak.intensity - (400.0 - 2.0 * mean)).abs() < 1e-9, "{peak:?}");
        assert!((peak.snr - peak.intensity / sigma).abs() < 1e-6, "{peak:?}");
        assert_eq!((peak.pixels, peak.module), (2, 0));
    }

    #[test]
    fn borders_of_panels_begin_no_peak_and_part_them() {
        // rows 0, 31, 32 and 63 are borders; a pixel on one may belong to a peak
        assert_eq!(peaks(&frame(&[(0, 20), (31, 20), (32, 30), (63, 20)])).len(), 0);
        let mut beside = frame(&[(30, 20)]);
        beside[31 * FAST + 20] = 50.0;
        assert_eq!(peaks(&beside)[0].pixels, 3);
        // a spot across the seam is cut there
        let found = peaks(&frame(&[(30, 20), (31, 20), (32, 20), (33, 20)]));
        assert_eq!(found.iter().map(|p| p.pixels).collect::<Vec<_>>(), [4, 4]);
    }

    #[test]
    fn odd_frames_have_defined_results() {
        let none = |frame: &[f32]| assert_eq!(peaks(frame), []);
        none(&[f32::NAN; SLOW * FAST]);
        none(&[0.0; SLOW * FAST]);
        none(&[1e6; SLOW * FAST]);
        none(&[f32::INFINITY; SLOW * FAST]);
        none(&[f32::NEG_INFINITY; SLOW * FAST]);
        none(&[f32::MAX; SLOW * FAST]);
        // a bad pixel parts a spot, an infinite one is a bad one
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut marked = frame(&[(10, 20), (50, 30)]);
            marked[10 * FAST + 20] = bad;
            assert_eq!(peaks(&marked).len(), 1, "{bad}");
        }
        let (_, found) = peaks_of(&[0.0; SLOW * FAST], rings(0.0, 0.0), OPTIONS);
        assert!(found.lost == found.rings && found.rings > 0);
        assert_eq!(peaks_of(&frame(&[]), rings(0.0, 0.0), OPTIONS).1.peaks, 0);
    }

    #[test]
    fn limits_leave_peaks_out() {
        let spots = frame(&[(10, 20), (50, 30)]);
        let number = |min, max, options| peaks_of(&spots, rings(min, max), options).0.len();
        assert_eq!(number(0.0, 0.0, OPTIONS), 2);
        assert_eq!(number(40.0, 0.0, OPTIONS), 1);
        assert_eq!(number(0.0, 40.0, OPTIONS), 1);
        assert_eq!(number(0.0, 0.0, Options { min_pixels: 3, ..OPTIONS }), 0);
        assert_eq!(number(0.0, 0.0, Options { max_pixels: 1, ..OPTIONS }), 0);
        assert_eq!(number(0.0, 0.0, Options { saturation: Some(250.0), ..OPTIONS }), 0);
        assert_eq!(number(0.0, 0.0, Options { saturation: Some(300.0), ..OPTIONS }), 2);
        assert_eq!(number(0.0, 0.0, Options { snr: 1e4, ..OPTIONS }), 0);
        assert!(rings(1e6, 0.0).is_empty());
    }
}
