//! The regions that the parameters state, laid over the detector.

use super::config::{Axis, Config, ProjectionConfig, RegionConfig};
use crate::roi::{Projection, Region};
use trainyard_engine::algorithm::{Context, Problem};
use trainyard_geometry::PixelMap;

/// Regions with their names.
pub(super) struct Named {
    pub(super) names: Vec<String>,
    pub(super) regions: Vec<Region>,
    /// of each, when spectra are asked for
    pub(super) projections: Vec<Projection>,
}

impl Named {
    pub(super) fn new(config: &Config, context: &Context) -> Result<Self, Vec<Problem>> {
        let (mut named, mut problems) =
            (Named { names: Vec::new(), regions: Vec::new(), projections: Vec::new() }, Vec::new());
        for (at, region) in config.regions.iter().enumerate() {
            let number = at.to_string();
            let whole = region.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            if region.name.is_empty() || !whole || named.names.contains(&region.name) {
                let what = format!("`{}` is no name for a region, or that of another one", region.name);
                problems.push(Problem::new(&["regions", &number, "name"], what));
            }
            named.names.push(region.name.clone());
            match of(region, &number, context) {
                Ok(made) => named.regions.push(made),
                Err(problem) => problems.push(problem),
            }
            if let Some(projection) = &config.projection {
                match project(region, projection, &number, context) {
                    Ok(made) => named.projections.push(made),
                    Err(problem) => problems.push(problem),
                }
            }
        }
        let mut lengths = named.projections.iter().map(Projection::bins);
        if let Some(first) = lengths.next() {
            if let Some(other) = lengths.find(|bins| *bins != first) {
                let what = format!("the regions are {first} and {other} pixels long: spectra need one length");
                problems.push(Problem::new(&["projection"], what));
            }
        }
        match problems.is_empty() {
            true => Ok(named),
            false => Err(problems),
        }
    }

    /// The region of that name.
    pub(super) fn find(&self, name: &str, path: &[&str]) -> Result<usize, Problem> {
        self.names.iter().position(|known| known == name).ok_or_else(|| {
            Problem::new(path, format!("there is no region `{name}`: there are {}", self.names.join(", ")))
        })
    }
}

/// Position, and the limits along both axes.
type Rectangle = (usize, [usize; 2], [usize; 2]);

fn rectangle(region: &RegionConfig, number: &str, context: &Context) -> Result<Rectangle, Problem> {
    let detector = &context.detector;
    let module = match region.module {
        None if detector.modules.len() == 1 => Some(0),
        None => None,
        Some(module) => detector.modules.iter().position(|known| known.number == module),
    };
    let Some(module) = module else {
        let numbers: Vec<String> = detector.modules.iter().map(|module| module.number.to_string()).collect();
        let what = format!("a rectangle lies in one of the modules {}", numbers.join(", "));
        return Err(Problem::new(&["regions", number, "module"], what));
    };
    let limits = |key: &str, limits: Option<[usize; 2]>, length: usize| {
        let [first, end] = limits.unwrap_or([0, length]);
        if first < end && end <= length {
            Ok([first, end])
        } else {
            let what = format!("[{first}, {end}] is no range of pixels 0 to {length}, the upper limit not included");
            Err(Problem::new(&["regions", number, key], what))
        }
    };
    Ok((module, limits("slow", region.slow, detector.slow)?, limits("fast", region.fast, detector.fast)?))
}

fn of(region: &RegionConfig, number: &str, context: &Context) -> Result<Region, Problem> {
    let detector = &context.detector;
    let (size, fast) = (detector.module_pixels(), detector.fast);
    let all = 0..detector.modules.len() * size;
    let kinds = [
        region.slow.is_some() || region.fast.is_some() || region.module.is_some(),
        !region.polygon.is_empty(),
        region.ring.is_some(),
        region.mask.is_some(),
    ];
    if kinds.iter().filter(|kind| **kind).count() != 1 {
        let what = "a region is one of: a rectangle (`module`, `slow`, `fast`), a `polygon`, a `ring`, a `mask`";
        return Err(Problem::new(&["regions", number], what));
    }
    let map = |key: &str| context.pixel_map.as_deref().ok_or_else(|| Problem::no_geometry(&["regions", number, key]));
    let made = if kinds[0] {
        let (module, slow, across) = rectangle(region, number, context)?;
        let inside = |at: usize| {
            let (row, column) = (at % size / fast, at % size % fast);
            at / size == module && (slow[0]..slow[1]).contains(&row) && (across[0]..across[1]).contains(&column)
        };
        Region::new(size, fast, all.map(inside))
    } else if kinds[1] {
        if region.polygon.len() < 3 || region.polygon.iter().flatten().any(|value| !value.is_finite()) {
            let what = "a polygon has three or more corners of finite numbers";
            return Err(Problem::new(&["regions", number, "polygon"], what));
        }
        let corners: Vec<[f64; 2]> = region.polygon.iter().map(|corner| corner.map(|mm| mm * 1e-3)).collect();
        Region::new(size, fast, places(map("polygon")?).map(|at| at.is_some_and(|at| holds(&corners, at))))
    } else if let Some([inner, outer]) = region.ring {
        let within = |[x, y]: [f64; 2]| (inner..outer).contains(&(libm::hypot(x, y) * 1e3));
        Region::new(size, fast, places(map("ring")?).map(|at| at.is_some_and(within)))
    } else if let Some(mask) = &region.mask {
        let path = ["regions", number, "mask"];
        let image = mask
            .read("mask", context)
            .map_err(|problem| Problem { path: path.iter().map(|key| (*key).to_string()).collect(), ..problem })?;
        Region::new(size, fast, image.into_iter().map(|value| value != 0.0))
    } else {
        Region::default()
    };
    if made.pixels() == 0 {
        return Err(Problem::new(&["regions", number], format!("region `{}` has no pixel", region.name)));
    }
    Ok(made)
}

/// x and y of every pixel, in m.
fn places(map: &PixelMap) -> impl Iterator<Item = Option<[f64; 2]>> + '_ {
    map.iter().map(|pixel| pixel.map(|pixel| [pixel.centre.x, pixel.centre.y]))
}

/// Whether a ray from the point crosses the sides an odd number of times.
fn holds(corners: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let mut inside = false;
    let mut before = corners.last().copied().unwrap_or_default();
    for &corner in corners {
        if (corner[1] > y) != (before[1] > y) {
            let at = before[0] + (y - before[1]) / (corner[1] - before[1]) * (corner[0] - before[0]);
            inside ^= x < at;
        }
        before = corner;
    }
    inside
}

fn project(
    region: &RegionConfig,
    projection: &ProjectionConfig,
    number: &str,
    context: &Context,
) -> Result<Projection, Problem> {
    if !region.polygon.is_empty() || region.ring.is_some() || region.mask.is_some() {
        let what = format!("region `{}` is no rectangle, and has no axis to be projected on", region.name);
        return Err(Problem::new(&["regions", number], what));
    }
    if projection.curvature.iter().chain(&projection.energy).any(|value| !value.is_finite()) {
        return Err(Problem::new(&["projection"], "curvature and energy are finite numbers"));
    }
    let (module, slow, fast) = rectangle(region, number, context)?;
    let along_fast = projection.axis == Axis::Fast;
    Ok(Projection { module, slow, fast, along_fast, curvature: projection.curvature })
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_polygon_may_be_hollow() {
        let bent = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        let inside = |x, y| holds(&bent, [x, y]);
        assert!(inside(0.5, 2.0) && inside(3.5, 2.0) && inside(2.0, 0.5));
        assert!(!inside(2.0, 2.0) && !inside(-1.0, 1.0) && !inside(2.0, 5.0));
    }
}
