//! How rows of a stream leave: as the stored chunk, encoded anew, or as part of a chunk still to be put together.

use crate::algorithm::{FrameOutput, Plane};
use crate::plan::Job;
use crate::read::{Access, Role, StoredChunk, Stream, StreamPart};
use std::sync::Arc;
use trainyard_codec::lossy::{Achieved, Element, ProvedEncoder};
use trainyard_codec::{refit, Codec, Filter, Pipeline, Plugins, Scratch};
use trainyard_format::map::ElementType;
use trainyard_format::{Error, Place, Result};

/// What turns rows into stored chunks.
#[derive(Clone)]
pub enum Encoder {
    Lossless(Pipeline),
    /// within a bound that is proved for each chunk; the pipeline decodes what it wrote
    Proved(Arc<ProvedEncoder>, Pipeline),
}

/// What a row of a stream is in the reduced run.
#[derive(Clone, Debug, PartialEq)]
pub struct RowLayout {
    pub element: ElementType,
    /// without the row dimension
    pub shape: Vec<u64>,
    pub bytes: usize,
    /// rows are made of frames as the steps left them, never copied
    pub anew: bool,
}

impl RowLayout {
    /// By what a frame is where it is written; `changes`: steps change pixels.
    pub fn of(job: &Job, stream: &Stream, changes: bool) -> Self {
        let (written, cells) = (job.written(), job.detector.cells_per_row);
        let as_it_came = || RowLayout {
            element: stream.element,
            shape: stream.row_shape.clone(),
            bytes: stream.row_bytes,
            anew: false,
        };
        let plane = match stream.role {
            Role::Image if changes => written.element,
            Role::Mask if written.mask == Plane::Made => ElementType::U32,
            Role::Gain if written.gain == Plane::Made => ElementType::U8,
            Role::Image | Role::Mask | Role::Gain | Role::Companion => return as_it_came(),
        };
        let planes = if stream.role == Role::Image { written.planes } else { 0 };
        let shape = written.row_shape(cells, planes);
        let elements = cells.max(1) * planes.max(1) * written.module_pixels();
        RowLayout { element: plane, shape, bytes: elements * plane.size(), anew: true }
    }
}

/// A stream in the reduced run.
#[derive(Clone)]
pub struct StreamOutput {
    pub layout: RowLayout,
    pub filters: Vec<Filter>,
    pub rows_per_chunk: u64,
    pub encoder: Encoder,
    /// by part: chunks may be copied as they are
    pub copies: Vec<bool>,
}

/// `[module][stream]`; `None` where the stream is not written in this pass.
#[derive(Clone, Default)]
pub struct OutputPlan {
    pub streams: Vec<Vec<Option<StreamOutput>>>,
}

impl StreamOutput {
    /// Rows of some file are encoded anew.
    pub fn recodes(&self) -> bool {
        self.copies.iter().any(|copies| !copies)
    }

    /// `output` is how the stream is to be stored.
    ///
    /// # Errors
    /// A filter that cannot be written here, or has no plug-in.
    pub fn new(stream: &Stream, output: &FrameOutput, layout: RowLayout) -> Result<Self> {
        let failed = |e: trainyard_codec::Error| refused(e, Place::default().source(&stream.key));
        let (mut filters, mut rows_per_chunk) = stream.same_as_input();
        let anew = layout.anew || matches!(output, FrameOutput::Lossy(_));
        let size = layout.element.size();
        if anew {
            rows_per_chunk = 1;
        }
        if stream.parts.iter().all(Option::is_none) {
            // as the facility stores what lies beside corrected pixels
            filters = Codec::Deflate { level: 1 }.filters(size);
        } else if size != stream.element.size() {
            filters = refit(&filters, size);
        }
        if let FrameOutput::Lossless(codec) = output {
            filters = codec.filters(size);
        }
        let bytes = usize::try_from(rows_per_chunk).ok().and_then(|r| r.checked_mul(layout.bytes));
        let bytes = bytes.ok_or_else(|| Error::input("a chunk is too large", Place::default().source(&stream.key)))?;
        let encoder = if let FrameOutput::Lossy(lossy) = output {
            let element = lossy_element(stream, layout.element)?;
            let shape: Vec<u64> = std::iter::once(1).chain(layout.shape.iter().copied()).collect();
            let plugins = Plugins::from_environment();
            let proved = ProvedEncoder::new(element, &shape, *lossy, &plugins).map_err(failed)?;
            filters = proved.filters().to_vec();
            let decoder = Pipeline::with_plugins(&filters, size, bytes, &plugins).map_err(failed)?;
            Encoder::Proved(Arc::new(proved), decoder)
        } else {
            Encoder::Lossless(Pipeline::new(&filters, size, bytes).map_err(failed)?)
        };
        let same = |a: &[Filter], b: &[Filter]| {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.id == y.id && x.values == y.values)
        };
        let copies = stream.parts.iter().map(|part| match part {
            Some(StreamPart { access: Access::Chunks(_), rows_per_chunk: rows, filters: own, .. }) => {
                !anew && *rows == rows_per_chunk && same(own, &filters)
            }
            _ => false,
        });
        Ok(StreamOutput { layout, copies: copies.collect(), filters, rows_per_chunk, encoder })
    }

    /// Encodes a whole chunk: filter mask, and for lossy ones what was achieved.
    ///
    /// # Errors
    /// A bug, or a plug-in that fails.
    pub fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, scratch: &mut Scratch) -> Result<(u32, Option<Achieved>)> {
        let failed = |e: trainyard_codec::Error| Error::bug(e.to_string(), Place::default());
        match &self.encoder {
            Encoder::Lossless(pipeline) => Ok((pipeline.encode(raw, stored, scratch).map_err(failed)?, None)),
            Encoder::Proved(proved, _) => {
                let (mask, achieved) = proved.encode(raw, stored, scratch).map_err(failed)?;
                Ok((mask, Some(achieved)))
            }
        }
    }

    /// Decodes what [`StreamOutput::encode`] stored.
    ///
    /// # Errors
    /// A bug: what was encoded decodes.
    pub fn decode(&self, stored: &[u8], filter_mask: u32, raw: &mut [u8], scratch: &mut Scratch) -> Result<()> {
        let (Encoder::Lossless(pipeline) | Encoder::Proved(_, pipeline)) = &self.encoder;
        pipeline.decode(stored, filter_mask, raw, scratch).map_err(|e| Error::bug(e.to_string(), Place::default()))
    }
}

/// A filter that has no plug-in is a matter of the machine, whatever else is wrong one of the request.
pub fn refused(error: trainyard_codec::Error, place: Place) -> Error {
    match error {
        trainyard_codec::Error::UnknownFilter { id, name, remedy } => {
            Error::resource(format!("unknown HDF5 filter {id} (`{name}`)"), place).with_hint(remedy)
        }
        other => Error::request(other.to_string(), place),
    }
}

fn lossy_element(stream: &Stream, element: ElementType) -> Result<Element> {
    Ok(match element {
        ElementType::U8 => Element::U8,
        ElementType::I8 => Element::I8,
        ElementType::U16 => Element::U16,
        ElementType::I16 => Element::I16,
        ElementType::U32 => Element::U32,
        ElementType::I32 => Element::I32,
        ElementType::U64 => Element::U64,
        ElementType::I64 => Element::I64,
        ElementType::F32 => Element::F32,
        ElementType::F64 => Element::F64,
        other => {
            let what = format!("lossy compression of {other:?} is not possible");
            return Err(Error::request(what, Place::default().source(&stream.key)));
        }
    })
}

/// One row of one stream on its way out.
pub enum RowOut {
    /// the row is a chunk of its own and goes as it is
    Copy(StoredChunk),
    /// a chunk of its own, encoded
    Encoded { bytes: Vec<u8>, filter_mask: u32 },
    /// `row` of a chunk of several rows, to be copied with its neighbours or taken out of the decoded chunk
    Piece { part: u32, chunk: u64, row: u64, stored: StoredChunk },
}
