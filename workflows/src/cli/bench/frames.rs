//! Megapixel frames as detectors deliver them: the same in every call and on every machine.

use trainyard_simulate::random::{Normal, Poisson, Purpose, Stream};

pub const MODULES: usize = 16;
pub const SLOW: usize = 512;
pub const FAST: usize = 128;
pub const PIXELS: usize = MODULES * SLOW * FAST;

/// How the pixels of a frame are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// a pedestal with noise of some units, hardly compressible: recorded serial crystallography
    Noisy,
    /// Poisson with mean 0.4: counted photons
    Photon,
    /// Poisson with mean 0.01: almost empty
    Sparse,
}

/// Counts of frame `number`.
pub fn counts(pattern: Pattern, number: u64) -> Vec<u32> {
    let stream = |purpose| Stream::new(1, purpose, 0, 0, 0, number);
    let (photons, noise) = (stream(Purpose::Photons), stream(Purpose::Noise));
    let (poisson, normal) = (Poisson::default(), Normal::default());
    let pixel = |item: u32| match pattern {
        Pattern::Noisy => (100.0 + 8.0 * normal.sample(&noise, item)).round().max(0.0) as u32,
        Pattern::Photon => poisson.sample(0.4, &photons, item),
        Pattern::Sparse => poisson.sample(0.01, &photons, item),
    };
    (0..PIXELS as u32).map(pixel).collect()
}

/// `frames` frames as little-endian u16, one after the other.
pub fn u16_bytes(pattern: Pattern, frames: u64) -> Vec<u8> {
    (0..frames).flat_map(|n| counts(pattern, n)).flat_map(|c| (c.min(65535) as u16).to_le_bytes()).collect()
}

/// `frames` frames as f32.
pub fn f32_frames(pattern: Pattern, frames: u64) -> Vec<Vec<f32>> {
    (0..frames).map(|n| counts(pattern, n).into_iter().map(|c| c as f32).collect()).collect()
}

/// Numbers as little-endian bytes.
pub fn bytes(frames: &[Vec<f32>]) -> Vec<u8> {
    frames.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()
}
