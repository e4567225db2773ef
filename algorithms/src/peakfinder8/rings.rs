//! Which pixels lie at which distance from the beam, and which panel they belong to.

use trainyard_geometry::PixelMap;

/// The ring of a pixel that is not used.
const NONE: u16 = u16::MAX;

/// A panel in the order of the frame's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    /// position of the module
    pub module: usize,
    /// first pixel in the module's array
    pub slow: usize,
    pub fast: usize,
    pub height: usize,
    pub width: usize,
    /// position of the first pixel in the frame, and of the next row behind it
    pub(super) first: usize,
    pub(super) stride: usize,
}

impl Panel {
    /// Row and column of a pixel of the panel.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        let from = at - self.first;
        (from / self.stride, from % self.stride)
    }

    pub(super) fn at(&self, row: usize, column: usize) -> usize {
        self.first + row * self.stride + column
    }
}

/// Rings of pixels about the beam.
#[derive(Clone, Debug)]
pub struct Rings {
    /// positions of the used pixels, ring by ring, ascending in each
    order: Vec<u32>,
    /// those of ring b are `starts[b]..starts[b + 1]`
    starts: Vec<usize>,
    /// of each pixel
    ring: Vec<u16>,
    panels: Vec<Panel>,
}

/// The farthest pixel lies so many pixels from the beam that rings cannot be numbered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TooFar(pub f64);

impl Rings {
    /// `bad`: pixels bad in every frame, or empty. Radii in pixels of the panel whose pixels are the narrowest along fast scan;
    /// `min` < r, and r < `max` unless `max` is 0.
    ///
    /// # Errors
    /// A pixel farther away than 65534 pixels.
    pub fn new(map: &PixelMap, bad: &[bool], min: f64, max: f64) -> Result<Self, TooFar> {
        let pitch = map.panels().iter().map(|panel| panel.fs.length()).fold(f64::INFINITY, f64::min);
        let radius = map.iter().zip(bad.iter().copied().chain(std::iter::repeat(false)));
        let radius = radius.map(|(pixel, bad)| pixel.filter(|_| !bad).map(|p| p.centre.transverse() / pitch));
        let radius: Vec<Option<f64>> = radius.map(|r| r.filter(|&r| r > min && (max == 0.0 || r < max))).collect();
        let farthest = radius.iter().flatten().copied().fold(0.0, f64::max);
        if farthest >= f64::from(NONE) - 1.0 {
            return Err(TooFar(farthest));
        }
        let ring: Vec<u16> = radius.iter().map(|r| r.map_or(NONE, |r| r.round_ties_even() as u16)).collect();
        let mut starts = vec![0usize; farthest.ceil() as usize + 2];
        ring.iter().filter(|ring| **ring != NONE).for_each(|ring| starts[usize::from(*ring) + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut order = vec![0u32; starts.last().copied().unwrap_or(0)];
        for (at, &ring) in ring.iter().enumerate().filter(|(_, ring)| **ring != NONE) {
            let place = &mut next[usize::from(ring)];
            order[*place] = at as u32;
            *place += 1;
        }
        let (slow, fast) = (map.layout().slow(), map.layout().fast());
        let panel = |area: &trainyard_geometry::Extent| Panel {
            module: area.module,
            slow: area.slow[0],
            fast: area.fast[0],
            height: area.slow[1] - area.slow[0] + 1,
            width: area.fast[1] - area.fast[0] + 1,
            first: (area.module * slow + area.slow[0]) * fast + area.fast[0],
            stride: fast,
        };
        let mut panels: Vec<Panel> = map.areas().iter().map(panel).collect();
        panels.sort_by_key(|panel| panel.first);
        Ok(Rings { order, starts, ring, panels })
    }

    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether no pixel is used.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Positions of the pixels of a ring.
    pub(super) fn pixels(&self, ring: usize) -> &[u32] {
        &self.order[self.starts[ring]..self.starts[ring + 1]]
    }

    /// The ring of a pixel that is used.
    pub(super) fn of(&self, pixel: usize) -> Option<usize> {
        self.ring.get(pixel).copied().filter(|ring| *ring != NONE).map(usize::from)
    }

    /// By module, then by their first pixels.
    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    /// Pixels of a frame.
    pub(super) fn frame(&self) -> usize {
        self.ring.len()
    }

    pub(super) fn longest(&self) -> usize {
        self.starts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
    }

    pub(super) fn largest_panel(&self) -> usize {
        self.panels.iter().map(|panel| panel.height * panel.width).max().unwrap_or(0)
    }
}
