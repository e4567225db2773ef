//! The integrator: everything about a geometry that frames share, and the pass over a frame.

use trainyard_codec::Processor;
use trainyard_geometry::{Pixel, PixelMap};

use super::binning::Binning;
use super::block::{Clean, BLOCK};
use super::coordinate::Coordinate;
use super::error::AzimuthalError;
use super::histogram::Bin;
use super::options::{ErrorModel, Options, Splitting};
use super::share::{share, TooWide};
use super::split::{Builder, Shares, Split};
use super::sums::Sums;
use super::unsplit::Unsplit;

/// Integrates frames of one geometry; shared by threads, each with its own [`Working`].
#[derive(Debug, Clone)]
pub struct AzimuthalIntegrator {
    binning: Binning,
    radial: Vec<f64>,
    pub(super) module_pixels: usize,
    pub(super) poisson: bool,
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
    /// Takes about 0.1 s and 6 bytes a pixel (without splitting) or 14 to 24 (with).
    ///
    /// # Errors
    /// When options are out of bounds, the wavelength is needed and unknown, or no pixel is left.
    pub fn new(map: &PixelMap, options: &Options, bad: Option<&[bool]>) -> Result<Self, AzimuthalError> {
        let pixels = map.layout().pixels();
        if let Some(bad) = bad.filter(|bad| bad.len() != pixels) {
            return Err(AzimuthalError::Shape { what: "the mask", expected: pixels, found: bad.len() });
        }
        if let Some(f) = options.polarisation.filter(|f| !(-1.0..=1.0).contains(f)) {
            return Err(AzimuthalError::Polarisation(f));
        }
        let coordinate = Coordinate::new(map, options)?;
        let pixel = |at: usize, pixel: Option<Pixel>| {
            pixel.filter(|_| !bad.is_some_and(|bad| bad.get(at).copied().unwrap_or(true)))
        };
        let scale = options.unit.scale();
        let [low, high] = match options.range {
            Some([low, high]) => {
                if !(low >= 0.0 && low < high && high.is_finite()) {
                    return Err(AzimuthalError::Range { low, high });
                }
                [low / scale, high / scale]
            }
            None => {
                let intervals =
                    map.iter().enumerate().filter_map(|(at, p)| pixel(at, p)).map(|p| coordinate.interval(&p));
                intervals.fold([f64::INFINITY, 0.0], |[low, high]: [f64; 2], [a, b]| [low.min(a.max(0.0)), high.max(b)])
            }
        };
        if low == f64::INFINITY {
            return Err(AzimuthalError::NothingToIntegrate);
        }
        let binning = Binning::new(low, high, options.bins)?;
        let norm = |pixel: &Pixel| {
            let solid_angle = if options.solid_angle { pixel.relative_solid_angle(map.distance()) } else { 1.0 };
            (solid_angle * options.polarisation.map_or(1.0, |f| pixel.polarisation(f))) as f32
        };

        let module_pixels = map.layout().module_pixels();
        let mut walk = map.iter().enumerate().map(|(at, p)| pixel(at, p));
        let mut tables = Vec::with_capacity(map.layout().modules().len());
        for _ in map.layout().modules() {
            let pixels = walk.by_ref().take(module_pixels);
            tables.push(match options.splitting {
                Splitting::No => {
                    let bins = pixels.map(|p| p.and_then(|p| Some((binning.bin(coordinate.centre(&p))?, norm(&p)))));
                    Table::Unsplit(Unsplit::new(bins, binning.bins() as u16))
                }
                Splitting::Bbox => {
                    let mut builder = Builder::default();
                    let mut parts = Vec::new();
                    for p in pixels {
                        let shares = match &p {
                            Some(p) => share(&binning, coordinate.interval(p), &mut parts)
                                .map_err(|TooWide(spanned)| AzimuthalError::TooFine {
                                    bin: binning.width() * scale,
                                    spanned,
                                })?
                                .map(|first| (first, norm(p))),
                            None => None,
                        };
                        builder.push(shares.map(|(first, norm)| Shares { first, parts: &parts, norm }));
                    }
                    Table::Split(builder.finish())
                }
            });
        }
        Ok(Self::with_tables(binning, tables, module_pixels, options))
    }

    fn with_tables(binning: Binning, tables: Vec<Table>, module_pixels: usize, options: &Options) -> Self {
        let reach = tables.iter().map(|table| match table {
            Table::Unsplit(_) => 1,
            Table::Split(split) => split.reach(),
        });
        let slots = binning.bins() + reach.max().unwrap_or(0);
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
            radial: binning.centres(options.unit.scale()),
            binning,
            module_pixels,
            poisson: options.error_model == ErrorModel::Poisson,
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
        match &part.table {
            Table::Unsplit(table) => blocks(pixels, |at, clean| table.add(at, clean, histogram, lost_norm, lost_count)),
            Table::Split(table) => blocks(pixels, |at, clean| table.add(at, clean, histogram, lost_norm, lost_count)),
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
                out.variance[bin] = if self.poisson { variance } else { 0.0 };
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

/// Hands the pixels to `add` in cleaned blocks; the last one is filled up with zeros, which count nowhere.
#[inline(always)]
fn blocks(pixels: &[f32], mut add: impl FnMut(usize, &Clean)) {
    let mut clean = Clean::EMPTY;
    let (whole, rest) = pixels.as_chunks::<BLOCK>();
    for (at, block) in whole.iter().enumerate() {
        clean.fill(block);
        add(at, &clean);
    }
    if !rest.is_empty() {
        let mut last = [0.0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        clean.fill(&last);
        add(whole.len(), &clean);
    }
}
