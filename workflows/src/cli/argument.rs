//! Values of options, with words for what is wrong with them.

use crate::workflow::Bytes;
use std::num::{NonZeroU32, NonZeroUsize};

/// # Errors
/// No amount of memory.
pub fn memory(text: &str) -> Result<Bytes, String> {
    text.parse().map_err(|error: crate::document::unit::NotAQuantity| match error.hint {
        Some(hint) => format!("{}\nhint: {hint}", error.what),
        None => error.what,
    })
}

/// # Errors
/// No number of threads.
pub fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| wrong(text, "threads", "leave it out to use all cores"))
}

/// # Errors
/// No number of nodes.
pub fn nodes(text: &str) -> Result<NonZeroU32, String> {
    text.parse().map_err(|_| wrong(text, "nodes", "leave it out, and the plan decides"))
}

fn wrong(text: &str, of_what: &str, hint: &str) -> String {
    let what = match text.trim().parse::<i128>() {
        Ok(number) if number < 1 => format!("at least 1 of the {of_what} is needed, not {number}"),
        _ => format!("it must be a number of {of_what}, from 1"),
    };
    format!("{what}\nhint: {hint}")
}
