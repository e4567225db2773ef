//! Measures azimuthal integration on one core: frames/s of an AGIPD-like megapixel, 1000 bins, solid angle and variance.
//!
//! ```text
//! cargo run --release -p trainyard-algorithms --example azimuthal_throughput
//! ```
//! Eight frames take turns, so that pixels come from the outer cache or memory, as after decoding. The best of several
//! rounds is shown with the median.

use std::time::Instant;

use trainyard_algorithms::azimuthal::{AzimuthalIntegrator, ErrorModel, Options, Splitting, Sums};
use trainyard_geometry::{Geometry, ModuleLayout, Overrides};

const MODULES: usize = 16;
const SLOW: usize = 512;
const FAST: usize = 128;
const FRAMES: usize = 8;

/// Four quadrants of four modules round the beam, each of eight tiles with gaps, as AGIPD-1M is built.
fn geometry_text() -> String {
    let mut text = String::from("clen = 0.2\nphoton_energy = 9300\nres = 5000\ndim0 = %\ndim2 = ss\ndim3 = fs\n");
    for module in 0..MODULES {
        let (quadrant, row) = (module / 4, (module % 4) as f64);
        // Fast axis and slow axis of a quadrant, and the corner of its first module, in pixels.
        let (fs, ss, x0, y0) = match quadrant {
            0 => ("-y", "+x", -540.0, 625.0 - 157.0 * row),
            1 => ("-y", "+x", -550.0, -10.0 - 157.0 * row),
            2 => ("+y", "-x", 520.0, -155.0 - 157.0 * (3.0 - row)),
            _ => ("+y", "-x", 543.0, 475.0 - 157.0 * (3.0 - row)),
        };
        let sign = if ss == "+x" { 1.0 } else { -1.0 };
        for tile in 0..8 {
            let name = format!("p{module}a{tile}");
            let (low, high) = (64 * tile, 64 * tile + 63);
            let x = x0 + sign * 66.0 * tile as f64;
            text.push_str(&format!(
                "{name}/dim1 = {module}\n{name}/min_fs = 0\n{name}/max_fs = 127\n{name}/min_ss = {low}\n{name}/max_ss = {high}\n\
                 {name}/fs = {fs}\n{name}/ss = {ss}\n{name}/corner_x = {x}\n{name}/corner_y = {y0}\n"
            ));
        }
    }
    text
}

/// Counts of a few photons, and `missing` of the pixels NaN, scattered.
fn frames(missing: f64) -> Vec<Vec<f32>> {
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1u64 << 24) as f64
    };
    (0..FRAMES)
        .map(|_| {
            (0..MODULES * SLOW * FAST)
                .map(|_| if random() < missing { f32::NAN } else { (random() * 6.0) as f32 })
                .collect()
        })
        .collect()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let geometry = Geometry::parse(geometry_text().as_bytes(), "throughput.geom".as_ref())?;
    let layout = ModuleLayout::new((0..MODULES as u16).collect(), 0, SLOW, FAST)?;
    let map = geometry.pixel_map(&layout, &Overrides::default())?;
    for splitting in [Splitting::No, Splitting::Bbox] {
        let options = Options { splitting, error_model: ErrorModel::Poisson, ..Options::default() };
        let start = Instant::now();
        let integrator = AzimuthalIntegrator::new(&map, &options, None)?;
        println!("{splitting:?}: tables in {:.3} s", start.elapsed().as_secs_f64());
        for missing in [0.0, 0.07] {
            let frames = frames(missing);
            let (mut working, mut sums, mut total) = (integrator.working(), Sums::default(), Sums::default());
            let mut rates = Vec::new();
            for _ in 0..15 {
                let start = Instant::now();
                for frame in frames.iter().cycle().take(4 * FRAMES) {
                    integrator.integrate(frame, &mut working, &mut sums)?;
                    total.merge(&sums);
                }
                rates.push((4 * FRAMES) as f64 / start.elapsed().as_secs_f64());
            }
            rates.sort_by(f64::total_cmp);
            println!(
                "{splitting:?}, {:.0} % NaN: best {:.0}, median {:.0} frames/s (checksum {:.6e})",
                missing * 100.0,
                rates[rates.len() - 1],
                rates[rates.len() / 2],
                total.signal.iter().sum::<f64>()
            );
        }
    }
    Ok(())
}
