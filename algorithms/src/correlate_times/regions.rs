//! Which pixels are correlated: rings, the regions of an image, or the whole detector.

use super::config::Config;
use trainyard_engine::algorithm::{Context, Frame, Problem, RunValues, Spread};
use trainyard_geometry::{PixelMap, RadialUnit};

/// More regions than this are a slip: an image of intensities.
const MAX_REGIONS: f64 = 10_000.0;

/// The pixels of all regions, one region after the other.
pub(super) struct Regions {
    pub(super) sizes: Vec<usize>,
    /// positions in the frame
    pixels: Vec<u32>,
    /// limits of the rings; NaN where regions are no rings
    limits: Vec<[f64; 2]>,
    unit: RadialUnit,
}

impl Regions {
    pub(super) fn new(config: &Config, context: &Context) -> Result<Self, Vec<Problem>> {
        let unit = config.ring_unit;
        if let Some(mask) = &config.mask {
            if !config.rings.is_empty() {
                return Err(vec![Problem::new(&["mask"], "`rings` and `mask` exclude each other")]);
            }
            let labels = mask.read("mask", context).map_err(|problem| vec![problem])?;
            return of_labels(&labels, context).map_err(|problem| vec![problem]);
        }
        if config.rings.is_empty() {
            let pixels: Vec<u32> = good(context).collect();
            return Ok(Regions { sizes: vec![pixels.len()], pixels, limits: vec![[0.0, f64::INFINITY]], unit });
        }
        let Some(map) = &context.pixel_map else {
            return Err(vec![Problem::no_geometry(&["rings"])]);
        };
        of_rings(&config.rings, unit, map, context)
    }

    /// Pixels of all regions.
    pub(super) fn len(&self) -> usize {
        self.pixels.len()
    }

    /// Takes the pixels of the regions out of a frame.
    pub(super) fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) {
        let image = frame.pixels();
        for (value, &pixel) in values.iter_mut().zip(&self.pixels) {
            *value = image.get(pixel as usize).copied().unwrap_or(f32::NAN);
        }
    }

    pub(super) fn put(&self, values: &mut RunValues) {
        let limits: Vec<f64> = self.limits.iter().flatten().copied().collect();
        let symbol = match self.unit {
            RadialUnit::QPerNanometre => "1/nm",
            RadialUnit::QPerAngstrom => "1/A",
            RadialUnit::TwoThetaDegrees => "deg",
            RadialUnit::TwoThetaRadians => "rad",
            RadialUnit::RadiusMillimetres => "mm",
        };
        values.f64("rings", &[self.limits.len(), 2], &limits, symbol);
    }

    /// What a region is called in messages.
    pub(super) fn name(&self, number: usize) -> String {
        let [inner, outer] = self.limits.get(number).copied().unwrap_or([f64::NAN; 2]);
        match (inner.is_nan(), outer.is_finite()) {
            (true, _) => format!("region {}", number + 1),
            (false, true) => format!("ring {number} ({inner} to {outer} {})", unit_name(self.unit)),
            (false, false) => "the detector".to_string(),
        }
    }
}

fn unit_name(unit: RadialUnit) -> &'static str {
    match unit {
        RadialUnit::RadiusMillimetres => "mm",
        other => other.name(),
    }
}

/// Pixels that are not bad in every frame.
fn good(context: &Context) -> impl Iterator<Item = u32> + '_ {
    let pixels = context.detector.modules.len() * context.detector.module_pixels();
    (0..pixels as u32).filter(|&p| !context.bad_pixels.get(p as usize).copied().unwrap_or(false))
}

fn of_labels(labels: &[f64], context: &Context) -> Result<Regions, Problem> {
    let wrong = labels.iter().find(|label| !(0.0..=MAX_REGIONS).contains(*label) || label.fract() != 0.0);
    if let Some(label) = wrong {
        let what = format!("the image holds {label}: regions are whole numbers of 0 (none) to {MAX_REGIONS}");
        return Err(Problem::new(&["mask"], what));
    }
    let regions = labels.iter().copied().fold(0.0, f64::max) as usize;
    if regions == 0 {
        return Err(Problem::new(&["mask"], "the image holds only 0: it has no region"));
    }
    let mut of_region: Vec<Vec<u32>> = vec![Vec::new(); regions];
    for pixel in good(context) {
        if let Some(region) = (labels[pixel as usize] as usize).checked_sub(1) {
            of_region[region].push(pixel);
        }
    }
    if let Some(empty) = of_region.iter().position(Vec::is_empty) {
        let what = format!("region {} has no pixel that is not masked", empty + 1);
        return Err(Problem::new(&["mask"], what));
    }
    Ok(Regions {
        sizes: of_region.iter().map(Vec::len).collect(),
        limits: vec![[f64::NAN; 2]; regions],
        pixels: of_region.into_iter().flatten().collect(),
        unit: RadialUnit::RadiusMillimetres,
    })
}

fn of_rings(wanted: &[[f64; 2]], unit: RadialUnit, map: &PixelMap, context: &Context) -> Result<Regions, Vec<Problem>> {
    let wavelength = map.wavelength().unwrap_or(f64::NAN);
    if unit.needs_wavelength() && wavelength.is_nan() {
        let what = format!("rings in `{}` need the photon energy, which the geometry file does not state", unit.name());
        let hint = "state it: `geometry: {file: ..., energy: \"9.3 keV\"}`, or take rings in `r_mm`";
        return Err(vec![Problem::new(&["ring-unit"], what).with_hint(hint)]);
    }
    let radius = |p: trainyard_geometry::Pixel| unit.computed(p.centre, wavelength) * unit.scale();
    let radii: Vec<Option<f64>> = map.iter().map(|p| p.map(radius)).collect();
    let name = unit_name(unit);
    let (mut sizes, mut pixels, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (number, &[inner, outer]) in wanted.iter().enumerate() {
        let before = pixels.len();
        let inside = |p: &u32| radii[*p as usize].is_some_and(|r| r >= inner && r < outer);
        pixels.extend(good(context).filter(inside));
        if pixels.len() == before {
            let reach = Spread::of(good(context).filter_map(|p| radii[p as usize]));
            let reach = reach
                .map_or("all pixels are masked".into(), |r| format!("pixels that are not masked lie at {r} {name}"));
            let what = format!("no pixel lies between {inner} and {outer} {name} from the beam: {reach}");
            let problem = Problem::new(&["rings", &number.to_string()], what);
            problems.push(problem.with_hint("rings are radii in mm: are they those of the detector?"));
        }
        sizes.push(pixels.len() - before);
    }
    if problems.is_empty() {
        Ok(Regions { sizes, pixels, limits: wanted.to_vec(), unit })
    } else {
        Err(problems)
    }
}
