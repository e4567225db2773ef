//! pyFAI's PONI files: one flat detector, placed by the point of normal incidence.

mod parse;
mod place;

pub use parse::PoniGeometry;
