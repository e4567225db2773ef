//! Bits of a pixel's mask, as the facility's calibration numbers them: <https://extra.readthedocs.io>, `BadPixels`. A pixel
//! without any is good.

/// the value is no number
pub const VALUE_IS_NAN: u32 = 1 << 11;
/// bad by what the workflow says: its mask, its limits, its geometry (`USER1`)
pub const OF_WORKFLOW: u32 = 1 << 30;
