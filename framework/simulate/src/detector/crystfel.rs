//! The geometry as a CrystFEL file: <https://www.desy.de/~twhite/crystfel/manual-crystfel_geometry.html>.
//!
//! Data of shape `[frame, module, slow, fast]`: `dim0 = %`, `dim1` the position of the module (from 0, also where the
//! facility counts from 1), `dim2 = ss`, `dim3 = fs`. Panels are named `p<module>a<tile>`, corners are in pixels.

use super::{panels, Detector};
use std::fmt::Write;

fn vector((x, y): (f64, f64)) -> String {
    format!("{x:+.1}x {y:+.1}y")
}

/// Text of the file; `clen` in metres, `photon_energy` in eV.
pub fn crystfel_geometry(detector: Detector, clen: f64, photon_energy: f64) -> String {
    let mut text = format!(
        "; simulated {}, all modules\n\
         photon_energy = {photon_energy} ; eV\n\
         clen = {clen} ; m\n\
         res = {:.6} ; pixels a metre\n\
         adu_per_photon = 1\n\
         data = /entry_1/instrument_1/detector_1/data\n\
         mask = /entry_1/instrument_1/detector_1/mask\n\
         mask_good = 0x0\n\
         mask_bad = 0xffffffff\n\
         dim0 = %\n",
        detector.name(),
        1.0 / detector.pixel_size(),
    );
    for panel in panels(detector) {
        let name = format!("p{}a{}", panel.module, panel.tile);
        // writing to a String cannot fail
        let _ = write!(
            text,
            "\n{name}/dim1 = {}\n{name}/dim2 = ss\n{name}/dim3 = fs\n\
             {name}/min_ss = {}\n{name}/max_ss = {}\n{name}/min_fs = {}\n{name}/max_fs = {}\n\
             {name}/fs = {}\n{name}/ss = {}\n\
             {name}/corner_x = {:.1}\n{name}/corner_y = {:.1}\n{name}/coffset = 0.0\n",
            panel.module,
            panel.slow.0,
            panel.slow.1,
            panel.fast.0,
            panel.fast.1,
            vector(panel.fs),
            vector(panel.ss),
            panel.corner.0,
            panel.corner.1,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_states_every_tile() {
        for (detector, tiles) in Detector::ALL.into_iter().zip([128, 256, 32, 64]) {
            let text = crystfel_geometry(detector, 0.2, 9300.0);
            assert_eq!(text.matches("/corner_x = ").count(), tiles);
        }
        let text = crystfel_geometry(Detector::Agipd, 0.2, 9300.0);
        assert!(text.contains("res = 5000.000000 ; pixels a metre"), "{text:.300}");
        assert!(text
            .contains("p0a0/fs = +0.0x -1.0y\np0a0/ss = +1.0x +0.0y\np0a0/corner_x = -506.0\np0a0/corner_y = 619.0\n"));
    }
}
