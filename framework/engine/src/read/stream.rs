//! Streams: the datasets of a module that go along with its frames, one row a frame (or a row of cells).

use crate::algorithm::Plane;
use crate::plan::{Job, Pass};
use serde::Serialize;
use trainyard_codec::{Filter, Pipeline};
use trainyard_format::detector::{Detector, Module};
use trainyard_format::map::{DatasetMap, ElementType, GroupMap, Layout};
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

/// Datasets with rows smaller than this are written in one piece at the end of a sequence instead.
pub const SMALLEST_STREAM_ROW: u64 = 4096;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Role {
    /// the pixels
    Image,
    /// the detector's own mask
    Mask,
    /// gain stages
    Gain,
    /// written along, never looked at
    Companion,
}

/// How the rows of one part are reached.
#[derive(Clone, Debug)]
pub enum Access {
    /// by chunk offset, decoded here
    Chunks(Pipeline),
    /// through an opener process: virtual or oddly chunked datasets, foreign filters, big-endian numbers
    Opener,
}

/// A stream in one file.
#[derive(Clone, Debug)]
pub struct StreamPart {
    /// index in `Run::files`
    pub file: usize,
    pub dataset: String,
    pub rows: u64,
    pub rows_per_chunk: u64,
    pub filters: Vec<Filter>,
    pub access: Access,
}

#[derive(Clone, Debug)]
pub struct Stream {
    /// `image.data`
    pub key: String,
    pub role: Role,
    pub element: ElementType,
    /// without the row dimension
    pub row_shape: Vec<u64>,
    pub row_bytes: usize,
    /// pixels are decoded in this pass
    pub decoded: bool,
    /// rows go to the reduced run in this pass
    pub written: bool,
    /// by position in `Module::parts`; `None` where the file lacks the dataset
    pub parts: Vec<Option<StreamPart>>,
}

/// The streams of one module; the image comes first.
#[derive(Clone, Debug)]
pub struct ModuleStreams {
    pub streams: Vec<Stream>,
    /// numbers of those that are decoded beside the pixels
    pub mask: Option<usize>,
    pub gain: Option<usize>,
}

impl ModuleStreams {
    /// Of the module at `position`: what the pass decodes, looks at or writes of it.
    ///
    /// # Errors
    /// A stream whose files disagree in element type or shape.
    pub fn of(job: &Job, pass: &Pass, position: usize, module: &Module) -> Result<Self> {
        let detector = &*job.detector;
        let mut streams = Vec::new();
        let (mut mask, mut gain) = (None, None);
        let wanted = keys(&job.run, detector, module);
        for key in wanted {
            let role = if key == detector.pixel_key {
                Role::Image
            } else if Some(&key) == detector.mask_key.as_ref() {
                Role::Mask
            } else if Some(&key) == detector.gain_key.as_ref() {
                Role::Gain
            } else {
                Role::Companion
            };
            let written = !pass.writes.is_empty() && !job.drops(&key);
            let decoded = pass.decodes(position)
                && match role {
                    Role::Image => true,
                    Role::Mask => job.image.detector_mask || pass.planes.mask,
                    Role::Gain => pass.planes.gain,
                    Role::Companion => false,
                };
            let stored = role == Role::Image && pass.stored.has(position);
            if !written && !decoded && !stored {
                continue;
            }
            let stream = Stream::of(&job.run, module, key, role, decoded, written)?;
            if role == Role::Mask && decoded {
                mask = Some(streams.len());
            }
            if role == Role::Gain && decoded {
                gain = Some(streams.len());
            }
            streams.push(stream);
        }
        if !pass.writes.is_empty() {
            let made = job.written();
            for (plane, role, key) in [(made.gain, Role::Gain, "gain"), (made.mask, Role::Mask, "mask")] {
                let key = format!("{}.{key}", detector.group);
                match streams.iter_mut().find(|s: &&mut Stream| s.key == key) {
                    _ if plane != Plane::Made => {}
                    Some(known) => known.role = role,
                    None => streams.push(Stream::made(key, role, module.parts.len())),
                }
            }
        }
        Ok(ModuleStreams { streams, mask, gain })
    }
}

fn group_of<'a>(run: &'a Run, module: &Module, part: usize) -> Option<&'a GroupMap> {
    let part = module.parts.get(part)?;
    run.files.get(part.file)?.sources.get(part.source)?.groups.get(part.group)
}

/// Keys of the streams, the image first, then by name.
fn keys(run: &Run, detector: &Detector, module: &Module) -> Vec<String> {
    let mut keys = Vec::new();
    for part in 0..module.parts.len() {
        let Some(group) = group_of(run, module, part) else { continue };
        for dataset in &group.datasets {
            let key = group.source_key(dataset);
            if is_stream(&key, dataset, detector) && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    keys.sort_by_key(|k| (*k != detector.pixel_key, k.clone()));
    keys
}

/// Large rows, or what is decoded with the image.
pub fn is_stream(key: &str, dataset: &DatasetMap, detector: &Detector) -> bool {
    key == detector.pixel_key
        || Some(key) == detector.mask_key.as_deref()
        || Some(key) == detector.gain_key.as_deref()
        || (dataset.element.is_number() && dataset.row_bytes().is_some_and(|b| b >= SMALLEST_STREAM_ROW))
}

impl Stream {
    /// One that the input has not, and a step fills.
    fn made(key: String, role: Role, parts: usize) -> Self {
        let element = if role == Role::Mask { ElementType::U32 } else { ElementType::U8 };
        let (row_shape, parts) = (Vec::new(), vec![None; parts]);
        Stream { key, role, element, row_shape, row_bytes: 0, decoded: false, written: true, parts }
    }

    fn of(run: &Run, module: &Module, key: String, role: Role, decoded: bool, written: bool) -> Result<Self> {
        let mut parts = Vec::with_capacity(module.parts.len());
        let mut layout: Option<(ElementType, Vec<u64>, usize)> = None;
        let mut first_file = None;
        for (position, part) in module.parts.iter().enumerate() {
            let dataset = group_of(run, module, position).and_then(|g| g.dataset(&key));
            let Some(dataset) = dataset else {
                parts.push(None);
                continue;
            };
            let place = || Place::file(&run.files[part.file].path).source(format!("{}/{key}", module.source));
            let row_bytes = dataset
                .row_bytes()
                .and_then(|b| usize::try_from(b).ok())
                .ok_or_else(|| Error::input("the shape of a row is too large", place()))?;
            let this = (dataset.element, dataset.row_shape().to_vec(), row_bytes);
            match &layout {
                Some(first) if *first != this => {
                    let other = first_file.map(|file: usize| run.files[file].path.display().to_string());
                    let text = format!(
                        "rows are {:?} {:?} here, {:?} {:?} in {}",
                        this.0,
                        this.1,
                        first.0,
                        first.1,
                        other.unwrap_or_default()
                    );
                    return Err(Error::input(text, place()));
                }
                _ => {
                    first_file = first_file.or(Some(part.file));
                    layout = Some(this);
                }
            }
            parts.push(Some(StreamPart::of(part.file, dataset, row_bytes)));
        }
        let Some((element, row_shape, row_bytes)) = layout else {
            return Err(Error::input(format!("no file has `{key}`"), Place::default().source(&module.source)));
        };
        Ok(Stream { key, role, element, row_shape, row_bytes, decoded, written, parts })
    }

    /// Filters and chunk rows of the stream in the reduced run, when they stay as they are.
    pub fn same_as_input(&self) -> (Vec<Filter>, u64) {
        let first = self.parts.iter().flatten().next();
        first.map_or((Vec::new(), 1), |p| (p.filters.clone(), p.rows_per_chunk))
    }
}

impl StreamPart {
    /// How the rows of `dataset` in the file number `file` are reached.
    pub fn of(file: usize, dataset: &DatasetMap, row_bytes: usize) -> Self {
        let by_offset = match &dataset.layout {
            Layout::Chunked { chunk } if chunk.get(1..) == dataset.shape.get(1..) => {
                chunk.first().map(|&rows| rows.max(1))
            }
            Layout::Contiguous { .. } => Some(1),
            _ => None,
        };
        let element_size = dataset.element.size();
        let little = !dataset.big_endian || element_size == 1;
        let chunk_bytes = by_offset.and_then(|rows| usize::try_from(rows).ok()?.checked_mul(row_bytes));
        let pipeline = chunk_bytes
            .filter(|_| little && dataset.element.is_number())
            .map(|bytes| Pipeline::new(&dataset.filters, element_size, bytes));
        let (access, rows_per_chunk, filters) = match (pipeline, by_offset) {
            (Some(Ok(pipeline)), Some(rows)) => (Access::Chunks(pipeline), rows, dataset.filters.clone()),
            _ => (Access::Opener, 1, Vec::new()),
        };
        StreamPart { file, dataset: dataset.path.clone(), rows: dataset.rows(), rows_per_chunk, filters, access }
    }
}
