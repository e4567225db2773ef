//! The integrator of what the fast tables cannot do: rows of azimuths, a dark image, errors from the spread of the pixels,
//! clipping, medians.
//!
//! Two forms of one table, [pixel, cell, part], a cell being a bin of a row:
//!
//! | sorted by | for | a frame costs |
//! |---|---|---|
//! | pixel | means | one pass over the pixels, which are read in order; cells are added to where they lie |
//! | cell | clipping and quantiles, which look at the pixels of a cell several times | its pixels are gathered first |
//!
//! 4 bytes of index and 4 of part for each entry, of which a pixel has 1 (not split) to about 4 (split both ways). Sums are
//! f64 in the order of the table.

use trainyard_geometry::PixelMap;

use super::by_cell::ByCell;
use super::by_pixel::ByPixel;
use super::division::Division;
use super::error::AzimuthalError;
use super::options::{ErrorModel, Fields, Options, Statistic};
use super::ring::Member;
use super::sums::Sums;

/// Cells of a result: rows times bins.
pub const MAX_CELLS: usize = 1 << 24;
/// More rounds than this clip nothing more.
const MAX_ROUNDS: usize = 100;

/// Integrates frames of one geometry; shared by threads, each with its own [`SparseWorking`].
#[derive(Debug, Clone)]
pub struct SparseIntegrator {
    radial: Vec<f64>,
    rows: Vec<[f64; 2]>,
    table: Table,
    pixels: Pixels,
    statistic: Statistic,
}

#[derive(Debug, Clone)]
enum Table {
    ByPixel(ByPixel),
    ByCell(ByCell),
}

/// What is known of each pixel.
#[derive(Debug, Clone)]
pub(super) struct Pixels {
    /// 0 where the pixel counts nowhere
    pub(super) norms: Vec<f32>,
    dark: Option<Vec<f32>>,
    variance: Option<Vec<f32>>,
    pub(super) model: ErrorModel,
}

impl Pixels {
    /// Signal and variance of a pixel; none where it is missing.
    #[inline(always)]
    pub(super) fn value(&self, at: usize, raw: f32) -> Option<[f64; 2]> {
        if !raw.is_finite() {
            return None;
        }
        let raw = f64::from(raw);
        let signal = match &self.dark {
            Some(dark) => raw - f64::from(*dark.get(at)?),
            None => raw,
        };
        let variance = match (&self.variance, self.model) {
            (Some(variance), _) => f64::from(*variance.get(at)?),
            (None, ErrorModel::Poisson | ErrorModel::Hybrid) => raw.max(1.0),
            (None, ErrorModel::Photons) => raw,
            (None, ErrorModel::None | ErrorModel::Azimuthal) => 0.0,
        };
        Some([signal, variance])
    }

    /// Whether the variance is that of the pixels, whatever the model.
    pub(super) fn known(&self) -> bool {
        self.variance.is_some()
    }

    /// Whether sigma is made of the spread of the pixels.
    pub(super) fn spread(&self) -> bool {
        self.variance.is_none() && self.model == ErrorModel::Azimuthal
    }
}

/// The state of one frame: by cell [signal, variance, norm, count] and, for errors from the spread, the sums of squares; the
/// pixels of one cell.
#[derive(Debug, Clone, Default)]
pub struct SparseWorking {
    pub(super) cells: Vec<[f64; 4]>,
    pub(super) squares: Vec<[f64; 3]>,
    pub(super) ring: Vec<Member>,
}

impl SparseIntegrator {
    /// Prepares the table.
    ///
    /// # Errors
    /// When options are out of bounds, the wavelength is needed and unknown, or no pixel is left.
    pub fn new(map: &PixelMap, options: &Options, fields: &Fields<'_>) -> Result<Self, AzimuthalError> {
        let clips = check(options, fields)?;
        let mut division = Division::new(map, options, fields)?;
        let (rows, bins) = (division.rows.len(), division.binning.bins());
        let cells = rows.checked_mul(bins).filter(|cells| *cells <= MAX_CELLS);
        let cells = cells.ok_or(AzimuthalError::Cells { rows, bins, max: MAX_CELLS })?;
        let mut table = ByPixel::new(cells);
        let mut norms = Vec::with_capacity(map.layout().pixels());
        for (at, pixel) in map.iter().enumerate() {
            let mut norm = 0.0;
            if let Some(pixel) = pixel.filter(|_| fields.good(at)) {
                let flat = fields.flat.and_then(|flat| flat.get(at).copied()).unwrap_or(1.0);
                norm = division.norm(&pixel, flat);
                division.divide(&pixel, |cell, part| table.push(cell, part))?;
            }
            table.close();
            norms.push(norm);
        }
        Ok(Self {
            radial: division.centres(),
            rows: division.rows.limits(),
            table: if clips { Table::ByCell(ByCell::new(&table)) } else { Table::ByPixel(table.finish()) },
            pixels: Pixels {
                norms,
                dark: fields.dark.map(<[f32]>::to_vec),
                variance: fields.variance.map(<[f32]>::to_vec),
                model: options.error_model,
            },
            statistic: options.statistic,
        })
    }

    /// The centres of the bins, in the unit asked for.
    pub fn radial(&self) -> &[f64] {
        &self.radial
    }

    /// Limits of the rows in degrees.
    pub fn rows(&self) -> &[[f64; 2]] {
        &self.rows
    }

    /// Rows times bins.
    pub fn cells(&self) -> usize {
        self.radial.len() * self.rows.len()
    }

    /// Whether no pixel falls into any cell.
    pub fn is_empty(&self) -> bool {
        match &self.table {
            Table::ByPixel(table) => table.is_empty(),
            Table::ByCell(table) => table.is_empty(),
        }
    }

    /// Working space for one frame at a time.
    pub fn working(&self) -> SparseWorking {
        let cells = if matches!(self.table, Table::ByPixel(_)) { self.cells() } else { 0 };
        SparseWorking {
            cells: vec![[0.0; 4]; cells],
            squares: vec![[0.0; 3]; if self.pixels.spread() { cells } else { 0 }],
            ring: Vec::new(),
        }
    }

    /// Bytes of a [`SparseWorking`].
    pub fn working_bytes(&self) -> usize {
        match &self.table {
            Table::ByPixel(_) => self.cells() * size_of::<[f64; 7]>(),
            Table::ByCell(table) => table.longest() * size_of::<Member>(),
        }
    }

    /// Integrates a whole frame, [module, slow, fast], NaN and infinities missing; `out` is replaced. The sums of a row lie one
    /// behind the other.
    ///
    /// # Errors
    /// When `image` has not the shape of the layout.
    pub fn integrate(&self, image: &[f32], working: &mut SparseWorking, out: &mut Sums) -> Result<(), AzimuthalError> {
        let expected = self.pixels.norms.len();
        if image.len() != expected {
            return Err(AzimuthalError::Shape { what: "the image", expected, found: image.len() });
        }
        out.clear(self.cells());
        match &self.table {
            Table::ByPixel(table) => table.integrate(image, &self.pixels, working, out),
            Table::ByCell(table) => table.integrate(image, &self.pixels, self.statistic, working, out),
        }
        Ok(())
    }
}

/// Whether pixels of a cell are to be looked at together.
fn check(options: &Options, fields: &Fields<'_>) -> Result<bool, AzimuthalError> {
    match options.statistic {
        Statistic::Mean => Ok(false),
        Statistic::Clipped { limit, rounds } => {
            if !(limit >= 0.0 && limit.is_finite() && (1..=MAX_ROUNDS).contains(&rounds)) {
                return Err(AzimuthalError::Clipping { limit, rounds, max: MAX_ROUNDS });
            }
            if options.error_model == ErrorModel::None && fields.variance.is_none() {
                return Err(AzimuthalError::ClippingByNothing);
            }
            Ok(true)
        }
        Statistic::Between { low, high } if 0.0 <= low && low <= high && high <= 1.0 => Ok(true),
        Statistic::Between { low, high } => Err(AzimuthalError::Quantiles { low, high }),
    }
}
