//! CrystFEL's `.geom` files: any number of flat panels.
//!
//! | question | file |
//! |---|---|
//! | which keys are there? | `keys.rs` |
//! | what does a line say? | `parse.rs`, `value.rs`, `direction.rs`, `dimensions.rs` |
//! | what is a panel, a bad region, a mask? | `panel.rs`, `bad_region.rs`, `mask.rs` |
//! | where do they lie on the detector of a run? | `modules.rs`, `place.rs` |
//! | which pixels are bad? | `declared.rs`, `limits.rs` |
//! | how is one written? | `write.rs` |

mod bad_region;
mod declared;
mod dimensions;
mod direction;
mod keys;
mod limits;
mod mask;
mod modules;
mod panel;
mod parse;
mod place;
mod value;
mod write;

pub use bad_region::BadRegion;
pub use dimensions::{Dimension, Dimensions};
pub use keys::{Key, Level, KEYS};
pub use limits::ValueLimits;
pub use mask::{MaskBits, MaskName, PanelMask};
pub use panel::{Flag, Panel};
pub use parse::CrystfelGeometry;
pub use value::{Stated, Unit};
