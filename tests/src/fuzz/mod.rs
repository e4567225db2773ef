//! What is true of any bytes: one file a target, each a function that panics where it is not, and else says whether the
//! input was right.
//!
//! `tests/fuzz.rs` calls them with some thousand damaged inputs in every test run; `fuzz/` at the root of this crate lets
//! cargo-fuzz look for more (`docs/guides/fuzzing.md`). `seeds` of each target are inputs that are right.
//!
//! | target | what is true |
//! |---|---|
//! | `decoder` | a chunk is damaged, or decodes to all bytes of the chunk, which encode and decode to the same |
//! | `pipeline` | the same of any filters with any parameters and any filter mask |
//! | `workflow` | a file is a workflow, or every problem has a place in it and can be shown |
//! | `geometry` | a file is no geometry, or places finite pixels, or says why it cannot |
//! | `file_map` | a file is refused, or its map leads to values or errors, not to a bug of ours |

pub mod decoder;
pub mod file_map;
pub mod geometry;
pub mod pipeline;
pub mod workflow;
