//! Where every pixel stands: the tiles of a detector, flat, perpendicular to the beam, which passes through the origin.
//!
//! The 16 modules of AGIPD-1M, LPD-1M and DSSC-1M form four quadrants, set like a pinwheel round a square hole of 40 pixels:
//! ```text
//!        Q0 |
//!   --------|  Q3      quadrant 0 holds modules 0-3, 1: 4-7, 2: 8-11, 3: 12-15
//!           o          x to the right, y up, seen against the beam as in CrystFEL
//!    Q1  |--------
//!        |    Q2
//! ```
//! JUNGFRAU-4M: two columns of four modules with a cross of gaps.
//!
//! Lengths are in pixels. The centre of pixel (slow, fast) of a tile is at
//! `corner + (fast + 1/2) fs + (slow + 1/2) ss`, counted inside the tile.

use super::Detector;

/// One tile (ASIC) of a module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Panel {
    /// position of the module, from 0
    pub module: usize,
    /// number of the tile in the module
    pub tile: usize,
    /// first and last slow index in the module's array
    pub slow: (usize, usize),
    /// first and last fast index
    pub fast: (usize, usize),
    /// x, y of the outer corner of the first pixel
    pub corner: (f64, f64),
    /// step along fast
    pub fs: (f64, f64),
    /// step along slow
    pub ss: (f64, f64),
}

const HALF_HOLE: f64 = 20.0;

/// x of the left and y of the upper edge of quadrant `q` of the pinwheel, for quadrants of the given size.
fn quadrant_edge(q: usize, width: f64, height: f64) -> (f64, f64) {
    let h = HALF_HOLE;
    match q {
        0 => (h - width, h + height),
        1 => (-h - width, h),
        2 => (-h, -h),
        _ => (h, height - h),
    }
}

/// All tiles of all modules, module by module.
pub fn panels(detector: Detector) -> Vec<Panel> {
    match detector {
        Detector::Agipd => agipd(),
        Detector::Lpd => lpd(),
        Detector::Dssc => dssc(),
        Detector::Jungfrau => jungfrau(),
    }
}

/// Eight tiles of 64 x 128 along slow, 2 pixels between them; the four modules of a quadrant above each other.
fn agipd() -> Vec<Panel> {
    let (width, pitch) = (8.0 * 64.0 + 7.0 * 2.0, 128.0 + 29.0);
    let mut panels = Vec::new();
    for module in 0..16 {
        let (left, top) = quadrant_edge(module / 4, width, 3.0 * pitch + 128.0);
        let top = top - (module % 4) as f64 * pitch;
        for tile in 0..8 {
            let along = tile as f64 * 66.0;
            let (corner, fs, ss) = if module < 8 {
                ((left + along, top), (0.0, -1.0), (1.0, 0.0))
            } else {
                ((left + width - along, top - 128.0), (0.0, 1.0), (-1.0, 0.0))
            };
            panels.push(Panel { module, tile, slow: (64 * tile, 64 * tile + 63), fast: (0, 127), corner, fs, ss });
        }
    }
    panels
}

/// Sixteen tiles of 32 x 128 in two columns, 4 pixels between them. Tile 0 is the upper left one, at the end of slow; they
/// are counted down the left and up the right column. Modules of a quadrant: upper left, lower left, lower right, upper right.
fn lpd() -> Vec<Panel> {
    let (module_width, module_height) = (256.0 + 4.0, 256.0 + 7.0 * 4.0);
    let (width, height) = (2.0 * module_width + 4.0, 2.0 * module_height + 4.0);
    let mut panels = Vec::new();
    for module in 0..16 {
        let (left, top) = quadrant_edge(module / 4, width, height);
        let (column, row) = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0), (1.0, 0.0)][module % 4];
        let left = left + column * (module_width + 4.0);
        let bottom = top - row * (module_height + 4.0) - module_height;
        for tile in 0..16 {
            let (column, step) = if tile < 8 { (0, 7 - tile) } else { (1, tile - 8) };
            let corner = (left + column as f64 * 132.0, bottom + step as f64 * 36.0);
            let (slow, fast) = ((32 * step, 32 * step + 31), (128 * column, 128 * column + 127));
            panels.push(Panel { module, tile, slow, fast, corner, fs: (1.0, 0.0), ss: (0.0, 1.0) });
        }
    }
    panels
}

/// Two tiles of 128 x 256 along fast, 12 pixels between them; the four modules of a quadrant above each other.
fn dssc() -> Vec<Panel> {
    let (width, pitch) = (2.0 * 256.0 + 12.0, 128.0 + 20.0);
    let mut panels = Vec::new();
    for module in 0..16 {
        let (left, top) = quadrant_edge(module / 4, width, 3.0 * pitch + 128.0);
        let top = top - (module % 4) as f64 * pitch;
        for tile in 0..2 {
            let along = tile as f64 * 268.0;
            let (corner, fs, ss) = if module < 8 {
                ((left + width - along, top - 128.0), (-1.0, 0.0), (0.0, 1.0))
            } else {
                ((left + along, top), (1.0, 0.0), (0.0, -1.0))
            };
            panels.push(Panel { module, tile, slow: (0, 127), fast: (256 * tile, 256 * tile + 255), corner, fs, ss });
        }
    }
    panels
}

/// Eight chips of 256 x 256, 2 pixels between them, four along fast; modules 1-4 down the left column, 5-8 down the right.
fn jungfrau() -> Vec<Panel> {
    let mut panels = Vec::new();
    for module in 0..8 {
        let left = if module < 4 { -9.0 - 1030.0 } else { 9.0 };
        let top = 2.0 * 550.0 - 18.0 - (module % 4) as f64 * 550.0;
        for tile in 0..8 {
            let (row, column) = (tile / 4, tile % 4);
            panels.push(Panel {
                module,
                tile,
                slow: (256 * row, 256 * row + 255),
                fast: (256 * column, 256 * column + 255),
                corner: (left + column as f64 * 258.0, top - row as f64 * 258.0),
                fs: (1.0, 0.0),
                ss: (0.0, -1.0),
            });
        }
    }
    panels
}

/// Where the pixels are.
#[derive(Clone, Debug)]
pub struct PixelMap {
    detector: Detector,
    panels: Vec<Panel>,
}

impl PixelMap {
    pub fn new(detector: Detector) -> Self {
        PixelMap { detector, panels: panels(detector) }
    }

    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    /// Distance from the beam of the pixel centres of one module, in pixels: `[slow * fast]`.
    pub fn radii(&self, module_index: usize) -> Vec<f64> {
        self.places(module_index).into_iter().map(|[x, y]| (x * x + y * y).sqrt()).collect()
    }

    /// x and y of the pixel centres of one module, in pixels: `[slow * fast]`.
    pub fn places(&self, module_index: usize) -> Vec<[f64; 2]> {
        let (_, width) = self.detector.shape();
        let mut places = vec![[0.0; 2]; self.detector.pixels()];
        for panel in self.panels.iter().filter(|panel| panel.module == module_index) {
            for slow in panel.slow.0..=panel.slow.1 {
                for fast in panel.fast.0..=panel.fast.1 {
                    let (s, f) = ((slow - panel.slow.0) as f64 + 0.5, (fast - panel.fast.0) as f64 + 0.5);
                    let x = panel.corner.0 + f * panel.fs.0 + s * panel.ss.0;
                    let y = panel.corner.1 + f * panel.fs.1 + s * panel.ss.1;
                    places[slow * width + fast] = [x, y];
                }
            }
        }
        places
    }

    /// Half the width of the detector, about, in pixels: ring radii are fractions of it.
    pub fn half_width(&self) -> f64 {
        match self.detector {
            Detector::Jungfrau => 1000.0,
            _ => 520.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pixel of the array belongs to one tile, and no two tiles lie on each other.
    #[test]
    fn tiles_cover_the_modules_and_do_not_overlap() {
        for detector in Detector::ALL {
            let all = panels(detector);
            let modules = detector.module_numbers().count();
            let mut covered = vec![0u8; modules * detector.pixels()];
            for panel in &all {
                for slow in panel.slow.0..=panel.slow.1 {
                    for fast in panel.fast.0..=panel.fast.1 {
                        covered[panel.module * detector.pixels() + slow * detector.shape().1 + fast] += 1;
                    }
                }
            }
            assert!(covered.iter().all(|&n| n == 1), "{detector:?}");
            let area: Vec<(f64, f64, f64, f64)> = all
                .iter()
                .map(|panel| {
                    let (f, s) = ((panel.fast.1 - panel.fast.0 + 1) as f64, (panel.slow.1 - panel.slow.0 + 1) as f64);
                    let far = (
                        panel.corner.0 + f * panel.fs.0 + s * panel.ss.0,
                        panel.corner.1 + f * panel.fs.1 + s * panel.ss.1,
                    );
                    let (x, y) = panel.corner;
                    (x.min(far.0), x.max(far.0), y.min(far.1), y.max(far.1))
                })
                .collect();
            for (i, a) in area.iter().enumerate() {
                assert!(!(a.0 < 5.0 && a.1 > -5.0 && a.2 < 5.0 && a.3 > -5.0), "{detector:?}: tile {i} in the beam");
                for (j, b) in area.iter().enumerate().skip(i + 1) {
                    assert!(
                        a.1 <= b.0 || b.1 <= a.0 || a.3 <= b.2 || b.3 <= a.2,
                        "{detector:?}: {i} and {j}: {a:?} {b:?}"
                    );
                }
            }
        }
    }
}
