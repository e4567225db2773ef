//! How does an algorithm write files of its own? A layout declared once, data train by train or many trains at once, and
//! a series of files that appears whole or not at all.
//!
//! | question | file |
//! |---|---|
//! | what will the files hold? | `layout.rs`, `dataset.rs` |
//! | which names and sizes are known only later? | `parameters.rs`, `template.rs`, `shape.rs` |
//! | how many trains a file, buffered or direct? | `options.rs` |
//! | does the declaration make sense? | `resolve.rs`, `declared.rs`, `paths.rs` |
//! | what may a caller do? | `writer.rs`, `rows.rs`, `run_value.rs` |
//! | does this call fit those before it? | `accept.rs`, `group.rs` |
//! | when do rows reach which file? | `advance.rs`, `feed.rs`, `column.rs` |
//! | how do files appear? | `files.rs` |
//!
//! # Rules
//!
//! - Each dataset goes through the declared trains in order, by itself: its data may come before or after those of others.
//! - Datasets of one index group (keys of one CONTROL source) have the same number of rows in each train. This is checked
//!   as soon as two of them were told; the error names dataset and train, and the refused call has changed nothing.
//! - A train that a dataset passes over has no rows. A whole group may end early or get no data: its trains have count 0,
//!   which readers and validators take for a source without data. One dataset alone may not: closing is refused.
//! - A CONTROL key has at most one row a train; its time is that of the train. Validators warn of a source that has a
//!   value in some trains only.
//! - RUN holds the first row of every CONTROL key and the run values, the same in every file.
//!
//! # Cost
//!
//! Rows are copied when they come, and again into their chunk; 100000 scalars one by one take 0.03 s buffered, about 1 s
//! direct, and ten calls for all of them 0.015 s. Memory: a chunk for each dataset (256 KiB, or one row),
//! the rows that wait ([`SeriesWriter::waiting_bytes`]), 8 bytes for each train of each index group. What waits:
//! buffered, the rows of trains that some dataset does not have yet; direct, those that belong to a later file.
//!
//! Road not taken: one queue for each source, as writers in Python have. The order of chunks in the file would follow
//! that of the calls, and equal data could give files with other bytes.

mod accept;
mod advance;
mod column;
mod dataset;
mod declared;
mod feed;
mod files;
mod group;
mod layout;
mod options;
mod parameters;
mod paths;
mod resolve;
mod rows;
mod run_value;
mod shape;
mod template;
mod writer;

pub use dataset::Dataset;
pub use layout::Layout;
pub use options::{Mode, SeriesOptions};
pub use parameters::Parameters;
pub use rows::Rows;
pub use writer::SeriesWriter;
