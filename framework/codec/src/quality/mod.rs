//! How far a reduced image is from the original: the measures by which a reduction is judged.
//!
//! Frames are added one by one; sums are f64 in a fixed order, so results do not depend on who
//! computed what. What counts as the *range* R of an image is the caller's to say and to state
//! beside the result: PSNR and SSIM mean nothing without it.
//!
//! | question | file |
//! |---|---|
//! | how large are the errors: maximum, MSE, RMSE, PSNR? | `errors.rs` |
//! | how similar is the structure: SSIM? | `similarity.rs` |

mod errors;
mod similarity;

pub use errors::{psnr, ErrorSums};
pub use similarity::{FrameSimilarity, Similarity};
