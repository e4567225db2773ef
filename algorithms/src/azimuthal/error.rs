//! Why an integration cannot be set up or carried out.

/// All of these are the configuration's, except `Shape`: the caller's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AzimuthalError {
    #[error("the unit `{unit}` needs the photon energy, which the geometry file does not state\nhint: state it: `geometry: {{file: ..., energy: \"9.3 keV\"}}`, or take `2th_deg` or `r_mm`")]
    NoWavelength { unit: &'static str },
    #[error("bins must be 1 to {max}, not {bins}")]
    Bins { bins: usize, max: usize },
    #[error("range [{low}, {high}] must be two finite numbers of at least 0, the first below the second")]
    Range { low: f64, high: f64 },
    #[error("polarisation must be between -1 and 1, not {0}")]
    Polarisation(f64),
    #[error("these options need the sparse integrator")]
    NotPlain,
    #[error("the azimuths {low} to {high} are no range: it begins within two turns of 0 and ends above that, at most 360 degrees on")]
    Azimuth { low: f64, high: f64 },
    #[error("the azimuth has 1 to {max} sectors or bins, not {rows}")]
    Rows { rows: usize, max: usize },
    #[error("{rows} azimuths of {bins} bins are more than {max} in all")]
    Cells { rows: usize, bins: usize, max: usize },
    #[error("the sensor must have a thickness and an attenuation length above 0, not {thickness} m and {attenuation_length} m")]
    Sensor { thickness: f64, attenuation_length: f64 },
    #[error("the limit of clipping must be 0 or more, and the rounds 1 to {max}, not {limit} and {rounds}")]
    Clipping { limit: f64, rounds: usize, max: usize },
    #[error("clipping needs to know how far off a pixel may be: state an `error-model`")]
    ClippingByNothing,
    #[error("quantiles must be two numbers of 0 to 1, the first not above the second, not {low} and {high}")]
    Quantiles { low: f64, high: f64 },
    #[error("no pixel is left to integrate: all are masked or outside the panels")]
    NothingToIntegrate,
    #[error("bins of {bin} are too narrow for this detector: a pixel spans up to {spanned} of them\nhint: take fewer bins, or `splitting: no`")]
    TooFine { bin: f64, spanned: f64 },
    #[error("{what} has {found} values where {expected} are expected")]
    Shape { what: &'static str, expected: usize, found: usize },
}
