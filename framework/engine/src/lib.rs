//! From a list of configured steps to a published reduced run.
//!
//! | folder | answers |
//! |---|---|
//! | `algorithm` | what is a step? |
//! | `plan` | what will be done, in which passes and sequences? |
//! | `comm` | who does it? |
//! | `read` | which bytes come from which file, and how do they get here in time? |
//! | `compute` | what happens to a frame? |
//! | `store` | how is a finished sequence written? |
//! | `publish` | how does the reduced run appear, whole or not at all? |
//! | `engine` | in which order does all that happen? |
//! | `prove` | is the reduced run what it says? |

pub mod algorithm;
pub mod comm;
pub mod compute;
pub mod engine;
pub mod plan;
pub mod prove;
pub mod publish;
pub mod read;
pub mod store;

pub use trainyard_format::{Error, Place, Result};
