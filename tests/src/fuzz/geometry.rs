//! A geometry file, CrystFEL or PONI, and the pixels it places. Input: form and number of modules (u8), then the
//! file.

use std::path::Path;
use trainyard_geometry::{Geometry, ModuleLayout, Overrides};

/// # Panics
/// When a promise is broken.
pub fn geometry(input: &[u8]) -> bool {
    let Some((form, text)) = input.split_first() else { return false };
    let name = ["any.geom", "any.poni", "any"][usize::from(*form) % 3];
    let geometry = match Geometry::parse(text, Path::new(name)) {
        Ok(geometry) => geometry,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return false;
        }
    };
    let modules = [vec![0, 1], vec![0]][usize::from(*form) / 3 % 2].clone();
    let layout = ModuleLayout::new(modules, 0, 16, 8).expect("a small detector");
    match geometry.pixel_map(&layout, &Overrides::default()) {
        Ok(map) => {
            let pixels = map.iter().flatten();
            pixels.for_each(|pixel| assert!(pixel.centre.is_finite(), "{pixel:?} of {geometry:?}"));
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Two modules of two panels, one panel of a PONI file.
pub fn seeds() -> Vec<Vec<u8>> {
    vec![CRYSTFEL.as_bytes().to_vec(), PONI.as_bytes().to_vec()]
}

const CRYSTFEL: &str = "\0photon_energy = 9300
clen = 0.2
res = 5000
dim0 = %
dim2 = ss
dim3 = fs
bad_edge/min_x = 1
bad_edge/max_x = 2
bad_edge/min_y = -1.5
bad_edge/max_y = 3e1
rigid_group_q0 = p0a0,p0a1
rigid_group_collection_quadrants = q0
p0a0/dim1 = 0
p0a0/min_fs = 0
p0a0/max_fs = 7
p0a0/min_ss = 0
p0a0/max_ss = 7
p0a0/fs = +0.01x -0.99y
p0a0/ss = y
p0a0/corner_x = -10.5
p0a0/corner_y = 4
p0a0/coffset = 0.001
p0a1/dim1 = 0
p0a1/min_fs = 0
p0a1/max_fs = 7
p0a1/min_ss = 8
p0a1/max_ss = 15
p0a1/fs = x
p0a1/ss = -y +0.1z
p0a1/corner_x = 10
p0a1/corner_y = -4
p1a0/dim1 = 1
p1a0/min_fs = 0
p1a0/max_fs = 7
p1a0/min_ss = 0
p1a0/max_ss = 15
p1a0/fs = x
p1a0/ss = y
p1a0/corner_x = 0
p1a0/corner_y = 0
";

const PONI: &str = "\x04# a comment
poni_version: 2.1
Detector: Detector
Detector_config: {\"pixel1\": 0.0002, \"pixel2\": 0.0002, \"max_shape\": [16, 8], \"orientation\": 3}
Distance: 0.2
Poni1: 0.01
Poni2: -0.02
Rot1: 0.001
Rot2: -0.002
Rot3: 3.14
Wavelength: 1.3e-10
";
