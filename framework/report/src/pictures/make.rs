//! Frames are read once more, and become pictures.

use super::canvas::{Canvas, Stack};
use super::{colours_of, Group, Picture, Pictures, Scale};
use crate::{Choice, FrameAt};
use std::collections::BTreeMap;
use trainyard_engine::engine::{Looker, Seen};
use trainyard_engine::plan::Job;
use trainyard_format::Result;

/// Pixels across: of mean and maximum, and of single frames.
const WIDE: usize = 640;
const NARROW: usize = 320;

/// Also gives the stored bytes that were read.
///
/// # Errors
/// Failures of the machine. Frames that cannot be read are left out.
pub fn pictures(job: &Job, choice: &Choice, labels: &[String]) -> Result<(Pictures, u64)> {
    if job.detector.modules.is_empty() {
        return Ok((
            Pictures { lack: Some("There are no pictures: no detector was reduced.".into()), ..Pictures::default() },
            0,
        ));
    }
    let wanted = Wanted::of(choice);
    let canvas = |widest: usize| canvas(job, widest);
    let (wide, narrow) = (canvas(WIDE), canvas(NARROW));
    let pixels = job.detector.modules.len() * job.detector.module_pixels();
    let mut kept = Stack::new(if choice.kept.is_empty() { 0 } else { pixels });
    let mut dropped = Stack::new(if choice.dropped.is_empty() { 0 } else { pixels });
    let mut drawn: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
    let mut brightest: Option<(f64, usize, Vec<f32>)> = None;
    let looker = Looker::new(job)?;
    let bytes = looker.look(&wanted.ids, |number, Seen { image, .. }| {
        let Some(roles) = wanted.roles.get(number) else { return Ok(()) };
        if roles.sampled {
            let stack = if roles.kept { &mut kept } else { &mut dropped };
            stack.add(&image);
            let bright = mean(&image);
            if brightest.as_ref().is_none_or(|(most, _, _)| bright > *most) && bright.is_finite() {
                brightest = Some((bright, number, narrow.draw(&image)));
            }
        }
        if roles.shown {
            drawn.insert(number, narrow.draw(&image));
        }
        Ok(())
    })?;
    let mut groups = stacks(&wide, &kept, &dropped);
    groups.extend(singles(&narrow, &wanted, choice, labels, &drawn, brightest));
    let seen = kept.frames + dropped.frames + drawn.len() as u64;
    let lack = (seen == 0).then(|| match wanted.ids.is_empty() {
        true => "There are no pictures: the selected trains have no frame with an image.".to_string(),
        false => "There are no pictures: none of the frames that were chosen could be read once more.".to_string(),
    });
    Ok((Pictures { lack, view: wide.view.clone(), groups }, bytes))
}

fn canvas(job: &Job, widest: usize) -> Canvas {
    let assembled = job.geometry.as_ref().and_then(|(_, map)| Canvas::assembled(map, widest));
    let numbers: Vec<u16> = job.detector.modules.iter().map(|module| module.number).collect();
    assembled.unwrap_or_else(|| Canvas::side_by_side(&numbers, (job.detector.slow, job.detector.fast), widest))
}

/// Every frame once, with what it is wanted for.
#[derive(Default)]
struct Wanted {
    ids: Vec<(u64, u64)>,
    roles: Vec<Roles>,
}

#[derive(Clone, Default)]
struct Roles {
    sampled: bool,
    kept: bool,
    shown: bool,
}

impl Wanted {
    fn of(choice: &Choice) -> Self {
        let mut all: BTreeMap<(u64, u64), Roles> = BTreeMap::new();
        let id = |frame: &FrameAt| (frame.train, frame.pulse);
        for (frames, kept) in [(&choice.kept, true), (&choice.dropped, false)] {
            for frame in frames {
                all.insert(id(frame), Roles { sampled: true, kept, shown: false });
            }
        }
        for (_, frame) in &choice.shown {
            all.entry(id(frame)).or_default().shown = true;
        }
        let (ids, roles) = all.into_iter().unzip();
        Wanted { ids, roles }
    }
}

fn mean(image: &[f32]) -> f64 {
    let good = image.iter().filter(|value| value.is_finite());
    let (sum, count) = good.fold((0.0f64, 0u64), |(sum, count), value| (sum + f64::from(*value), count + 1));
    sum / count as f64
}

fn stacks(canvas: &Canvas, kept: &Stack, dropped: &Stack) -> Vec<Group> {
    let both = [(kept, "kept"), (dropped, "dropped")];
    let with_frames = || both.iter().filter(|(stack, _)| stack.frames > 0);
    let group = |title: &str, says: &str, of: fn(&Stack) -> Vec<f32>| {
        let drawn: Vec<(String, Vec<f32>)> = with_frames()
            .map(|(stack, what)| {
                let frames = if stack.frames == 1 { "frame" } else { "frames" };
                (format!("{} of {} {what} {frames}", title.to_lowercase(), stack.frames), canvas.draw(&of(stack)))
            })
            .collect();
        let scale = Scale::of(drawn.iter().map(|(_, values)| values.as_slice()));
        let picture = |(title, values): &(String, Vec<f32>)| {
            Some(Picture { title: title.clone(), ..painted(canvas, values, scale)? })
        };
        Group { title: title.into(), says: says.into(), scale, pictures: drawn.iter().filter_map(picture).collect() }
    };
    let groups = [
        group(
            "Mean",
            "Of frames drawn by a hash of their train and place, as stored and masked, before any step changed them.",
            Stack::mean,
        ),
        group(
            "Maximum",
            "The greatest value of each pixel in the same frames: single peaks and hot pixels.",
            |stack| stack.greatest().to_vec(),
        ),
    ];
    groups.into_iter().filter(|group| !group.pictures.is_empty()).collect()
}

fn painted(canvas: &Canvas, values: &[f32], scale: Option<Scale>) -> Option<Picture> {
    // all bad: any scale will do
    let scale = scale.unwrap_or(Scale { low: 0.0, high: 1.0, knee: 1.0 });
    let png = colours_of(values, (canvas.width, canvas.height), &scale)?;
    Some(Picture { width: canvas.width, height: canvas.height, png, ..Picture::default() })
}

fn singles(
    canvas: &Canvas,
    wanted: &Wanted,
    choice: &Choice,
    labels: &[String],
    drawn: &BTreeMap<usize, Vec<f32>>,
    brightest: Option<(f64, usize, Vec<f32>)>,
) -> Option<Group> {
    let place = |frame: &FrameAt| wanted.ids.binary_search(&(frame.train, frame.pulse)).ok();
    let mut frames: Vec<(String, &FrameAt, &[f32])> = Vec::new();
    if let Some((_, number, values)) = &brightest {
        let of_sample = choice.kept.iter().chain(&choice.dropped).find(|frame| place(frame) == Some(*number));
        frames.extend(of_sample.map(|frame| ("brightest of those drawn".to_string(), frame, values.as_slice())));
    }
    for (why, frame) in &choice.shown {
        let values = place(frame).and_then(|number| drawn.get(&number));
        frames.extend(values.map(|values| (why.clone(), frame, values.as_slice())));
    }
    let scale = Scale::of(frames.iter().map(|frame| frame.2));
    let picture = |(why, frame, values): &(String, &FrameAt, &[f32])| {
        Some(Picture {
            title: why.clone(),
            train: Some(frame.train),
            pulse: Some(frame.pulse),
            fate: labels.get(usize::from(frame.fate)).cloned().unwrap_or_default(),
            columns: frame
                .columns
                .iter()
                .filter(|(_, value)| value.is_finite())
                .map(|(n, v)| (n.clone(), *v))
                .collect(),
            ..painted(canvas, values, scale)?
        })
    };
    let pictures: Vec<Picture> = frames.iter().filter_map(picture).collect();
    (!pictures.is_empty()).then(|| Group {
        title: "Single frames".into(),
        says: "Chosen by rule from the columns of all frames, all with one scale: what was kept should look unlike what was dropped.".into(),
        scale,
        pictures,
    })
}
