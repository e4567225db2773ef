//! What a transform does to a frame: module by module, then the image is made anew, in which bad pixels stay bad.

use super::block::BlockTask;
use super::told_by;
use super::worker::Loaded;
use crate::algorithm::{ErasedTransform, FrameId, FrameSchema, ModuleChange, ModuleFrame, Partial, Plane, StepKind};
use crate::plan::PlannedStep;
use trainyard_format::{Error, Place, Result};

/// Scratch of one worker.
#[derive(Default)]
pub struct Changing {
    /// one module as it came
    pixels: Vec<f32>,
    gain: Vec<f32>,
    mask: Vec<u32>,
    /// the whole frame as it leaves, where its shape changes
    next: Vec<f32>,
    next_gain: Vec<f32>,
    next_mask: Vec<u32>,
    /// what the step counted
    pub counts: Vec<u64>,
}

/// Does a step to a frame that is loaded, and gives what it counted.
///
/// # Errors
/// What the step cannot do, with its name and the frame's place.
pub fn change<'c>(
    task: &BlockTask<'_>,
    planned: &PlannedStep,
    loaded: &mut Loaded,
    working: &mut Partial,
    changing: &'c mut Changing,
) -> Result<&'c [u64]> {
    let StepKind::Transform(step) = &planned.step.kind else { return Ok(&[]) };
    let id = loaded.id;
    transform(&**step, (&planned.sees, &planned.gives), loaded, working, changing)
        .map_err(|failed| located(task, planned, id, failed.0, failed.1))?;
    Ok(&changing.counts)
}

/// A step between two schemas, wherever its frame came from; an error tells in which module.
pub fn transform(
    step: &dyn ErasedTransform,
    between: (&FrameSchema, &FrameSchema),
    loaded: &mut Loaded,
    working: &mut Partial,
    changing: &mut Changing,
) -> Outcome {
    changing.counts.clear();
    changing.counts.resize(step.counts().len(), 0);
    if between.1.has_shape_of(between.0) {
        in_place(step, between, loaded, working, changing)
    } else {
        into_another_shape(step, between, loaded, working, changing)
    }
}

/// With the file of the module, the step, and the frame.
fn located(task: &BlockTask<'_>, planned: &PlannedStep, id: FrameId, module: usize, error: Error) -> Error {
    let detector = &task.job.detector;
    let place = detector.modules.get(module).map(|module| {
        let part = module.parts.iter().find(|part| task.job.run.files[part.file].trains.contains(&id.train));
        let place = part.map_or_else(Place::default, |part| Place::file(&task.job.run.files[part.file].path));
        place.source(format!("{}/{}", module.source, detector.pixel_key))
    });
    let error = match place {
        Some(place) if error.place().file.is_none() => error.at(place),
        _ => error,
    };
    told_by(planned, Some(id), error)
}

pub type Outcome = std::result::Result<(), Box<(usize, Error)>>;

fn in_place(
    step: &dyn ErasedTransform,
    (sees, gives): (&FrameSchema, &FrameSchema),
    loaded: &mut Loaded,
    working: &mut Partial,
    changing: &mut Changing,
) -> Outcome {
    let size = sees.module_pixels();
    let makes = (gives.gain == Plane::Made, gives.mask == Plane::Made);
    let whole = sees.pixels();
    // a plane that the step is the first to make begins with zeros
    if makes.0 {
        loaded.gain.resize(whole, 0.0);
    }
    if makes.1 {
        loaded.mask.resize(whole, 0);
    }
    for module in (0..loaded.present.len()).filter(|&m| loaded.present[m]) {
        let range = module * size..(module + 1) * size;
        let Changing { pixels, gain, mask, counts, .. } = &mut *changing;
        pixels.clear();
        pixels.extend_from_slice(&loaded.pixels[range.clone()]);
        let (gain_before, gain_after) = split(makes.0, &mut loaded.gain, range.clone(), gain);
        let (mask_before, mask_after) = split(makes.1, &mut loaded.mask, range.clone(), mask);
        let before = ModuleFrame {
            id: loaded.id,
            module: loaded.first + module,
            stage: loaded.stage,
            pixels,
            image: &loaded.image[range.clone()],
            gain: gain_before,
            mask: mask_before,
        };
        let mut after =
            ModuleChange { pixels: &mut loaded.pixels[range.clone()], gain: gain_after, mask: mask_after, counts };
        step.apply(&before, &mut after, working).map_err(|error| Box::new((module, error)))?;
        let marks = makes.1.then(|| &loaded.mask[range.clone()]);
        for (image, changed) in loaded.image[range.clone()].iter_mut().zip(&loaded.pixels[range.clone()]) {
            if !image.is_nan() {
                *image = *changed;
            }
        }
        if let Some(marks) = marks {
            mark(&mut loaded.image[range], marks);
        }
    }
    if gives.gain == Plane::Absent {
        loaded.gain.clear();
    }
    if gives.mask == Plane::Absent {
        loaded.mask.clear();
    }
    Ok(())
}

/// A plane as it came, and where the step makes it what becomes of it.
fn split<'a, T: Copy>(
    makes: bool,
    plane: &'a mut [T],
    range: std::ops::Range<usize>,
    came: &'a mut Vec<T>,
) -> (&'a [T], &'a mut [T]) {
    match plane.get_mut(range) {
        None => (&[], &mut []),
        Some(own) if makes => {
            came.clear();
            came.extend_from_slice(own);
            (came, own)
        }
        Some(own) => (own, &mut []),
    }
}

fn mark(image: &mut [f32], mask: &[u32]) {
    image.iter_mut().zip(mask).filter(|(_, mask)| **mask != 0).for_each(|(pixel, _)| *pixel = f32::NAN);
}

fn into_another_shape(
    step: &dyn ErasedTransform,
    (sees, gives): (&FrameSchema, &FrameSchema),
    loaded: &mut Loaded,
    working: &mut Partial,
    changing: &mut Changing,
) -> Outcome {
    let (from, to) = (sees.module_pixels(), gives.module_pixels());
    let whole = gives.pixels();
    let makes = (gives.gain == Plane::Made, gives.mask == Plane::Made);
    let Changing { next, next_gain, next_mask, counts, .. } = &mut *changing;
    next.clear();
    next.resize(whole, f32::NAN);
    next_gain.clear();
    next_gain.resize(if makes.0 { whole } else { 0 }, 0.0);
    next_mask.clear();
    next_mask.resize(if makes.1 { whole } else { 0 }, 0);
    for module in (0..loaded.present.len()).filter(|&m| loaded.present[m]) {
        let (own, range) = (module * from..(module + 1) * from, module * to..(module + 1) * to);
        let before = ModuleFrame {
            id: loaded.id,
            module: loaded.first + module,
            stage: loaded.stage,
            pixels: &loaded.pixels[own.clone()],
            image: &loaded.image[own.clone()],
            gain: loaded.gain.get(own.clone()).unwrap_or_default(),
            mask: loaded.mask.get(own).unwrap_or_default(),
        };
        let mut after = ModuleChange {
            pixels: &mut next[range.clone()],
            gain: next_gain.get_mut(range.clone()).unwrap_or_default(),
            mask: next_mask.get_mut(range).unwrap_or_default(),
            counts,
        };
        step.apply(&before, &mut after, working).map_err(|error| Box::new((module, error)))?;
    }
    std::mem::swap(&mut loaded.pixels, next);
    std::mem::swap(&mut loaded.gain, next_gain);
    std::mem::swap(&mut loaded.mask, next_mask);
    loaded.image.clone_from(&loaded.pixels);
    if makes.1 {
        mark(&mut loaded.image, &loaded.mask);
    }
    Ok(())
}
