//! A workflow file as a tree that remembers where everything stood, and the check of that tree against a JSON schema.
//!
//! YAML (bytes) -> [`parse`] -> [`Node`] -> [`check()`] against a schema -> `serde_json::Value`, or **all** problems, each
//! with line, column and a hint. The road not taken: a serde deserialiser over YAML gives the same positions but stops at
//! the first error, and a user who mistyped four keys would need four attempts.
//!
//! | question | file |
//! |---|---|
//! | how is text turned into a tree, and what is refused? | `parse.rs` |
//! | is the plain word `no` a boolean? | `scalar.rs` |
//! | what does `--set a.b=v` change? | `set.rs` |
//! | what may stand where? | `check/` |
//! | is `0.2 s` a length? | `unit.rs` |
//! | which word was meant? | `suggest.rs`, `wildcard.rs` |
//! | how does a problem look on the terminal? | `render.rs` |

pub mod check;
mod node;
mod parse;
mod problem;
mod render;
mod scalar;
mod set;
mod suggest;
pub mod unit;
pub mod wildcard;

pub use check::check;
pub use node::{Content, Key, Node, Origin, Span};
pub use parse::{parse, MAX_BYTES, MAX_DEPTH, MAX_NODES};
pub use problem::{shown, Problem};
pub use render::{plain_error, Sources};
pub use scalar::Scalar;
pub use set::apply_set;
pub use suggest::{nearest, suggestion};
