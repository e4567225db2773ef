//! Frames of 1 Mpx a second that SSIM, the error sums and the rounding take, one thread.

use std::time::Instant;

use trainyard_codec::quality::{ErrorSums, Similarity};
use trainyard_codec::rounding::{round_to_bits, round_to_noise};

fn main() {
    let frame: Vec<f32> = (0..1u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as f32).collect();
    let mut image = frame.clone();
    let mut similarity = Similarity::new(4096.0).expect("a positive range");
    measure("round_to_bits", || round_to_bits(&mut image, 5, 2));
    measure("round_to_noise", || round_to_noise(&mut image, 0.5, 8.0, 0));
    measure("errors", || _ = std::hint::black_box(ErrorSums::of(&frame, &image)));
    measure("ssim", || _ = std::hint::black_box(similarity.frame(&frame, &image, 1024)));
}

fn measure(name: &str, mut run: impl FnMut()) {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name} {:.1} frames/s (best {:.1})", 1.0 / times[7], 1.0 / times[0]);
}
