//! Detector geometry: where each pixel of a detector is, in metres, as seen from the sample.
//!
//! Three kinds of file are read: CrystFEL `.geom` (any number of flat panels), pyFAI `.poni` (one flat detector), and the HDF5 files
//! of positions of LPD and DSSC that EXtra-geom reads.
//! [`Geometry::open`] reads the file; [`Geometry::pixel_map`] lays it over the modules of a run and yields a
//! [`PixelMap`], from which scattering angle, momentum transfer, radius and solid angle of every pixel follow.
//!
//! Lab frame: origin at the sample, z along the beam, y up, x completing the detector plane, all in metres.
//! Only flat panels exist here, so a pixel is a parallelogram (or a hexagon) and nothing but three vectors per panel is stored.
//!
//! ```
//! use trainyard_geometry::{Geometry, ModuleLayout, Overrides};
//! let text = "clen = 0.1\nphoton_energy = 9300\nres = 5000\n\
//!             a/min_fs = 0\na/max_fs = 9\na/min_ss = 0\na/max_ss = 3\na/corner_x = 0\na/corner_y = -2\n\
//!             a/fs = +1.0x\na/ss = +1.0y\n";
//! let geometry = Geometry::parse(text.as_bytes(), "one-panel.geom".as_ref())?;
//! let layout = ModuleLayout::new(vec![0], 0, 4, 10)?;
//! let map = geometry.pixel_map(&layout, &Overrides::default())?;
//! let pixel = map.pixel(0, 2, 0).expect("covered by the panel");
//! assert!((pixel.centre.x - 0.5 / 5000.0).abs() < 1e-15);
//! # Ok::<(), trainyard_geometry::GeometryError>(())
//! ```

mod binned;
mod cover;
mod crystfel;
mod error;
mod geometry;
pub mod image_file;
mod layout;
mod lines;
pub mod mask_file;
mod overrides;
mod pixel;
mod pixel_map;
mod poni;
mod quadrants;
mod quantity;
mod radial_unit;
mod sanity;
mod suggest;
mod summary;
mod text_file;
mod vector;

pub use crystfel::{
    BadRegion, CrystfelGeometry, Dimension, Dimensions, Flag, Key, Level, MaskBits, MaskName, Panel, PanelMask, Stated,
    Unit, ValueLimits, KEYS as CRYSTFEL_KEYS,
};
pub use error::{GeometryError, Place};
pub use geometry::{Geometry, Kind};
pub use layout::ModuleLayout;
pub use overrides::Overrides;
pub use pixel::{Corners, Pixel};
pub use pixel_map::{Extent, PixelMap, PlacedPanel};
pub use poni::{poni_detectors, PoniGeometry, Wide, PONI_KEYS};
pub use quadrants::{QuadrantFile, Quadrants};
pub use quantity::{Energy, Length, QuantityError};
pub use radial_unit::RadialUnit;
pub use summary::GeometrySummary;
pub use vector::Vector;
