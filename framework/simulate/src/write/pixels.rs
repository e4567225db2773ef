//! Pixel datasets of a module: rows are made and encoded in parallel, a few MiB at a time, and written in order.

use super::attributes::{describe, NUMBER};
use super::sequence::Sequence;
use crate::module::{ModuleModel, BAD_PIXEL};
use crate::simulator::Simulator;
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{Attribute, ElementType};
use trainyard_format::write::{FileWriter, PixelSpec};
use trainyard_format::{Error, Place, Result};

/// Pixels of gain and mask never change, so level 1 of the filter that every reader has is enough.
const FLAG_CODEC: Codec = Codec::Deflate { level: 1 };
/// Bytes of rows in flight for a file.
const BATCH_BYTES: usize = 8 << 20;

fn encode(pipeline: &Pipeline, bytes: &[u8], scratch: &mut Scratch) -> Result<(u32, Vec<u8>)> {
    let mut stored = Vec::new();
    let mask = pipeline
        .encode(bytes, &mut stored, scratch)
        .map_err(|error| Error::bug(format!("failed to encode simulated pixels: {error}"), Place::default()))?;
    Ok((mask, stored))
}

fn pipeline(codec: Codec, element: ElementType, row_bytes: usize) -> Result<Pipeline> {
    Pipeline::new(&codec.filters(element.size()), element.size(), row_bytes)
        .map_err(|error| Error::bug(format!("failed to set up codec `{codec}`: {error}"), Place::default()))
}

fn pixel_spec(
    codec: Codec,
    element: ElementType,
    row_shape: Vec<u64>,
    rows: u64,
    attributes: Vec<Attribute>,
) -> PixelSpec {
    let filters = codec.filters(element.size());
    PixelSpec { element, row_shape, rows_per_chunk: 1, filters, capacity_rows: rows, attributes }
}

/// Where the pixels of a module go.
pub struct Target<'a> {
    pub simulator: &'a Simulator,
    pub module: &'a ModuleModel,
    pub sequence: &'a Sequence,
    pub source: &'a str,
}

impl Target<'_> {
    /// Frames of each train of the sequence.
    pub fn frame_counts(&self) -> Vec<u64> {
        let spec = self.simulator.spec();
        let count = |index| {
            let absent = spec.is_empty_train(index) || spec.is_missing(self.module.number(), index);
            if absent {
                0
            } else {
                u64::from(spec.pulses)
            }
        };
        self.sequence.trains.clone().map(count).collect()
    }

    /// The main dataset: counted, read out, encoded.
    pub fn write_frames(&self, writer: &mut FileWriter, key: &str, attributes: Vec<Attribute>) -> Result<()> {
        let spec = self.simulator.spec();
        let element = if spec.corrected { ElementType::F32 } else { ElementType::U16 };
        let row_shape = self.simulator.row_shape();
        let row_bytes = row_shape.iter().product::<u64>() as usize * element.size();
        let cells = self.simulator.cells_per_row();
        let counts = self.frame_counts();
        let rows = counts.iter().sum::<u64>() / cells as u64;
        let pipeline = pipeline(spec.codec, element, row_bytes)?;
        let dataset = writer.pixels(self.source, key, &pixel_spec(spec.codec, element, row_shape, rows, attributes))?;
        let batch = (BATCH_BYTES / row_bytes.max(1)).max(1) * cells;
        let mut written = 0;
        for (index, _) in self.sequence.trains.clone().zip(&counts).filter(|&(_, &count)| count > 0) {
            let train = spec.train_id(index);
            let mut speckles = self.simulator.speckles(self.module, train);
            for frames in self.simulator.plan_train(index).chunks(batch) {
                let finish = |bytes: &[u8], scratch: &mut Scratch| encode(&pipeline, bytes, scratch);
                for row in self.simulator.rows(self.module, train, frames, &mut speckles, Scratch::default, finish) {
                    let (mask, stored) = row?;
                    writer.write_chunk(dataset, written, mask, &stored)?;
                    written += 1;
                }
            }
        }
        writer.finish_pixels(dataset, written)
    }

    /// `gain` (u8, all high gain) and, in corrected data, `mask` (u32): the same in every frame, encoded once.
    pub fn write_flags(&self, writer: &mut FileWriter, group: &str) -> Result<()> {
        let pixels = self.simulator.detector().pixels();
        let cells = self.simulator.cells_per_row();
        let rows = self.frame_counts().iter().sum::<u64>() / cells as u64;
        let shape = self.simulator.row_shape();
        let mut flags = vec![("gain", "gain stage, 0 = high", ElementType::U8, vec![0; cells * pixels])];
        if self.simulator.spec().corrected {
            let mut mask = vec![0u32; pixels];
            self.module.bad_pixels().iter().for_each(|&bad| mask[bad as usize] = BAD_PIXEL);
            let bytes: Vec<u8> = mask.iter().flat_map(|value| value.to_le_bytes()).collect();
            flags.push(("mask", "0 = good", ElementType::U32, bytes.repeat(cells)));
        }
        for (name, about, element, row) in flags {
            let spec = pixel_spec(FLAG_CODEC, element, shape.clone(), rows, describe(about, NUMBER));
            let dataset = writer.pixels(self.source, &format!("{group}.{name}"), &spec)?;
            let pipeline = pipeline(FLAG_CODEC, element, row.len())?;
            let (mask, stored) = encode(&pipeline, &row, &mut Scratch::default())?;
            for chunk in 0..rows {
                writer.write_chunk(dataset, chunk, mask, &stored)?;
            }
            writer.finish_pixels(dataset, rows)?;
        }
        Ok(())
    }
}
