//! Frames that are read once more when a run is over, to be looked at: how many at most, and what that costs. A function of the
//! run alone.

use super::Job;

/// Pixels of all frames that are drawn for mean and maximum: those of 256 frames of a megapixel detector.
const PIXELS: usize = 256 << 20;
const MOST_DRAWN: usize = 256;
const LEAST_DRAWN: usize = 16;
/// Of a short run at most this share is drawn.
const SHARE: u64 = 8;
const MOST_SHOWN: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondLook {
    /// most frames that are drawn by hash, and from how many chunks of each module
    pub drawn: usize,
    pub chunks: usize,
    /// most frames that are shown one by one
    pub shown: usize,
    /// frames that share a stored chunk: whoever reads one reads all
    pub together: u64,
}

impl SecondLook {
    /// Nothing is looked at.
    pub const NOTHING: SecondLook = SecondLook { drawn: 0, chunks: 0, shown: 0, together: 1 };

    pub fn of(job: &Job) -> Self {
        let pixels = job.detector.modules.len() * job.detector.module_pixels();
        SecondLook::new(pixels, frames_of(job), together(job))
    }

    fn new(pixels: usize, frames: u64, together: u64) -> Self {
        let by_size = (PIXELS / pixels.max(1)).clamp(LEAST_DRAWN, MOST_DRAWN);
        let by_length = usize::try_from(frames / SHARE).unwrap_or(usize::MAX).max(2 * LEAST_DRAWN);
        let together = together.max(1);
        let shared = usize::try_from(together).unwrap_or(usize::MAX);
        let drawn = by_size.min(by_length);
        let (chunks, shown) = match shared {
            1 => (drawn, MOST_SHOWN),
            _ => ((drawn / 2 / shared).max(4), (48 / shared).clamp(4, MOST_SHOWN)),
        };
        SecondLook { drawn, chunks, shown, together }
    }

    /// Stored bytes that are read at most, as far as the index tells: of each module a mean chunk for each frame or chunk.
    pub fn bytes(&self, job: &Job) -> u64 {
        let mut total = 0u64;
        for module in &job.detector.modules {
            let (mut bytes, mut chunks) = (0u64, 0u64);
            for part in &module.parts {
                let Some(source) = job.run.files.get(part.file).and_then(|file| file.sources.get(part.source)) else {
                    continue;
                };
                let Some(group) = source.groups.get(part.group) else { continue };
                let mask = job.detector.mask_key.as_deref().filter(|_| job.image.detector_mask);
                for key in std::iter::once(job.detector.pixel_key.as_str()).chain(mask) {
                    let Some(dataset) = group.dataset(key) else { continue };
                    bytes = bytes.saturating_add(dataset.stored_bytes);
                    if key == job.detector.pixel_key {
                        chunks = chunks.saturating_add(dataset.rows().div_ceil(rows_of_chunk(dataset)));
                    }
                }
            }
            let wanted = ((self.chunks + self.shown) as u64).min(chunks);
            let share = u128::from(bytes) * u128::from(wanted) / u128::from(chunks.max(1));
            total = total.saturating_add(u64::try_from(share).unwrap_or(u64::MAX));
        }
        total
    }
}

fn rows_of_chunk(dataset: &trainyard_format::map::DatasetMap) -> u64 {
    dataset.chunk().and_then(|chunk| chunk.first().copied()).unwrap_or(1).max(1)
}

/// Frames of the module that has most.
fn frames_of(job: &Job) -> u64 {
    let rows = pixels_of(job).map(|module| module.iter().map(|dataset| dataset.rows()).sum::<u64>()).max().unwrap_or(0);
    rows.saturating_mul(job.detector.cells_per_row.max(1) as u64)
}

fn together(job: &Job) -> u64 {
    let rows = pixels_of(job).flatten().map(rows_of_chunk).max().unwrap_or(1);
    rows.saturating_mul(job.detector.cells_per_row.max(1) as u64)
}

/// The datasets of pixels, by module.
fn pixels_of(job: &Job) -> impl Iterator<Item = Vec<&trainyard_format::map::DatasetMap>> {
    job.detector.modules.iter().map(|module| {
        let of_part = |part: &trainyard_format::detector::ModulePart| {
            let source = job.run.files.get(part.file)?.sources.get(part.source)?;
            source.groups.get(part.group)?.dataset(&job.detector.pixel_key)
        };
        module.parts.iter().filter_map(of_part).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_share_of_a_long_run_is_read_again() {
        for (pixels, together) in [(1 << 20, 1), (1 << 20, 16), (1 << 20, 32), (16 << 20, 16), (4096, 1), (1 << 20, 4)]
        {
            let look = SecondLook::new(pixels, 10_000, together);
            let read = (look.chunks + look.shown) as u64 * together;
            assert!(read <= 300, "{look:?}: {read} of 10000 frames");
            assert!(look.chunks >= 4 && look.shown >= 3, "{look:?}");
        }
        assert_eq!(SecondLook::new(1 << 20, 10_000, 1).drawn, 256);
        assert_eq!(SecondLook::new(1 << 20, 400, 1).drawn, 50);
        assert_eq!(SecondLook::new(1 << 20, 0, 0).drawn, 32);
    }
}
