//! Kept frames stand in the files of each module under the same ids, in order, and no others do.

use super::side::{Pair, RowAt};
use super::tally::{Check, Found};
use crate::plan::FateCodes;
use std::collections::{BTreeMap, BTreeSet};
use trainyard_format::detector::{Detector, DetectorKind, FrameTable};
use trainyard_format::Place;

/// A row of a module with the frame it begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    /// pulse id and gain third, where the detector has any
    id: (u64, u8),
    cell: u16,
    row: RowAt,
}

/// What both runs have of some trains.
pub(super) struct BothFrames<'a> {
    pub detector: &'a Detector,
    pub input: &'a FrameTable,
    pub fates: &'a [Option<u8>],
    /// positions of modules of which no frame stands in the output
    pub dropped: &'a BTreeSet<usize>,
    pub output: &'a FrameTable,
}

impl BothFrames<'_> {
    /// Rows of one module that belong together. `module` and `written` are its positions in the two detectors.
    pub fn pairs(&self, module: usize, written: usize, found: &mut Vec<Found>) -> Vec<Pair> {
        let source = self.detector.modules.get(module).map(|m| m.source.as_str()).unwrap_or_default();
        let mut pairs = Vec::new();
        for (t, &train) in self.input.trains.iter().enumerate() {
            let place = || Place::default().source(source).train(train);
            let mut wrong = |what: String| found.push(Found::error(Check::Frames, place(), what));
            let there = !self.dropped.contains(&module);
            let kept = |frame: usize| there && self.fates.get(frame) == Some(&Some(FateCodes::KEPT));
            let expected = standings(self.input, module, t, kept);
            // the output lists the same trains in the same order
            let mut actual = standings(self.output, written, t, |_| true);
            actual.sort_by_key(|standing| standing.row);
            match self.detector.kind {
                // ids are positions there, and rows that went have moved those behind them
                DetectorKind::Jungfrau | DetectorKind::Camera => {
                    if expected.len() != actual.len() {
                        let (is, should) = (actual.len(), expected.len());
                        wrong(format!("the output has {is} rows, the fates of its frames keep {should}"));
                        continue;
                    }
                    let together = expected.iter().zip(&actual);
                    pairs.extend(together.map(|(from, to)| from.pair(to, train)));
                }
                DetectorKind::Agipd | DetectorKind::Lpd | DetectorKind::Dssc => {
                    for (from, to) in matched(&expected, &actual, &mut wrong) {
                        if from.cell != to.cell {
                            wrong(format!("pulse {} has cell id {}, in the input {}", from.id.0, to.cell, from.cell));
                        }
                        pairs.push(from.pair(&to, train));
                    }
                }
            }
        }
        pairs
    }
}

impl Standing {
    fn pair(&self, output: &Standing, train: u64) -> Pair {
        Pair { train, pulse: Some(self.id.0), input: self.row, output: output.row }
    }
}

/// Rows with the same id, in the order of the input; ids that differ are reported.
fn matched(expected: &[Standing], actual: &[Standing], wrong: &mut dyn FnMut(String)) -> Vec<(Standing, Standing)> {
    if expected.iter().map(|e| e.id).eq(actual.iter().map(|a| a.id)) {
        return expected.iter().copied().zip(actual.iter().copied()).collect();
    }
    let wanted: BTreeSet<(u64, u8)> = expected.iter().map(|e| e.id).collect();
    let there: BTreeMap<(u64, u8), Standing> = actual.iter().map(|a| (a.id, *a)).collect();
    for missing in wanted.iter().filter(|id| !there.contains_key(id)) {
        wrong(format!("pulse {} has the fate `kept`, but is not in the output", missing.0));
    }
    for extra in there.keys().filter(|id| !wanted.contains(id)) {
        wrong(format!("pulse {} is in the output, but has no fate `kept`", extra.0));
    }
    let both = |list: &mut dyn Iterator<Item = (u64, u8)>| -> Vec<(u64, u8)> {
        list.filter(|id| wanted.contains(id) && there.contains_key(id)).collect()
    };
    let (should, is) = (both(&mut expected.iter().map(|e| e.id)), both(&mut actual.iter().map(|a| a.id)));
    if let Some((a, b)) = should.iter().zip(&is).find(|(a, b)| a != b) {
        wrong(format!("frames stand in another order: pulse {} where pulse {} should be", b.0, a.0));
    }
    expected.iter().filter_map(|e| Some((*e, *there.get(&e.id)?))).collect()
}

/// Rows of a module in a train, in frame order; a row of several cells once, when any of its cells is `wanted`.
fn standings(table: &FrameTable, module: usize, train: usize, wanted: impl Fn(usize) -> bool) -> Vec<Standing> {
    let range = table.starts.get(train).copied().unwrap_or(0)..table.starts.get(train + 1).copied().unwrap_or(0);
    let Some(rows) = table.rows.get(module) else { return Vec::new() };
    let mut standings: Vec<Standing> = Vec::with_capacity(range.len());
    for frame in range.filter(|&frame| wanted(frame)) {
        let Some(row) = rows.get(frame).copied().flatten() else { continue };
        let id = (table.pulse_id.get(frame).copied().unwrap_or(0), table.third.get(frame).copied().unwrap_or(0));
        let standing = Standing { id, cell: table.cell_id.get(frame).copied().unwrap_or(0), row: (row.part, row.row) };
        if standings.last().is_none_or(|last| last.row != standing.row) {
            standings.push(standing);
        }
    }
    standings
}
