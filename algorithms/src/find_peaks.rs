//! `find-peaks`: Bragg peaks of each frame. The rules stand in [`crate::connected_peaks`] and [`crate::peakfinder8`].

mod config;
mod step;

pub use config::{Config, Method};

use crate::connected_peaks;
use crate::peakfinder8::{Options, PeakFinder, Rings, TooFar};
use step::{Finder, Peaks, Resolution};
use trainyard_engine::algorithm::{Algorithm, ColumnDecl, Context, OutputDecl, Problem, Rows, Step};
use trainyard_format::map::ElementType::U32;

pub struct FindPeaks;

impl Algorithm for FindPeaks {
    const NAME: &'static str = "find-peaks";
    const SUMMARY: &'static str = "Bragg peaks of each frame: position, module, intensity, size";
    const DETAILS: &'static str = "\
Method `connected`: pixels above `threshold` that touch, also by a corner, in one module; groups of `min-pixels` to
`max-pixels` are peaks. Bad pixels (NaN) belong to none. Position: centroid weighted by the values, pixel centres at
integers; intensity: their sum, nothing subtracted; no signal-to-noise ratio (NaN).

Method `peakfinder8`, that of Cheetah and CrystFEL, by the panels of the `geometry`: a pixel belongs to a peak when it is above
`threshold` and above mean + snr * deviation of its ring, a pixel wide about the beam, both made in five rounds without what
lies more than snr * deviation off. Groups of `min-pixels` to `max-pixels` are measured against the background about them (a
disc of 2 * `background-radius` pixels): intensity above its mean, centroid of the values, signal-to-noise ratio = intensity
over its deviation, at least `snr`. A panel's outermost pixels begin no peak. Sums are f64. The names in CrystFEL: threshold,
min-snr, min-pix-count, max-pix-count, local-bg-radius, min-res, max-res. A ring whose values are all equal has no threshold:
counts of few photons are for `connected`.

Columns (`NAME.count` ... with `as: NAME`), of all peaks of the frame: `peaks.count`; `peaks.intensity`, their sum; where the
geometry and the photon energy are known `peaks.resolution`, the 1/d in 1/nm that four fifths of them do not exceed. Group
`data`, a row a frame: `data.nPeaks` u32. Group `peaks`, a row a peak, in raster order, module by module (peakfinder8: panel
by panel): `peaks.trainId`, `peaks.pulseId`, `peaks.x` (fast), `peaks.y` (slow) f64 in pixels of the module, `peaks.module`
u16 (its number), `peaks.intensity` f32, `peaks.snr` f32, `peaks.nPixels` u32. The index of each group selects trains:
`run[source, \"peaks.x\"]`.";
    const EXAMPLE: &'static str = "\
- find-peaks: {method: peakfinder8, threshold: 1, snr: 6, min-pixels: 2, max-pixels: 50}
- keep: peaks.count >= 3
- write-frames: {codec: bitshuffle-lz4}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut parameters = vec![
            ("threshold", f64::from(config.threshold)),
            ("minPixels", f64::from(config.min_pixels)),
            ("maxPixels", f64::from(config.max_pixels())),
        ];
        let (finder, memory) = match config.method {
            Method::Connected => {
                let options = connected_peaks::Options {
                    threshold: config.threshold,
                    min_pixels: config.min_pixels,
                    max_pixels: config.max_pixels(),
                };
                let memory = connected_peaks::Working::most_bytes(context.detector.module_pixels());
                (Finder::Connected(options), memory)
            }
            Method::Peakfinder8 => {
                let finder = by_radius(&config, context).map_err(|problem| vec![problem])?;
                let options = finder.options();
                parameters.push(("snr", options.snr));
                parameters.push(("backgroundRadius", f64::from(options.background_radius)));
                parameters.push(("minRadius", config.min_radius.unwrap_or(0.0)));
                parameters.push(("maxRadius", config.max_radius.unwrap_or(0.0)));
                let memory = finder.working_bytes();
                (Finder::Peakfinder8(Box::new(finder)), memory)
            }
        };
        let most = usize::try_from(config.max_peaks).unwrap_or(usize::MAX);
        let map = context.pixel_map.as_ref();
        let resolution = map.and_then(|map| Some(Resolution { map: map.clone(), wavelength: map.wavelength()? }));
        let columns = ["count", "intensity"].into_iter().chain(resolution.as_ref().map(|_| "resolution"));
        let columns: Vec<_> = columns.map(|name| ColumnDecl::number(name, "")).collect();
        Ok(vec![Step::frame("PEAKS", Peaks { finder, resolution, most, memory, parameters })
            .making(columns)
            .prefixed("peaks")
            .with_rows(Rows::ByFrame(vec![OutputDecl::new("nPeaks", U32, &[], "number of peaks found")]))
            .with_list("peaks", step::peak())])
    }
}

fn by_radius(config: &Config, context: &Context) -> Result<PeakFinder, Problem> {
    let Some(map) = &context.pixel_map else { return Err(Problem::no_geometry(&["method"])) };
    let (min, max) = (config.min_radius.unwrap_or(0.0), config.max_radius.unwrap_or(0.0));
    let rings = Rings::new(map, &context.bad_pixels, min, max).map_err(|TooFar(farthest)| {
        let what = format!("a pixel lies {farthest:.0} pixels from the beam, more than rings are made for (65534)");
        Problem::new(&["max-radius"], what).with_hint("name a smaller `max-radius`, or look at the geometry")
    })?;
    if rings.is_empty() {
        return Err(Problem::new(
            &["max-radius"],
            "no pixel that is not masked lies between `min-radius` and `max-radius`",
        )
        .with_hint("both are in pixels from the beam"));
    }
    let options = Options {
        threshold: f64::from(config.threshold),
        snr: config.snr.unwrap_or(5.0),
        min_pixels: config.min_pixels,
        max_pixels: config.max_pixels(),
        background_radius: config.background_radius.unwrap_or(3),
        saturation: config.saturation,
    };
    Ok(PeakFinder::new(rings, options))
}
