//! HDF5 chunk filters: decode and encode without HDF5.
//!
//! A chunk of an HDF5 dataset is stored as the output of a *filter pipeline*: a list of
//! filters, each turning one byte string into another. This crate knows the byte formats of
//! those filters and nothing of HDF5 itself: it takes the pipeline as the file states it
//! ([`Filter`]), checks it once ([`Pipeline::new`]), and then decodes and encodes chunks from
//! any number of threads, each with its own [`Scratch`].
//!
//! ```
//! use trainyard_codec::{Codec, Pipeline, Scratch};
//!
//! let pixels: Vec<u8> = (0..8192u32).flat_map(|i| ((i % 7) as u16).to_le_bytes()).collect();
//! let pipeline = Pipeline::new(&Codec::BitshuffleLz4.filters(2), 2, pixels.len())?;
//! let mut scratch = Scratch::default();
//!
//! let mut stored = Vec::new();
//! let filter_mask = pipeline.encode(&pixels, &mut stored, &mut scratch)?;
//! assert!(stored.len() < pixels.len());
//!
//! let mut decoded = vec![0; pixels.len()];
//! pipeline.decode(&stored, filter_mask, &mut decoded, &mut scratch)?;
//! assert_eq!(decoded, pixels);
//! # Ok::<(), trainyard_codec::Error>(())
//! ```
//!
//! | question | file |
//! |---|---|
//! | what does a file say of its filters? | `filter.rs` |
//! | in which order do filters run, what does a filter mask mean? | `pipeline.rs` |
//! | which filters are known? | `registry.rs`, one line each |
//! | what is the byte format of filter X? | `filters/X.rs`: format, both directions, tests |
//! | what must a filter provide? | `chunk_filter.rs` |
//! | which instructions may a kernel use? | `processor.rs` |
//! | how are bits and bytes transposed fast? | `transpose/` |
//! | how is one filter decoded for libhdf5, which tells no length? | `alone.rs` |
//! | which codecs can a workflow name? | `codec.rs` |
//! | how does a plug-in of HDF5 become a filter here? | `plugin/` |
//! | how is a lossy chunk proved to keep its bound? | `lossy/` |
//! | how far is a reduced image from the original? | `quality/` |
//! | how are pixels rounded? | `rounding.rs` |

#![deny(unsafe_code)]

mod alone;
mod big_endian;
mod chunk_filter;
mod codec;
mod error;
mod filter;
mod filters;
pub mod lossy;
mod lz4_block;
mod pipeline;
mod plugin;
pub mod processor;
pub mod quality;
mod refit;
mod registry;
pub mod rounding;
mod scratch;
mod transpose;
mod zstd_block;

pub use alone::decode_alone;
pub use codec::Codec;
pub use error::Error;
pub use filter::Filter;
pub use pipeline::Pipeline;
pub use plugin::Plugins;
pub use processor::Processor;
pub use refit::refit;
pub use registry::name as filter_name;
pub use scratch::Scratch;
