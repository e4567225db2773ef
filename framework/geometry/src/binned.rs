//! The geometry of pixels put together: `slow` x `fast` of them become one, whose place is the middle of theirs.

use crate::cover::{Cover, DECLARED, GAP};
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::pixel_map::{Extent, PixelMap, PlacedPanel};

impl PixelMap {
    /// A pixel with any pixel of a panel belongs to that panel; one with none is a gap, or declared bad where any of its pixels is.
    ///
    /// # Errors
    /// The shape of a module does not divide, or pixels of two panels would become one.
    pub fn binned(&self, slow: usize, fast: usize) -> Result<PixelMap, GeometryError> {
        let layout = self.layout();
        let divides = slow > 0 && fast > 0 && layout.slow().is_multiple_of(slow) && layout.fast().is_multiple_of(fast);
        if !divides {
            let what =
                format!("modules of {} x {} pixels do not divide by {slow} x {fast}", layout.slow(), layout.fast());
            return Err(GeometryError::configuration(what, "take divisors of both"));
        }
        let (rows, columns) = (layout.slow() / slow, layout.fast() / fast);
        let coarse = ModuleLayout::new(layout.modules().to_vec(), layout.first_number(), rows, columns)?;
        let mut owners = vec![GAP; coarse.pixels()];
        for (at, &owner) in self.owners().iter().enumerate() {
            let (row, column) = (at / layout.fast(), at % layout.fast());
            // rows of all modules, one behind the other: each module divides
            let bin = &mut owners[(row / slow) * columns + column / fast];
            *bin = match (*bin, owner) {
                (GAP, other) | (other, GAP) | (DECLARED, other) | (other, DECLARED) => other,
                (one, other) if one == other => one,
                (one, other) => {
                    let name = |owner: u16| self.panels().get(usize::from(owner)).map_or("", |p| p.name.as_str());
                    let what = format!(
                        "panels `{}` and `{}` meet inside a pixel of {slow} x {fast}: it would have no place",
                        name(one),
                        name(other)
                    );
                    return Err(GeometryError::configuration(what, "take a divisor of the panels' sides"));
                }
            };
        }
        let panel = |panel: &PlacedPanel| PlacedPanel {
            ss: panel.ss * slow as f64,
            fs: panel.fs * fast as f64,
            ..panel.clone()
        };
        let panels = self.panels().iter().map(panel).collect();
        let coarse = coarse.with_absent(layout.absent().to_vec());
        let area = |area: &Extent| Extent {
            module: area.module,
            slow: area.slow.map(|at| at / slow),
            fast: area.fast.map(|at| at / fast),
        };
        let areas = self.areas().iter().map(area).collect();
        let cover = Cover::of_owners(owners, rows, columns, areas);
        Ok(PixelMap::new(coarse, panels, cover, self.distance(), self.wavelength()))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Geometry, ModuleLayout, Overrides, PixelMap};

    /// Two modules, of two panels each that lie turned and tilted.
    pub fn two_modules() -> PixelMap {
        let panel = |name: &str, module: usize, [first, last]: [usize; 2], corner: [f64; 2]| {
            format!(
                "{name}/dim1 = {module}\n{name}/min_fs = 0\n{name}/max_fs = 7\n{name}/min_ss = {first}\n\
                 {name}/max_ss = {last}\n{name}/corner_x = {}\n{name}/corner_y = {}\n{name}/coffset = 0.001\n\
                 {name}/fs = 0.8x -0.6y\n{name}/ss = 0.6x +0.8y +0.01z\n",
                corner[0], corner[1]
            )
        };
        let text = format!(
            "clen = 0.2\nphoton_energy = 9300\nres = 5000\ndim0 = %\ndim2 = ss\ndim3 = fs\n{}{}{}{}",
            panel("p0a0", 0, [0, 3], [3.5, -2.0]),
            panel("p0a1", 0, [4, 11], [13.25, 8.0]),
            panel("p1a0", 1, [0, 3], [-3.5, -40.0]),
            panel("p1a1", 1, [4, 11], [-13.0, -8.0]),
        );
        let layout = ModuleLayout::new(vec![0, 1], 0, 12, 8).unwrap();
        Geometry::parse(text.as_bytes(), "x.geom".as_ref()).unwrap().pixel_map(&layout, &Overrides::default()).unwrap()
    }

    #[test]
    fn a_bin_lies_in_the_middle_of_its_pixels() {
        let fine = two_modules();
        let coarse = fine.binned(2, 4).unwrap();
        assert_eq!((coarse.layout().slow(), coarse.layout().fast()), (6, 2));
        assert_eq!(coarse.areas()[3], crate::Extent { module: 1, slow: [2, 5], fast: [0, 1] });
        for (module, slow, fast) in [(0, 0, 0), (0, 5, 1), (1, 2, 0), (1, 3, 1)] {
            let bin = coarse.pixel(module, slow, fast).unwrap().centre;
            let all = (0..2).flat_map(|s| (0..4).map(move |f| (s, f)));
            let all: Vec<_> =
                all.map(|(s, f)| fine.pixel(module, 2 * slow + s, 4 * fast + f).unwrap().centre).collect();
            for axis in [|v: crate::Vector| v.x, |v: crate::Vector| v.y, |v: crate::Vector| v.z] {
                let mean = all.iter().map(|v| axis(*v)).sum::<f64>() / 8.0;
                assert!((axis(bin) - mean).abs() < 1e-15, "{bin:?}");
            }
        }
    }

    #[test]
    fn what_does_not_divide_is_refused() {
        let told = |slow, fast| two_modules().binned(slow, fast).unwrap_err().to_string();
        assert!(told(5, 2).contains("12 x 8 pixels do not divide by 5 x 2"));
        assert!(told(0, 1).contains("do not divide"));
        assert!(told(6, 2).contains("`p0a0` and `p0a1` meet inside a pixel"));
    }
}
