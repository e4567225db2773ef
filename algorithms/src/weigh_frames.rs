//! `weigh-frames`: how many bytes a frame takes as it is stored. A frame with more signal compresses worse, so the weight tells
//! hits from blanks at the speed of reading: nothing is decoded.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, FrameId, FrameOut, Modules, Needs, OutputDecl, Problem, Rows, Step, Stored,
    StoredStep,
};
use trainyard_format::map::ElementType;
use trainyard_format::Result;

pub struct WeighFrames;

/// Parameters of `weigh-frames`.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// numbers of the modules that are weighed, all when left out; of others no byte is read for it
    pub modules: Option<Vec<u16>>,
}

struct Weighing {
    /// positions of the modules
    modules: Vec<usize>,
}

impl StoredStep for Weighing {
    /// weight of each module, `NaN` where it misses the frame
    type Working = Vec<f64>;

    fn working(&self) -> Vec<f64> {
        vec![f64::NAN; self.modules.len()]
    }

    fn module(&self, _: &FrameId, module: usize, stored: &Stored<'_>, weights: &mut Vec<f64>) -> Result<()> {
        let frames = stored.rows as f64 * stored.cells as f64;
        for (weight, _) in weights.iter_mut().zip(&self.modules).filter(|(_, own)| **own == module) {
            *weight = stored.bytes.len() as f64 / frames;
        }
        Ok(())
    }

    fn frame(&self, _: &FrameId, weights: &mut Vec<f64>, out: &mut FrameOut<'_>) -> Result<()> {
        let there = || weights.iter().filter(|weight| !weight.is_nan());
        out.columns[0] = if there().count() > 0 { there().sum() } else { f64::NAN };
        out.row.f64(weights);
        weights.fill(f64::NAN);
        Ok(())
    }

    fn memory(&self) -> usize {
        self.modules.len() * size_of::<f64>()
    }
}

impl Algorithm for WeighFrames {
    const NAME: &'static str = "weigh-frames";
    const SUMMARY: &'static str = "bytes that each frame takes as stored: a first look at hits, without decoding";
    const DETAILS: &'static str = "\
The stored bytes of the chunk that holds the frame's row, by module; a chunk of several rows, or a row of several cells, counts
for each of its frames alike. Frames with more signal compress worse: with one compressed chunk a frame the weight separates hits
from blanks where the background is even. Where the input is not compressed all frames weigh the same. Chunks are read, no pixel
is decoded; what else reads the frames, `write-frames` for example, does so in the same reading. Stands in front of steps that
change pixels: the weight is that of the input. Column: `stored.bytes`, the sum over the modules that have the frame. Per frame
(WEIGHT): `data.storedBytes` f64 [modules], NaN where a module misses the frame.";
    const EXAMPLE: &'static str = "\
- weigh-frames: {}
- keep: stored.bytes > 20000
- write-frames: {}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let all = &context.detector.modules;
        let modules = match &config.modules {
            None => (0..all.len()).collect(),
            Some(numbers) => {
                let mut positions = Vec::with_capacity(numbers.len());
                for number in numbers {
                    match all.iter().position(|module| module.number == *number) {
                        Some(position) => positions.push(position),
                        None => {
                            let known: Vec<String> = all.iter().map(|module| module.number.to_string()).collect();
                            let problem = Problem::new(&["modules"], format!("the detector has no module {number}"));
                            return Err(vec![problem.with_hint(format!("name some of {}", known.join(", ")))]);
                        }
                    }
                }
                positions.sort_unstable();
                positions.dedup();
                positions
            }
        };
        if modules.is_empty() {
            return Err(vec![Problem::new(&["modules"], "no module is weighed")]);
        }
        let shape = [modules.len() as u64];
        let output = OutputDecl::new("storedBytes", ElementType::F64, &shape, "stored bytes of the frame, by module");
        let needs = Needs::modules(Modules::these(modules.iter().copied()));
        let step = Step::stored("WEIGHT", Weighing { modules }).needing(needs);
        let step = step.making([ColumnDecl::number("bytes", "")]).prefixed("stored");
        Ok(vec![step.with_rows(Rows::ByFrame(vec![output]))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::{ListSink, RowSink};

    #[test]
    fn a_chunk_is_shared_by_its_frames_and_scratch_is_left_as_it_was() {
        let step = Weighing { modules: vec![0, 2] };
        let id = FrameId { train: 1, pulse: 2, cell: 3 };
        let stored = |bytes, rows, cells| Stored {
            bytes,
            filters: &[],
            filter_mask: 0,
            element: ElementType::U16,
            row_bytes: 8,
            rows,
            row: 0,
            cells,
            cell: 0,
        };
        let declared = [OutputDecl::new("storedBytes", ElementType::F64, &[2], "")];
        let mut weights = step.working();
        let frame = |weights: &mut Vec<f64>| {
            let (mut column, mut row, mut list) = ([0.0], Vec::new(), Vec::new());
            let mut out = FrameOut {
                columns: &mut column,
                row: RowSink::new(&declared, &mut row),
                list: ListSink::new(&[], &mut list),
            };
            step.frame(&id, weights, &mut out).unwrap();
            out.row.end().unwrap();
            (column[0], row)
        };
        step.module(&id, 0, &stored(&[0; 100], 2, 5), &mut weights).unwrap();
        step.module(&id, 1, &stored(&[0; 999], 1, 1), &mut weights).unwrap();
        let (column, row) = frame(&mut weights);
        assert_eq!((column, &row[..8]), (10.0, &10f64.to_le_bytes()[..]));
        assert!(f64::from_le_bytes(row[8..].try_into().unwrap()).is_nan());
        step.module(&id, 2, &stored(&[0; 7], 1, 1), &mut weights).unwrap();
        assert_eq!(frame(&mut weights).0, 7.0);
        assert!(frame(&mut weights).0.is_nan(), "no module has the frame");
    }
}
