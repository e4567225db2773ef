//! Backgrounds, photons a pixel at distance `r` of a detector of half width `half` (pixels both).

/// Scattering of a liquid jet: a decay and the broad ring of water.
pub fn solvent(r: f64, half: f64) -> f64 {
    let x = (r / half - 0.6) / 0.12;
    0.2 + 0.6 * libm::exp(-r / (0.3 * half)) + 0.6 * libm::exp(-0.5 * x * x)
}

/// What remains in a vacuum: little.
pub fn parasitic(r: f64, half: f64) -> f64 {
    0.002 + 0.02 * libm::exp(-r / (0.15 * half))
}

/// Small-angle scattering, bright enough for speckles.
pub fn small_angle(r: f64, half: f64) -> f64 {
    0.2 + 4.0 * libm::exp(-r / (0.4 * half))
}

/// Air and sample holder under a powder.
pub fn diffuse(r: f64, half: f64) -> f64 {
    0.1 + 0.6 * libm::exp(-r / (0.4 * half))
}
