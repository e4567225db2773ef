//! `integrate-roi`: regions of interest of each frame, spectra, and the sums that ratios follow from. Kernels in [`crate::roi`].

mod config;
mod frame;
mod regions;
mod values;

use crate::column_bins::ColumnBins;
use crate::roi::Measure;
use config::{Config, HistogramConfig, Per, ProjectionConfig};
use frame::{Integration, Normaliser};
use regions::Named;
use trainyard_engine::algorithm::{Algorithm, ColumnDecl, Context, Modules, Needs, OutputDecl, Problem, Rows, Step};
use trainyard_format::map::ElementType::{self, F32, F64, U32, U64};

pub struct IntegrateRoi;

impl Algorithm for IntegrateRoi {
    const NAME: &'static str = "integrate-roi";
    const SUMMARY: &'static str =
        "regions of interest: sums, statistics, spectra, absorption, by frame, train or scan step";
    const DETAILS: &'static str = "\
Of the good pixels of each region: `sum`, `pixels` (how many), and on demand `variance` = sum (x - mean)^2 / pixels, `median`,
`centre` (slow, fast, weighted by the value), `histogram`. With a `background` region, `net` = sum - pixels x the background's
mean. `projection` makes spectra: pixel p along the axis and i across it, counted from the corner, goes to p + a i + b i^2 and is
shared between the two bins there; `weights` tells the pixels in each bin, and a background is taken off bin by bin. Column
`roi.NAME` (with `as: X`, `X.NAME`) holds the sum, or net sum, x of each region. A frame is normalised by y, a column or
another region: `ratio` = x / y; one without a finite y other than 0 has none, and takes no part in sums. `absorption` =
-ln(x of the sample / x of the reference). Rows by frame [rows, regions], or by train (sums of x and y and their ratio). Run
values, for the run or by bin of `group-by`: `frames`, and sums of x, x^2, y, y^2, x y, x / y, (x / y)^2, so that
`ratioOfMeans`, `meanOfRatios` and `sigma` (of the ratio of means) follow, and of several runs too; `spectrum` and its
squares, its ratios and weights; `energy` of its bins.";
    const EXAMPLE: &'static str = "\
- integrate-roi: {regions: [{name: direct, module: 0, slow: [10, 20], fast: [30, 60]}, {name: ring, ring: [20, 25]}]}
- integrate-roi: {as: lines, regions: [{name: ka, module: 3, slow: [100, 140], fast: [0, 128]}], projection: {axis: slow, energy: [6390, 0.2]}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let named = Named::new(&config, context)?;
        let one = |problem: Problem| vec![problem];
        let background = config.background.as_ref().map(|name| named.find(name, &["background"]));
        let background = background.transpose().map_err(one)?;
        let absorption = config.absorption.as_ref().map(|[sample, reference]| {
            let path = ["absorption"];
            Ok([named.find(sample, &path)?, named.find(reference, &path)?])
        });
        let absorption = absorption.transpose().map_err(one)?;
        let normaliser = config.normalise_by.as_ref().map(|name| {
            let of_region = named.find(name, &["normalise-by"]).map(Normaliser::Region);
            context.column(name).map(Normaliser::Column).map_or(of_region, Ok).map_err(|problem| {
                let what = format!("no column named `{name}`, and no region of that name");
                Problem { what, ..problem }.with_hint("an earlier step has to make it, `attach` for example")
            })
        });
        let normaliser = normaliser.transpose().map_err(one)?;
        let groups = config.group_by.clone().map(|bins| grouping(bins, config.per, context));
        let groups = groups.transpose().map_err(one)?;
        if let Some(HistogramConfig { bins, range: [low, high] }) = config.histogram {
            if bins == 0 || !(low < high && (high - low).is_finite()) {
                return Err(vec![Problem::new(&["histogram"], "the limits are two finite numbers in ascending order")]);
            }
        }
        let modules: Vec<usize> = named.regions.iter().flat_map(|region| region.modules()).collect();
        let columns = match normaliser {
            Some(Normaliser::Column(column)) => Some(column),
            _ => None,
        };
        let columns: Vec<usize> = columns.into_iter().chain(groups.as_ref().map(|(column, _)| *column)).collect();
        let names = named.names.clone();
        let step = Integration {
            measure: Measure { variance: config.variance, median: config.median, centre: config.centre },
            histogram: config.histogram.map(|h| (h.bins, h.range)),
            energy: config.projection.map(|ProjectionConfig { energy, .. }| energy).unwrap_or_default(),
            named,
            background,
            absorption,
            normaliser,
            groups,
            per: config.per,
        };
        let rows = match config.per {
            Per::Frame => Rows::ByFrame(by_frame(&step)),
            Per::Train => Rows::ByTrain(by_train(&step)),
            Per::Run => Rows::None,
        };
        let needs = Needs { modules: Modules::these(modules), columns, ..Needs::default() };
        let made = names.into_iter().map(|name| ColumnDecl::number(name, ""));
        Ok(vec![Step::frame("ROI", step).with_rows(rows).needing(needs).making(made).prefixed("roi")])
    }
}

/// The column, and the edges.
fn grouping(bins: ColumnBins, per: Per, context: &Context) -> Result<(usize, Vec<f64>), Problem> {
    if per == Per::Train {
        let what = "frames are grouped by train or by a column, not both";
        return Err(Problem::new(&["group-by"], what).with_hint("take `per: frame` or `per: run`"));
    }
    bins.configured(context)
}

fn output(key: &str, element: ElementType, shape: &[u64], text: &str) -> OutputDecl {
    OutputDecl::new(key, element, shape, text)
}

fn by_frame(step: &Integration) -> Vec<OutputDecl> {
    let regions = step.named.regions.len() as u64;
    let of_each = |key, element, text| output(key, element, &[regions], text);
    let mut outputs = vec![of_each("sum", F64, "sum of the good pixels"), of_each("pixels", U32, "good pixels")];
    if step.background.is_some() {
        outputs.push(of_each("net", F64, "sum less background"));
    }
    if step.measure.variance {
        outputs.push(of_each("variance", F64, "mean squared distance of the pixels from their mean"));
    }
    if step.measure.median {
        outputs.push(of_each("median", F64, "median of the pixels"));
    }
    if step.measure.centre {
        outputs.push(output("centre", F64, &[regions, 2], "mean position (slow, fast) weighted by the value"));
    }
    if step.normaliser.is_some() {
        outputs.push(of_each("ratio", F64, "sum, or net sum, over what the frame is normalised by"));
    }
    if step.absorption.is_some() {
        outputs.push(output("absorption", F64, &[], "-ln(sample / reference)"));
    }
    if let Some((bins, _)) = step.histogram {
        outputs.push(output("histogram", U32, &[regions, bins as u64], "good pixels by value"));
    }
    if step.bins() > 0 {
        let shape = [regions, step.bins() as u64];
        outputs.push(output("spectrum", F32, &shape, "sum of the pixels of each bin, less background"));
        outputs.push(output("weights", F32, &shape, "pixels of each bin"));
    }
    outputs
}

fn by_train(step: &Integration) -> Vec<OutputDecl> {
    let regions = step.named.regions.len() as u64;
    let of_each = |key, element, text| output(key, element, &[regions], text);
    let mut outputs = vec![
        of_each("frames", U64, "frames that took part"),
        of_each("sum", F64, "sum over frames of the sum, or net sum"),
        of_each("normaliser", F64, "sum over frames of what they are normalised by"),
        of_each("ratio", F64, "one over the other"),
        of_each("sigma", F64, "standard error of the ratio"),
    ];
    if step.absorption.is_some() {
        outputs.push(output("absorption", F64, &[], "-ln(sample / reference) of the sums"));
    }
    if step.bins() > 0 {
        let shape = [regions, step.bins() as u64];
        outputs.push(output("spectrum", F64, &shape, "sum over frames of the spectrum"));
        outputs.push(output("weights", F64, &shape, "sum over frames of the pixels of each bin"));
    }
    outputs
}
