//! A geometry as text: what the reader of such text makes the same [`PixelMap`] of.
//!
//! Data of shape `[frame, module, slow, fast]` (of one module `[frame, slow, fast]`); modules count from 0. Vectors and corners
//! are written with 12 decimals of a pixel, in plain decimals: not every reader knows exponents there. What the geometry declares bad is not
//! repeated: the data have a mask for that.

use crate::pixel_map::PixelMap;
use crate::vector::Vector;
use std::fmt::Write;

/// eV m
const HC: f64 = 1.239_841_984_332_002_6e-6;

impl PixelMap {
    /// Text of a CrystFEL `.geom` file. `remark` is its first line.
    pub fn crystfel(&self, remark: &str) -> String {
        let layout = self.layout();
        let resolution = self.panels().first().map_or(1.0, |panel| 1.0 / panel.fs.length());
        let mut text = format!("; {}\n", remark.replace(['\n', '\r'], " "));
        if let Some(wavelength) = self.wavelength() {
            line(&mut text, format_args!("photon_energy = {} ; eV", HC / wavelength));
        }
        line(&mut text, format_args!("clen = {} ; m", self.distance()));
        line(&mut text, format_args!("res = {resolution} ; pixels a metre"));
        line(&mut text, format_args!("data = /entry_1/instrument_1/detector_1/data"));
        line(&mut text, format_args!("dim0 = %"));
        let several = layout.modules().len() > 1;
        for (panel, place) in self.panels().iter().zip(self.extents()) {
            let Some(place) = place else { continue };
            let name = &panel.name;
            let module = layout.modules()[place.module].saturating_sub(layout.first_number());
            let dimensions: &[String] = &match several {
                true => [format!("dim1 = {module}"), "dim2 = ss".into(), "dim3 = fs".into()].to_vec(),
                false => ["dim1 = ss".to_string(), "dim2 = fs".into()].to_vec(),
            };
            text.push('\n');
            dimensions.iter().for_each(|dimension| line(&mut text, format_args!("{name}/{dimension}")));
            for (key, value) in
                ["min_ss", "max_ss", "min_fs", "max_fs"].into_iter().zip(place.slow.into_iter().chain(place.fast))
            {
                line(&mut text, format_args!("{name}/{key} = {value}"));
            }
            line(&mut text, format_args!("{name}/fs = {}", direction(panel.fs * resolution)));
            line(&mut text, format_args!("{name}/ss = {}", direction(panel.ss * resolution)));
            let corner = panel.origin + panel.ss * place.slow[0] as f64 + panel.fs * place.fast[0] as f64;
            line(&mut text, format_args!("{name}/corner_x = {:.12}", corner.x * resolution));
            line(&mut text, format_args!("{name}/corner_y = {:.12}", corner.y * resolution));
            line(&mut text, format_args!("{name}/coffset = {:.15}", corner.z - self.distance()));
        }
        text
    }
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // writing to a String cannot fail
    let _ = writeln!(text, "{words}");
}

fn direction(v: Vector) -> String {
    format!("{:+.12}x {:+.12}y {:+.12}z", v.x, v.y, v.z)
}

#[cfg(test)]
mod tests {
    use crate::{Geometry, ModuleLayout, Overrides, PixelMap};

    fn again(map: &PixelMap) -> PixelMap {
        let text = map.crystfel("again\nmin_fs = 3");
        let geometry =
            Geometry::parse(text.as_bytes(), "again.geom".as_ref()).unwrap_or_else(|e| panic!("{e}\n{text}"));
        geometry.pixel_map(map.layout(), &Overrides::default()).unwrap_or_else(|e| panic!("{e}\n{text}"))
    }

    fn same(a: &PixelMap, b: &PixelMap) {
        for (one, other) in a.iter().zip(b.iter()) {
            let (one, other) = (one.unwrap(), other.unwrap());
            assert!((one.centre - other.centre).length() < 1e-14 && (one.fs - other.fs).length() < 1e-14);
        }
        assert!((a.wavelength().unwrap() / b.wavelength().unwrap() - 1.0).abs() < 1e-15);
    }

    fn map(text: &str, modules: Vec<u16>, first: u16, slow: usize, fast: usize) -> PixelMap {
        let layout = ModuleLayout::new(modules, first, slow, fast).unwrap();
        Geometry::parse(text.as_bytes(), "x.geom".as_ref()).unwrap().pixel_map(&layout, &Overrides::default()).unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_it_was() {
        let panel = |name: &str, module: usize, x: f64| {
            format!(
                "{name}/dim1 = {module}\n{name}/min_fs = 0\n{name}/max_fs = 5\n{name}/min_ss = 0\n{name}/max_ss = 3\n\
                 {name}/corner_x = {x}\n{name}/corner_y = 0.1\n{name}/coffset = 0.0123\n{name}/fs = 0.8x -0.6y\n\
                 {name}/ss = 0.6x +0.8y +0.01z\n"
            )
        };
        let head = "clen = 0.2\nphoton_energy = 9300.25\nres = 13333.3\ndim0 = %\ndim2 = ss\ndim3 = fs\n";
        let two = map(&format!("{head}{}{}", panel("a", 0, 1.0 / 3.0), panel("b", 1, -77.7)), vec![1, 2], 1, 4, 6);
        same(&two, &again(&two));
        let coarse = two.binned(2, 3).unwrap();
        same(&coarse, &again(&coarse));
        let one = map(&format!("{head}{}", panel("a", 0, -2.5)), vec![4], 0, 4, 6);
        same(&one, &again(&one));
    }
}
