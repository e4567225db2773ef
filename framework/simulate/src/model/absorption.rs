//! A sample in transmission: half of each module sees the beam through it, the other half the beam itself. The energy is
//! scanned over an edge in steps of one train, and the scan begins anew when it is through.

/// Photons a pixel without a sample, at nominal pulse energy.
pub const REFERENCE: f64 = 2.0;
/// Steps of a scan: train id modulo this is the step.
pub const STEPS: u64 = 16;

/// -ln of the transmission in a train: `1 + atan((step - 8) / 1.5) / pi`.
pub fn absorption(train: u64) -> f64 {
    let off = (train % STEPS) as f64 - 0.5 * STEPS as f64;
    1.0 + libm::atan(off / 1.5) / std::f64::consts::PI
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_is_in_the_middle() {
        assert_eq!(absorption(16 + 8), 1.0);
        assert!(absorption(32) < 0.56 && absorption(31) > 1.43);
    }
}
