//! A sampled frame as it will be read back, measured against the frame as it came.

use super::block::BlockTask;
use super::image::numbers;
use super::output::RowOut;
use super::Worker;
use crate::algorithm::{Frame, Modules, StepKind};
use crate::plan::{Job, Metric};
use serde::{Deserialize, Serialize};
use trainyard_codec::quality::{ErrorSums, FrameSimilarity, Similarity};
use trainyard_format::detector::Detector;
use trainyard_format::Result;

/// The metrics of one frame, over its unmasked pixels; `None` where one has no meaning: without pixels none has, and a
/// constant frame that did not stay as it was has no PSNR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub max_error: Option<f64>,
    pub psnr: Option<f64>,
    pub ssim: Option<f64>,
    pub azimuthal_deviation: Option<f64>,
}

impl Measured {
    pub fn value(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::MaxError => self.max_error,
            Metric::Psnr => self.psnr,
            Metric::Ssim => self.ssim,
            Metric::AzimuthalDeviation => self.azimuthal_deviation,
        }
    }
}

/// `out` is what a writer makes of the frame, which lies at a place of the worker; that also holds it as it came, masked.
pub fn measure(
    task: &BlockTask<'_>,
    (frame, writer): (usize, usize),
    out: &[Vec<Option<RowOut>>],
    worker: &mut Worker,
    place: usize,
) -> Result<Measured> {
    let Worker { frames, codec, gauge: working, .. } = worker;
    let loaded = &frames[place];
    let detector = &*task.job.detector;
    let written = task.job.written();
    let pixels = written.module_pixels();
    let mut decoded = loaded.original.clone();
    let mut raw = Vec::new();
    for (module, streams) in out.iter().enumerate() {
        // the image is the first stream; what is copied as it was has no error
        let Some(Some(RowOut::Encoded { bytes, filter_mask })) = streams.first() else { continue };
        let (Some(plan), Some(row)) =
            (&task.outputs[writer].streams[module][0], task.prepared.frames.rows[module][frame])
        else {
            continue;
        };
        raw.resize(plan.layout.bytes, 0);
        plan.decode(bytes, *filter_mask, &mut raw, codec)?;
        let element = plan.layout.element;
        let size = element.size();
        let planes = if plan.layout.anew { written.planes } else { detector.planes };
        let start = row.cell as usize * planes.max(1) * pixels * size;
        let image = &mut decoded[module * pixels..(module + 1) * pixels];
        if let Some(bytes) = raw.get(start..start + pixels * size) {
            numbers(element, bytes, image);
        }
        let original = &loaded.original[module * pixels..(module + 1) * pixels];
        for (image, original) in image.iter_mut().zip(original) {
            if original.is_nan() {
                *image = f32::NAN;
            }
        }
    }
    let sums = ErrorSums::of(&loaded.original, &decoded);
    let range = sums.range().filter(|r| *r > 0.0);
    let ssim = range.and_then(Similarity::new).and_then(|mut similarity| {
        let mut whole = FrameSimilarity::default();
        for module in 0..detector.modules.len() {
            let range = module * pixels..(module + 1) * pixels;
            whole.merge(&similarity.frame(&loaded.original[range.clone()], &decoded[range], written.fast));
        }
        whole.mean()
    });
    let max_error = (sums.count > 0).then_some(sums.max_error);
    let psnr = range.and_then(|r| sums.psnr(r));
    let mut measured = Measured { max_error, psnr, ssim, azimuthal_deviation: None };
    if max_error == Some(0.0) {
        // equal frames are as like as can be, whatever their range
        (measured.psnr, measured.ssim) = (Some(f64::INFINITY), Some(1.0));
    }
    if let (Some((StepKind::Frame(step), detector)), Some(working)) = (gauge(task.job), working) {
        let view = |image| Frame::new(detector, loaded.id, (&loaded.present, &Modules::All), image, &loaded.columns);
        measured.azimuthal_deviation = step.deviation(&view(&loaded.original), &view(&decoded), working)?;
    }
    Ok(measured)
}

/// The step whose results a deviation is of, and the detector as it sees it: the first that has such a measure and sees frames
/// of the shape in which they are written, in whatever pass it works.
pub fn gauge(job: &Job) -> Option<(&StepKind, &Detector)> {
    let measures = |kind: &StepKind| matches!(kind, StepKind::Frame(step) if step.measures_deviation());
    let written = job.written();
    let own = job.steps.iter().find(|s| measures(&s.step.kind) && s.sees.has_shape_of(written))?;
    Some((&own.step.kind, &own.detector))
}
