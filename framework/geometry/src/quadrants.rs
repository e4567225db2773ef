//! Positions of the tiles of LPD-1M and DSSC-1M in an HDF5 file, as EXtra-geom reads and writes them: groups `Q1` to `Q4` of
//! modules `M1` to `M4` of tiles `T01` ..., each with a dataset `Position` (x, y in mm), which add up. The positions of the
//! quadrants are not in every file.
//!
//! | | LPD | DSSC |
//! |---|---|---|
//! | tiles of a module | 16 of 32 x 128 pixels of 0.5 mm, the upper left one first, down the left and up the right column | 2 of 128 x 256 |
//! | the position is | the corner of a tile with the largest x and y | the one with the smallest |
//! | slow, fast | y, x | quadrants 1 and 2: y, -x; 3 and 4: -y, x; rows of hexagons, 0.236 mm wide, 1.5 / sqrt(3) of that apart |
//!
//! Such a file has neither distance nor photon energy. It becomes CrystFEL panels, which are laid over the data as those of a
//! `.geom`; the file itself is read elsewhere.

use std::fmt::Write as _;
use std::path::Path;

use crate::error::GeometryError;
use crate::geometry::Geometry;

/// Whose positions they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuadrantFile {
    Lpd,
    Dssc,
}

/// x and y of each quadrant in mm.
pub type Quadrants = [[f64; 2]; 4];

const MODULES: usize = 16;

impl QuadrantFile {
    fn tiles(self) -> usize {
        match self {
            QuadrantFile::Lpd => 16,
            QuadrantFile::Dssc => 2,
        }
    }

    /// Paths of the datasets that [`Self::geometry`] takes, in its order: modules, each followed by its tiles.
    pub fn datasets(self) -> Vec<String> {
        let module = |module: usize| {
            let group = format!("/Q{}/M{}", module / 4 + 1, module % 4 + 1);
            let tiles = (1..=self.tiles()).map(|tile| format!("{group}/T{tile:02}/Position")).collect::<Vec<_>>();
            std::iter::once(format!("{group}/Position")).chain(tiles)
        };
        (0..MODULES).flat_map(module).collect()
    }

    /// Paths of the positions of the quadrants.
    pub fn quadrant_datasets() -> [String; 4] {
        std::array::from_fn(|quadrant| format!("/Q{}/Position", quadrant + 1))
    }

    /// The geometry of a file with these `positions`, x and y of each of [`Self::datasets`].
    ///
    /// # Errors
    /// Positions that are not finite, or not as many.
    pub fn geometry(
        self,
        path: &Path,
        positions: &[[f64; 2]],
        quadrants: &Quadrants,
    ) -> Result<Geometry, GeometryError> {
        let step = self.tiles() + 1;
        let finite = positions.iter().chain(quadrants).flatten().all(|value| value.is_finite());
        if positions.len() != MODULES * step || !finite {
            return Err(GeometryError::configuration(
                format!("{}: the positions of {} tiles are not all there", path.display(), MODULES * self.tiles()),
                "the file should be one that EXtra-geom reads",
            ));
        }
        let pixel: f64 = if self == QuadrantFile::Lpd { 0.5 } else { 0.236 };
        let row = if self == QuadrantFile::Lpd { 1.0 } else { 1.5 / 3f64.sqrt() };
        let mut text = format!("dim0 = %\ndim2 = ss\ndim3 = fs\nres = {:?}\n", 1e3 / pixel);
        for module in 0..MODULES {
            let quadrant = module / 4;
            for tile in 0..self.tiles() {
                let parts = [quadrants[quadrant], positions[module * step], positions[module * step + 1 + tile]];
                let [x, y] = [0, 1].map(|axis| parts.iter().map(|part| part[axis]).sum::<f64>() / pixel);
                let panel = match self {
                    QuadrantFile::Lpd => {
                        let (column, down) = if tile < 8 { (0, 7 - tile) } else { (1, tile - 8) };
                        Panel {
                            first: [32 * down, 128 * column],
                            size: [32, 128],
                            corner: [x - 128.0, y - 32.0],
                            turn: [1.0; 2],
                        }
                    }
                    QuadrantFile::Dssc if quadrant < 2 => {
                        Panel { first: [0, 256 * tile], size: [128, 256], corner: [x + 256.0, y], turn: [1.0, -1.0] }
                    }
                    QuadrantFile::Dssc => {
                        let corner = [x, y + 128.0 * row];
                        Panel { first: [0, 256 * tile], size: [128, 256], corner, turn: [-1.0, 1.0] }
                    }
                };
                panel.write(&format!("p{module}a{tile}"), module, row, &mut text);
            }
        }
        let geometry = Geometry::parse(text.as_bytes(), &path.with_extension("geom"))?;
        Ok(Geometry { source: path.to_owned(), hexagonal: self == QuadrantFile::Dssc, ..geometry })
    }
}

/// A tile: slow and fast of its first pixel and its size, the corner there in pixels, signs of slow and fast.
struct Panel {
    first: [usize; 2],
    size: [usize; 2],
    corner: [f64; 2],
    turn: [f64; 2],
}

impl Panel {
    fn write(&self, name: &str, module: usize, row: f64, text: &mut String) {
        let Panel { first: [slow, fast], size: [rows, columns], corner: [x, y], turn: [down, along] } = self;
        // writing to a string does not fail
        let _ = write!(
            text,
            "{name}/dim1 = {module}\n{name}/min_ss = {slow}\n{name}/max_ss = {}\n{name}/min_fs = {fast}\n{name}/max_fs = {}\n\
             {name}/ss = {:?}y\n{name}/fs = {along:?}x\n{name}/corner_x = {x:?}\n{name}/corner_y = {y:?}\n",
            slow + rows - 1,
            fast + columns - 1,
            down * row
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Length, ModuleLayout, Overrides};

    fn place(file: QuadrantFile, slow: usize, fast: usize) -> crate::PixelMap {
        let names = file.datasets();
        // every module and tile at (10 module, tile) of its quadrant
        let mut module = 0.0;
        let positions: Vec<[f64; 2]> = names
            .iter()
            .map(|name| match name.split("/T").nth(1) {
                None => {
                    module += 10.0;
                    [module, 0.0]
                }
                Some(tile) => [0.0, 100.0 * tile[..2].parse::<f64>().unwrap()],
            })
            .collect();
        let quadrants = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]];
        let geometry = file.geometry("x.h5".as_ref(), &positions, &quadrants).unwrap();
        let layout = ModuleLayout::new((0..16).collect(), 0, slow, fast).unwrap();
        let overrides = Overrides { distance: Some(Length::from_metres(1.0)), ..Overrides::default() };
        geometry.pixel_map(&layout, &overrides).unwrap()
    }

    fn near(found: crate::Vector, x: f64, y: f64) {
        assert!((found.x * 1e3 - x).abs() < 1e-9 && (found.y * 1e3 - y).abs() < 1e-9, "{found:?} {x} {y}");
    }

    #[test]
    fn lpd_by_hand() {
        let map = place(QuadrantFile::Lpd, 256, 256);
        // module 0: tile 1 is rows 224 on of the left half, and ends at (1 + 10, 2 + 100)
        near(map.pixel(0, 255, 127).unwrap().centre, 11.0 - 0.25, 102.0 - 0.25);
        // module 5: tile 16 is rows 224 on of the right half
        near(map.pixel(5, 255, 255).unwrap().centre, 3.0 + 60.0 - 0.25, 4.0 + 1600.0 - 0.25);
        assert_eq!(map.pixel(0, 0, 0).unwrap().corners().len(), 4);
    }

    #[test]
    fn dssc_by_hand() {
        let map = place(QuadrantFile::Dssc, 128, 512);
        let (width, row) = (0.236, 0.236 * 1.5 / 3f64.sqrt());
        // module 0, tile 1: the smallest x is that of the last pixel of the row
        near(map.pixel(0, 0, 255).unwrap().centre, 11.0 + 0.5 * width, 102.0 + 2.0 / 3.0 * row);
        // odd rows lie half a pixel on, here towards smaller x
        near(map.pixel(0, 1, 255).unwrap().centre, 11.0, 102.0 + 5.0 / 3.0 * row);
        // module 8: rows go down
        near(map.pixel(8, 127, 256).unwrap().centre, 5.0 + 90.0 + 0.5 * width + 0.5 * width, 6.0 + 200.0 + row / 3.0);
        let pixel = map.pixel(8, 3, 7).unwrap();
        let corners = pixel.corners();
        assert_eq!(corners.len(), 6);
        // six sides of one length, and the area of a row times a width
        let sides: Vec<f64> = (0..6).map(|at| (corners[at] - corners[(at + 1) % 6]).length()).collect();
        assert!(sides.iter().all(|side| (side - sides[0]).abs() < 1e-9), "{sides:?}");
    }
}
