//! Several frames at once: module by module, up to eight frames share one pass over the tables.
//!
//! A frame at a time streams the tables (6 bytes a pixel, 14 to 24 with splitting) anew for each frame, and every addition to a
//! bin is one number. Here both serve eight frames. The sums are those of [`AzimuthalIntegrator::integrate_module`] to the
//! bit, whatever the number of frames: see [`super::lanes`]. From three frames on this is the faster way.
//!
//! The road not taken is the order of bins instead of pixels: sums then stay in registers, but pixels are gathered from all
//! over eight frames, and that costs more.

use trainyard_codec::Processor;

use super::block::BLOCK;
use super::error::AzimuthalError;
use super::histogram::LaneBin;
use super::integrator::{AzimuthalIntegrator, Module, Table};
use super::lanes::{Kind, Lanes, Lost, Tile, Wide, LANES};
use super::sums::Sums;

/// The state of up to eight frames; lane k is frame k of the block.
#[derive(Debug, Clone)]
pub struct BlockWorking {
    histogram: Vec<LaneBin>,
    norm: Vec<Lanes>,
    count: Vec<[u32; LANES]>,
    lost: Vec<Lost>,
    /// How many frames the block has, from its first module on.
    frames: Option<usize>,
}

impl AzimuthalIntegrator {
    /// Working space for one block of frames at a time.
    pub fn block_working(&self) -> BlockWorking {
        BlockWorking {
            histogram: vec![LaneBin::default(); self.slots],
            norm: vec![[0.0; LANES]; self.slots],
            count: vec![[0; LANES]; self.slots],
            lost: vec![Lost::default(); self.slots],
            frames: None,
        }
    }

    /// Bytes of a [`BlockWorking`].
    pub fn block_working_bytes(&self) -> usize {
        self.slots * (size_of::<LaneBin>() + size_of::<Lanes>() + size_of::<[u32; LANES]>() + size_of::<Lost>())
    }

    /// Adds module `module` (its position in the layout) of one to eight frames; `None` stands for a frame that lacks it. What
    /// [`Self::integrate_module`] says of pixels and of the order of modules holds here too. All modules of a block have the same
    /// number of frames in the same order, until [`Self::finish_block`].
    ///
    /// # Errors
    /// When there are no or more than eight frames, or not as many as before, pixels of one have not the shape of a module, or there is no such module.
    pub fn integrate_module_block(
        &self,
        module: usize,
        frames: &[Option<&[f32]>],
        working: &mut BlockWorking,
    ) -> Result<(), AzimuthalError> {
        let shape = |what, expected, found| AzimuthalError::Shape { what, expected, found };
        let expected = working.frames.unwrap_or(frames.len().clamp(1, LANES));
        if frames.len() != expected {
            return Err(shape("the block of frames", expected, frames.len()));
        }
        if let Some(wrong) = frames.iter().flatten().find(|pixels| pixels.len() != self.module_pixels) {
            return Err(shape("the module's image", self.module_pixels, wrong.len()));
        }
        if working.histogram.len() != self.slots {
            return Err(shape("the working space", self.slots, working.histogram.len()));
        }
        let part = self.modules.get(module).ok_or(shape("the detector", self.modules.len(), module + 1))?;
        for (sums, &value) in working.norm.iter_mut().zip(&part.norm) {
            for (sum, frame) in sums.iter_mut().zip(frames) {
                *sum += if frame.is_some() { value } else { 0.0 };
            }
        }
        for (sums, &value) in working.count.iter_mut().zip(&part.count) {
            for (sum, frame) in sums.iter_mut().zip(frames) {
                *sum += if frame.is_some() { value } else { 0 };
            }
        }
        working.frames = Some(expected);
        if frames.iter().any(Option::is_some) {
            add(self.processor, self.floor, part, frames, self.module_pixels, working);
        }
        Ok(())
    }

    /// Ends a block: the sums of frame k go to `out[k]` (replacing what is there), and `working` is ready for the next block.
    ///
    /// # Errors
    /// When `working` belongs to an integrator of another shape, or `out` has not a place for each frame of the block.
    pub fn finish_block(&self, working: &mut BlockWorking, out: &mut [Sums]) -> Result<(), AzimuthalError> {
        let shape = |what, expected, found| AzimuthalError::Shape { what, expected, found };
        if working.histogram.len() != self.slots {
            return Err(shape("the working space", self.slots, working.histogram.len()));
        }
        let frames = working.frames.unwrap_or(out.len().min(LANES));
        if out.len() != frames {
            return Err(shape("the block of frames", frames, out.len()));
        }
        for (lane, out) in out.iter_mut().enumerate() {
            out.clear(self.bins());
            for bin in 0..self.bins() {
                // Counting says exactly when a bin is empty; the difference of norms would leave a rounding error.
                if working.count[bin][lane] > working.lost[bin].count[lane] {
                    let [signal, variance] = working.histogram[bin].total(lane);
                    out.signal[bin] = signal;
                    out.variance[bin] = if self.floor.is_some() { variance } else { 0.0 };
                    out.norm[bin] = working.norm[bin][lane] - working.lost[bin].norm[lane];
                }
            }
        }
        working.histogram.fill(LaneBin::default());
        working.norm.fill([0.0; LANES]);
        working.count.fill([0; LANES]);
        working.lost.fill(Lost::default());
        working.frames = None;
        Ok(())
    }
}

type Frames<'a> = [Option<&'a [f32]>];

fn add(
    processor: Processor,
    floor: Option<f32>,
    part: &Module,
    frames: &Frames<'_>,
    pixels: usize,
    working: &mut BlockWorking,
) {
    #[cfg(target_arch = "x86_64")]
    if let Some(wide) = Wide::of(processor) {
        // SAFETY: a `Wide` exists only where the processor has AVX2; the function needs nothing else.
        return unsafe { add_avx2(wide, floor, part, frames, pixels, working) };
    }
    let _ = processor;
    add_tiles(None, floor, part, frames, pixels, working);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_avx2(
    wide: Wide,
    floor: Option<f32>,
    part: &Module,
    frames: &Frames<'_>,
    pixels: usize,
    working: &mut BlockWorking,
) {
    add_tiles(Some(wide), floor, part, frames, pixels, working);
}

/// The pass itself, compiled once for each instruction set.
#[inline(always)]
fn add_tiles(
    wide: Option<Wide>,
    floor: Option<f32>,
    part: &Module,
    frames: &Frames<'_>,
    pixels: usize,
    working: &mut BlockWorking,
) {
    let mut tile = Tile::of(frames);
    let BlockWorking { histogram, lost, .. } = working;
    for at in 0..pixels.div_ceil(BLOCK) {
        let finite = tile.fill(wide, frames, at);
        let kind = Kind { finite, variance: floor.is_some(), floor: floor.unwrap_or(0.0) };
        match &part.table {
            Table::Unsplit(table) => table.add_tile(at, &tile, kind, histogram, lost),
            Table::Split(table) => table.add_tile(at, &tile, kind, histogram, lost),
        }
    }
}
