//! The integrator: everything about a geometry that frames share, and the pass over a frame.

use trainyard_codec::Processor;
use trainyard_geometry::{Pixel, PixelMap};

use super::binning::Binning;
use super::block::{Clean, BLOCK};
use super::division::Division;
use super::error::AzimuthalError;
use super::histogram::Bin;
use super::options::{ErrorModel, Fields, Options, Splitting};
use super::split::{Builder, Shares, Split};
use super::sums::Sums;
use super::unsplit::Unsplit;

/// Integrates frames of one geometry; shared by threads, each with its own [`Working`].
#[derive(Debug, Clone)]
pub struct AzimuthalIntegrator {
    binning: Binning,
    radial: Vec<f64>,
    rows: Vec<[f64; 2]>,
    pub(super) module_pixels: usize,
    /// The least variance of a pixel; none: the variance is not known.
    pub(super) floor: Option<f32>,
    pub(super) modules: Vec<Module>,
    /// Slots of a histogram: the bins, and room for what lies outside.
    pub(super) slots: usize,
    /// Which instructions blocks of frames may use.
    pub(super) processor: Processor,
}

#[derive(Debug, Clone)]
pub(super) struct Module {
    pub(super) table: Table,
    pub(super) norm: Vec<f64>,
    pub(super) count: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(super) enum Table {
    Unsplit(Unsplit),
    Split(Split),
}

/// The state of one frame: histogram, the norm of the modules seen, and what missing pixels took from it.
#[derive(Debug, Clone)]
pub struct Working {
    histogram: Vec<Bin>,
    norm: Vec<f64>,
    count: Vec<u32>,
    lost_norm: Vec<f64>,
    lost_count: Vec<u32>,
}

impl AzimuthalIntegrator {
    /// Prepares the tables; `bad` (true = never use, [module, slow, fast]) adds to the gaps of the geometry.
    ///
    /// Takes about 0.1 s (`full`: 0.5 s) and 6 bytes a pixel without splitting, 14 to 24 with.
    ///
    /// # Errors
    /// When options are out of bounds, the wavelength is needed and unknown, or no pixel is left; options that these tables
    /// cannot do: see [`super::SparseIntegrator`].
    pub fn new(map: &PixelMap, options: &Options, bad: Option<&[bool]>) -> Result<Self, AzimuthalError> {
        Self::with_fields(map, options, &Fields { bad, ..Fields::default() })
    }

    /// As [`Self::new`], with a flat field.
    ///
    /// # Errors
    /// As there.
    pub fn with_fields(map: &PixelMap, options: &Options, fields: &Fields<'_>) -> Result<Self, AzimuthalError> {
        if !options.plain(fields) {
            return Err(AzimuthalError::NotPlain);
        }
        let mut division = Division::new(map, options, fields)?;
        let module_pixels = map.layout().module_pixels();
        let flat = |at: usize| fields.flat.and_then(|flat| flat.get(at).copied()).unwrap_or(1.0);
        let mut walk = map.iter().enumerate().map(|(at, p)| (flat(at), p.filter(|_| fields.good(at))));
        let mut tables = Vec::with_capacity(map.layout().modules().len());
        for _ in map.layout().modules() {
            let pixels = walk.by_ref().take(module_pixels);
            tables.push(match options.splitting {
                Splitting::No => {
                    let place = |p: Pixel, flat| Some((division.bin(&p)?, division.norm(&p, flat)));
                    let bins = pixels.map(|(flat, p)| p.and_then(|p| place(p, flat)));
                    Table::Unsplit(Unsplit::new(bins, division.binning.bins() as u16))
                }
                Splitting::Bbox | Splitting::Full => {
                    let mut builder = Builder::default();
                    for (flat, p) in pixels {
                        let Some(p) = p else {
                            builder.push(None);
                            continue;
                        };
                        let norm = division.norm(&p, flat);
                        builder.push(division.radial(&p)?.map(|(first, parts)| Shares { first, parts, norm }));
                    }
                    Table::Split(builder.finish())
                }
            });
        }
        Ok(Self::with_tables(division, tables, module_pixels, options))
    }

    fn with_tables(division: Division, tables: Vec<Table>, module_pixels: usize, options: &Options) -> Self {
        let reach = tables.iter().map(|table| match table {
            Table::Unsplit(_) => 1,
            Table::Split(split) => split.reach(),
        });
        let slots = division.binning.bins() + reach.max().unwrap_or(0);
        let modules = tables
            .into_iter()
            .map(|table| {
                let (mut norm, mut count) = (vec![0.0; slots], vec![0; slots]);
                match &table {
                    Table::Unsplit(table) => table.static_norm(&mut norm, &mut count),
                    Table::Split(table) => table.static_norm(&mut norm, &mut count),
                }
                Module { table, norm, count }
            })
            .collect();
        Self {
            radial: division.centres(),
            rows: division.rows.limits(),
            binning: division.binning,
            module_pixels,
            floor: floor(options.error_model),
            modules,
            slots,
            processor: Processor::chosen(),
        }
    }

    /// The same with the instructions of `processor`; the results are the same to the bit.
    pub fn on(self, processor: Processor) -> Self {
        Self { processor, ..self }
    }

    /// The centres of the bins, in the unit asked for.
    pub fn radial(&self) -> &[f64] {
        &self.radial
    }

    /// Limits of the row in degrees.
    pub fn rows(&self) -> &[[f64; 2]] {
        &self.rows
    }

    /// Whether no pixel falls into any bin.
    pub fn is_empty(&self) -> bool {
        self.modules.iter().all(|module| module.count[..self.bins()].iter().all(|count| *count == 0))
    }

    pub fn bins(&self) -> usize {
        self.binning.bins()
    }

    /// Modules of the layout.
    pub fn modules(&self) -> usize {
        self.modules.len()
    }

    /// Working space for one frame at a time.
    pub fn working(&self) -> Working {
        Working {
            histogram: vec![Bin::default(); self.slots],
            norm: vec![0.0; self.slots],
            count: vec![0; self.slots],
            lost_norm: vec![0.0; self.slots],
            lost_count: vec![0; self.slots],
        }
    }

    /// Bytes of a [`Working`].
    pub fn working_bytes(&self) -> usize {
        self.slots * (size_of::<Bin>() + 2 * (size_of::<f64>() + size_of::<u32>()))
    }

    /// Adds module `module` (its position in the layout) of a frame: `pixels` is [slow, fast], NaN and infinities missing.
    /// A module that a frame lacks is simply not added. The order of modules is part of the result's rounding: take them
    /// in order.
    ///
    /// # Errors
    /// When `pixels` has not the shape of a module, or there is no such module.
    pub fn integrate_module(&self, module: usize, pixels: &[f32], working: &mut Working) -> Result<(), AzimuthalError> {
        let shape = |what, expected, found| AzimuthalError::Shape { what, expected, found };
        if pixels.len() != self.module_pixels {
            return Err(shape("the module's image", self.module_pixels, pixels.len()));
        }
        if working.histogram.len() != self.slots {
            return Err(shape("the working space", self.slots, working.histogram.len()));
        }
        let part = self.modules.get(module).ok_or(shape("the detector", self.modules.len(), module + 1))?;
        for (sum, value) in working.norm.iter_mut().zip(&part.norm) {
            *sum += value;
        }
        for (sum, value) in working.count.iter_mut().zip(&part.count) {
            *sum += value;
        }
        let Working { histogram, lost_norm, lost_count, .. } = working;
        let floor = self.floor.unwrap_or(1.0);
        match &part.table {
            Table::Unsplit(table) => {
                blocks(pixels, floor, |at, clean| table.add(at, clean, histogram, lost_norm, lost_count))
            }
            Table::Split(table) => {
                blocks(pixels, floor, |at, clean| table.add(at, clean, histogram, lost_norm, lost_count))
            }
        }
        Ok(())
    }

    /// Ends a frame: its sums go to `out` (replacing what is there), and `working` is ready for the next.
    ///
    /// # Errors
    /// When `working` belongs to an integrator of another shape.
    pub fn finish(&self, working: &mut Working, out: &mut Sums) -> Result<(), AzimuthalError> {
        if working.histogram.len() != self.slots {
            return Err(AzimuthalError::Shape {
                what: "the working space",
                expected: self.slots,
                found: working.histogram.len(),
            });
        }
        let bins = self.bins();
        out.clear(bins);
        for bin in 0..bins {
            // Counting says exactly when a bin is empty; the difference of norms would leave a rounding error.
            if working.count[bin] > working.lost_count[bin] {
                let [signal, variance] = working.histogram[bin].total();
                out.signal[bin] = signal;
                out.variance[bin] = if self.floor.is_some() { variance } else { 0.0 };
                out.norm[bin] = working.norm[bin] - working.lost_norm[bin];
            }
        }
        working.histogram.fill(Bin::default());
        working.norm.fill(0.0);
        working.lost_norm.fill(0.0);
        working.count.fill(0);
        working.lost_count.fill(0);
        Ok(())
    }

    /// Integrates a whole frame, [module, slow, fast]; `out` is replaced.
    ///
    /// # Errors
    /// When `image` has not the shape of the layout.
    pub fn integrate(&self, image: &[f32], working: &mut Working, out: &mut Sums) -> Result<(), AzimuthalError> {
        let expected = self.modules.len() * self.module_pixels;
        if image.len() != expected {
            return Err(AzimuthalError::Shape { what: "the image", expected, found: image.len() });
        }
        for (module, pixels) in image.chunks_exact(self.module_pixels).enumerate() {
            self.integrate_module(module, pixels, working)?;
        }
        self.finish(working, out)
    }
}

/// The variance of a pixel is its value, but at least this.
fn floor(model: ErrorModel) -> Option<f32> {
    match model {
        ErrorModel::None | ErrorModel::Azimuthal => None,
        ErrorModel::Poisson | ErrorModel::Hybrid => Some(1.0),
        ErrorModel::Photons => Some(f32::NEG_INFINITY),
    }
}

/// Hands the pixels to `add` in cleaned blocks; the last one is filled up with zeros, which count nowhere.
#[inline(always)]
fn blocks(pixels: &[f32], floor: f32, mut add: impl FnMut(usize, &Clean)) {
    let mut clean = Clean::EMPTY;
    let (whole, rest) = pixels.as_chunks::<BLOCK>();
    for (at, block) in whole.iter().enumerate() {
        clean.fill(block, floor);
        add(at, &clean);
    }
    if !rest.is_empty() {
        let mut last = [0.0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        clean.fill(&last, floor);
        add(whole.len(), &clean);
    }
}
