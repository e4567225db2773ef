//! Every pixel of the modules of a run, in the lab frame.
//!
//! Stored: three vectors for each panel, and for each pixel [module, slow, fast] the panel it belongs to (2 bytes).
//! Positions are computed when asked for, in f64; tables of corners would take 96 bytes a pixel.

use crate::cover::{Cover, DECLARED, GAP};
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::pixel::Pixel;
use crate::vector::Vector;

/// A panel in the lab frame: the point (slow s, fast f) of its module array, in pixels counted from the outer edge of the
/// first pixel, lies at `origin + ss * s + fs * f`.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedPanel {
    pub name: String,
    pub origin: Vector,
    pub fs: Vector,
    pub ss: Vector,
    pub normal: Vector,
}

impl PlacedPanel {
    /// # Errors
    /// When a vector is not finite, the pixel has no area, or the panel's plane holds the sample.
    pub(crate) fn new(name: String, origin: Vector, fs: Vector, ss: Vector) -> Result<Self, GeometryError> {
        let across = fs.cross(ss);
        let area = across.length();
        let normal = across * (1.0 / area);
        let distance = origin.dot(normal).abs();
        let sound = origin.is_finite() && area.is_normal() && distance.is_finite() && distance > 0.0;
        if !sound {
            return Err(GeometryError::configuration(
                format!("panel `{name}` is degenerate: its pixels have no area, or its plane goes through the sample"),
                "check fs, ss, res and the distance",
            ));
        }
        Ok(Self { name, origin, fs, ss, normal })
    }
}

/// The pixels of a detector; see [`crate::Geometry::pixel_map`].
#[derive(Debug, Clone)]
pub struct PixelMap {
    layout: ModuleLayout,
    panels: Vec<PlacedPanel>,
    owner: Vec<u16>,
    areas: Vec<Extent>,
    distance: f64,
    wavelength: Option<f64>,
    /// rows of hexagons, odd ones half a pixel on
    hexagonal: bool,
}

/// Where a panel lies in the data: position of its module, first and last slow and fast pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub module: usize,
    pub slow: [usize; 2],
    pub fast: [usize; 2],
}

impl PixelMap {
    pub(crate) fn new(
        layout: ModuleLayout,
        panels: Vec<PlacedPanel>,
        cover: Cover,
        distance: f64,
        wavelength: Option<f64>,
    ) -> Self {
        let (owner, areas) = cover.into_parts();
        debug_assert_eq!((owner.len(), areas.len()), (layout.pixels(), panels.len()));
        Self { layout, panels, owner, areas, distance, wavelength, hexagonal: false }
    }

    /// The same with hexagons: `ss` of a panel is the way from row to row. Odd rows lie half a pixel on along `fs`, and centres two
    /// thirds of a row inside, as EXtra-geom has the DSSC.
    pub(crate) fn of_hexagons(self) -> Self {
        Self { hexagonal: true, ..self }
    }

    pub fn layout(&self) -> &ModuleLayout {
        &self.layout
    }

    pub fn panels(&self) -> &[PlacedPanel] {
        &self.panels
    }

    /// The rectangle that the geometry gives to each panel, bad pixels in it included; beside [`PixelMap::panels`].
    pub fn areas(&self) -> &[Extent] {
        &self.areas
    }

    /// Sample to detector in metres: `Distance` of a PONI (along the normal); of a `.geom` the middle between the nearest
    /// and the farthest panel centre.
    pub fn distance(&self) -> f64 {
        self.distance
    }

    /// In metres, where file or workflow state it.
    pub fn wavelength(&self) -> Option<f64> {
        self.wavelength
    }

    /// The pixel at `[module (position in the layout), slow, fast]`; none where no panel covers it, where the geometry
    /// declares it bad, or outside the layout.
    pub fn pixel(&self, module: usize, slow: usize, fast: usize) -> Option<Pixel> {
        let (slow_len, fast_len) = (self.layout.slow(), self.layout.fast());
        if module >= self.layout.modules().len() || slow >= slow_len || fast >= fast_len {
            return None;
        }
        let owner = *self.owner.get((module * slow_len + slow) * fast_len + fast)?;
        let panel = self.panels.get(usize::from(owner))?;
        let (down, along) = match self.hexagonal {
            true => (2.0 / 3.0, 0.5 + 0.5 * (slow % 2) as f64),
            false => (0.5, 0.5),
        };
        Some(Pixel {
            centre: panel.origin + panel.ss * (slow as f64 + down) + panel.fs * (fast as f64 + along),
            hexagonal: self.hexagonal,
            fs: panel.fs,
            ss: panel.ss,
            normal: panel.normal,
        })
    }

    /// All pixels in the order of the data, [module, slow, fast].
    pub fn iter(&self) -> impl Iterator<Item = Option<Pixel>> + '_ {
        let (slow_len, fast_len) = (self.layout.slow(), self.layout.fast());
        (0..self.layout.modules().len()).flat_map(move |module| {
            (0..slow_len).flat_map(move |slow| (0..fast_len).map(move |fast| self.pixel(module, slow, fast)))
        })
    }

    /// Which pixels are gaps or declared bad: true = bad, in the order of the data.
    pub fn bad(&self) -> Vec<bool> {
        self.owner.iter().map(|&owner| owner >= DECLARED).collect()
    }

    /// The panel of each pixel, in the order of the data.
    pub(crate) fn owners(&self) -> &[u16] {
        &self.owner
    }

    /// The rectangle of pixels that each panel owns; `None`: it owns none.
    pub(crate) fn extents(&self) -> Vec<Option<Extent>> {
        let (slow_len, fast_len) = (self.layout.slow(), self.layout.fast());
        let mut found: Vec<Option<Extent>> = vec![None; self.panels.len()];
        for (at, &owner) in self.owner.iter().enumerate() {
            let (module, slow, fast) = (at / (slow_len * fast_len), at / fast_len % slow_len, at % fast_len);
            let Some(extent) = found.get_mut(usize::from(owner)) else { continue };
            let extent = extent.get_or_insert(Extent { module, slow: [slow; 2], fast: [fast; 2] });
            extent.slow[1] = extent.slow[1].max(slow);
            extent.fast = [extent.fast[0].min(fast), extent.fast[1].max(fast)];
        }
        found
    }

    /// How many pixels no panel covers, and how many the geometry declares bad.
    pub(crate) fn lost(&self) -> [usize; 2] {
        [GAP, DECLARED].map(|kind| self.owner.iter().filter(|&&owner| owner == kind).count())
    }
}
