//! A sampled frame as it will be read back, measured against the frame as it came.

use super::block::BlockTask;
use super::image::numbers;
use super::output::RowOut;
use super::Worker;
use crate::algorithm::{Frame, StepKind};
use crate::plan::{Job, Metric};
use serde::{Deserialize, Serialize};
use trainyard_codec::quality::{ErrorSums, FrameSimilarity, Similarity};
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

/// `worker.original` holds the frame as it came, masked.
pub fn measure(
    task: &BlockTask<'_>,
    frame: usize,
    train_id: u64,
    out: &[Vec<Option<RowOut>>],
    worker: &mut Worker,
) -> Result<Measured> {
    let detector = &*task.job.detector;
    let pixels = detector.module_pixels();
    let mut decoded = worker.original.clone();
    let mut raw = Vec::new();
    for (module, streams) in out.iter().enumerate() {
        // the image is the first stream; what is copied as it was has no error
        let Some(Some(RowOut::Encoded { bytes, filter_mask })) = streams.first() else { continue };
        let stream = &task.modules[module].streams[0];
        let (Some(plan), Some(row)) = (&task.outputs.streams[module][0], task.prepared.frames.rows[module][frame])
        else {
            continue;
        };
        raw.resize(stream.row_bytes, 0);
        plan.decode(bytes, *filter_mask, &mut raw, &mut worker.codec)?;
        let size = stream.element.size();
        let start = row.cell as usize * detector.planes.max(1) * pixels * size;
        let image = &mut decoded[module * pixels..(module + 1) * pixels];
        if let Some(bytes) = raw.get(start..start + pixels * size) {
            numbers(stream.element, bytes, image);
        }
        let original = &worker.original[module * pixels..(module + 1) * pixels];
        for (image, original) in image.iter_mut().zip(original) {
            if original.is_nan() {
                *image = f32::NAN;
            }
        }
    }
    let sums = ErrorSums::of(&worker.original, &decoded);
    let range = sums.range().filter(|r| *r > 0.0);
    let ssim = range.and_then(Similarity::new).and_then(|mut similarity| {
        let mut whole = FrameSimilarity::default();
        for module in 0..detector.modules.len() {
            let range = module * pixels..(module + 1) * pixels;
            whole.merge(&similarity.frame(&worker.original[range.clone()], &decoded[range], detector.fast));
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
    if let (Some(StepKind::Frame(step)), Some(working)) = (gauge(task.job), &mut worker.gauge) {
        let view = |image| Frame {
            detector,
            train_id,
            pulse_id: task.prepared.frames.pulse_id[frame],
            cell_id: task.prepared.frames.cell_id[frame],
            present: &worker.present,
            image,
            columns: &worker.columns,
        };
        measured.azimuthal_deviation = step.deviation(&view(&worker.original), &view(&decoded), working);
    }
    Ok(measured)
}

/// The step whose results a deviation is of: the first that has such a measure, in whatever pass it works.
pub fn gauge(job: &Job) -> Option<&StepKind> {
    let measures = |kind: &&StepKind| matches!(kind, StepKind::Frame(step) if step.measures_deviation());
    job.steps.iter().map(|s| &s.step.kind).find(measures)
}
