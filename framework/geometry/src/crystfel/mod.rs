//! CrystFEL's `.geom` files: any number of flat panels.

mod bad_region;
mod direction;
mod panel;
mod parse;
mod place;
mod value;

pub use bad_region::BadRegion;
pub use panel::Panel;
pub use parse::CrystfelGeometry;
