//! Texts with a form, as regular expressions.

use crate::document::unit::Dimension;

/// A number and one of the units of `dimension`: `0.2 m`.
pub fn quantity(dimension: Dimension) -> String {
    // `μ` is the Greek letter beside the micro sign
    let units: Vec<String> = dimension.units().iter().map(|unit| unit.replace('µ', "[µμ]")).collect();
    format!(r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*({})\s*$", units.join("|"))
}

/// `A:B`; either end may be left out, not both.
pub const RANGE: &str = r"^(\s*[0-9]+\s*:\s*[0-9]*\s*|\s*:\s*[0-9]+\s*)$";

/// The word after `as`.
pub const LABEL: &str = "^[A-Za-z][A-Za-z0-9_-]{0,39}$";
