//! Values that make a pixel bad: the flags of the panels as limits of the whole detector.

use super::panel::Flag;
use super::parse::CrystfelGeometry;
use crate::error::GeometryError;

/// Pixels below `below`, above `above`, or that round to one of `equal` are bad, before any step looks at them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ValueLimits {
    pub below: Option<f32>,
    pub above: Option<f32>,
    /// ascending
    pub equal: Vec<f32>,
}

impl ValueLimits {
    fn of(flags: &[Flag]) -> Self {
        let mut limits = ValueLimits::default();
        for flag in flags {
            match *flag {
                Flag::LessThan(value) => limits.below = Some(limits.below.map_or(value, |other| other.max(value))),
                Flag::MoreThan(value) => limits.above = Some(limits.above.map_or(value, |other| other.min(value))),
                Flag::Equal(value) => limits.equal.push(value),
            }
        }
        limits.equal.sort_by(f32::total_cmp);
        limits.equal.dedup();
        limits
    }
}

impl CrystfelGeometry {
    /// # Errors
    /// When panels in use state different limits.
    pub(crate) fn value_limits(&self) -> Result<ValueLimits, GeometryError> {
        let mut used = self.panels.iter().filter(|panel| !panel.unused);
        let Some(first) = used.next() else { return Ok(ValueLimits::default()) };
        let limits = ValueLimits::of(&first.flags);
        match used.find(|panel| ValueLimits::of(&panel.flags) != limits) {
            None => Ok(limits),
            Some(other) => Err(GeometryError::configuration(
                format!("panels `{}` and `{}` have different flags, which is not supported", first.name, other.name),
                "state flag_lessthan, flag_morethan and flag_equal once, before the first panel",
            )),
        }
    }
}
