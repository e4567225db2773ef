//! Lossy chunks whose error is proved before they are stored.
//!
//! [`ProvedEncoder`] compresses a chunk with SZ3, decodes the result with the decoder that its
//! readers will use, and compares every pixel with what came in. A chunk that misses its bound,
//! that holds NaN or infinity (unless a value is given for them), that is too small for SZ3, or
//! that SZ3 does not shrink is stored without loss in the same dataset: the pipeline is SZ3 and
//! then deflate, and the filter mask of each chunk says which of the two it went through. So a
//! bound holds because it was checked, not because a library promises it.
//!
//! | question | file |
//! |---|---|
//! | which bound, and what becomes of NaN? | `settings.rs` |
//! | which numbers? | `element.rs` |
//! | how far are two chunks apart? | `pixels.rs` |
//! | how is it done? | `encoder.rs` |
//! | what was the error in the end? | `achieved.rs` |

mod achieved;
mod element;
mod encoder;
mod pixels;
mod settings;

pub use achieved::Achieved;
pub use element::Element;
pub use encoder::ProvedEncoder;
pub use settings::{Lossy, Mode, NonFinite};
