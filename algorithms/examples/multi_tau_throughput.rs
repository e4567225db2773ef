//! Prints how many pixels per second one core correlates: `multi_tau_throughput [pixels] [frames] [buffers] [levels]`.

use std::error::Error;
use std::time::Instant;
use trainyard_algorithms::multi_tau::{MultiTau, Normalisation};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<usize>, _>>()?;
    let argument = |index: usize, default: usize| arguments.get(index).copied().unwrap_or(default);
    let (pixels, times) = (argument(0, 200_000).max(8), argument(1, 352));
    let data: Vec<f32> = (0..pixels * times).map(|index| (index * 7919 % 1013) as f32 * 0.01).collect();
    let frames: Vec<&[f32]> = data.chunks(pixels).collect();
    let rings = [pixels / 8, pixels / 4, pixels - pixels / 8 - pixels / 4];
    for normalisation in [Normalisation::Roi, Normalisation::Pixel] {
        let tau = MultiTau::new(&rings, argument(2, 8), argument(3, 7), normalisation)?;
        let mut partial = tau.empty();
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            tau.add_train(&frames, &mut partial)?;
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{normalisation:?}: {:.0} Mpx/s", (pixels * times) as f64 / best / 1e6);
    }
    Ok(())
}
