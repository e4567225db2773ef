//! Passes as text. A workflow is a line of words: `frame` makes the column `frame`, `keep(frame)` reads it.

use super::pass::{split, Pass};
use crate::algorithm::*;
use trainyard_format::Result;

/// One step of every kind, told apart by its kind alone.
struct Any;
struct Reads(Vec<usize>);

impl MetadataStep for Any {
    fn compute(&self, _: &MetadataInput<'_>, _: &mut [Vec<f64>], _: &mut TrainRows) -> Result<()> {
        Ok(())
    }
}

impl PixelStep for Any {
    fn apply(&self, _: usize, _: &mut [f32]) {}
}

impl KeepStep for Reads {
    fn reads(&self) -> Vec<usize> {
        self.0.clone()
    }
    fn verdict(&self, _: &[f64]) -> Verdict {
        Verdict::Keep
    }
    fn condition(&self) -> String {
        String::new()
    }
}

impl TableStep for Reads {
    fn reads(&self) -> Vec<usize> {
        self.0.clone()
    }
    fn compute(
        &self,
        _: &RunTable<'_>,
        _: &mut [Vec<f64>],
        _: &mut TrainRows,
        _: &mut Vec<Option<Vec<u8>>>,
    ) -> Result<()> {
        Ok(())
    }
}

impl FrameStep for Any {
    type Partial = ();
    type Working = ();
    fn working(&self) {}
    fn begin(&self) {}
    fn frame(&self, _: &Frame<'_>, _: &mut (), _: &mut [f64], _: &mut RowSink<'_>, _: &mut ()) {}
    fn merge(&self, _: &mut (), _: ()) {}
}

impl TrainStep for Any {
    type Partial = ();
    fn extract_len(&self) -> usize {
        0
    }
    fn extract(&self, _: &Frame<'_>, _: &mut [f32]) {}
    fn begin(&self) {}
    fn train(&self, _: &TrainExtract<'_>, _: &mut RowSink<'_>) {}
    fn merge(&self, _: &mut (), _: ()) {}
    fn finish(&self, (): (), _: &mut RunValues) {}
}

/// (label, kind, column or nothing)
pub fn steps(words: &[(&str, &str, &str)]) -> Vec<(String, Step)> {
    // the built-in ones, as every plan has them
    let mut columns: Vec<String> = super::Job::BUILT_IN_COLUMNS.map(String::from).into();
    let mut made = Vec::new();
    for (label, kind, column) in words {
        let reads = |name: &str| vec![columns.iter().position(|c| c == name).expect("a column made before")];
        let kind = match *kind {
            "meta" => StepKind::Metadata(Box::new(Any)),
            "frame" => StepKind::Frame(Box::new(Any)),
            "train" => StepKind::Train(Box::new(Any)),
            "change" => StepKind::Pixels(Box::new(Any)),
            "table" => StepKind::Table(Box::new(Reads(Vec::new()))),
            "write" => StepKind::Write(FrameOutput::Same),
            keep => StepKind::Keep(Box::new(Reads(reads(keep.trim_start_matches("keep(").trim_end_matches(')'))))),
        };
        let own = Vec::from_iter((!column.is_empty()).then(|| ColumnDecl::number(*column, "")));
        columns.extend(own.iter().map(|c| c.name.clone()));
        made.push((label.to_string(), Step { columns: own, outputs: Vec::new(), source: String::new(), kind }));
    }
    made
}

pub fn workflow(text: &str) -> Vec<(String, Step)> {
    let words: Vec<&str> = text.split(' ').collect();
    let makes = |at: usize| matches!(words[at], "meta" | "frame" | "table") && !words[..at].contains(&words[at]);
    let words = words.iter().enumerate().map(|(at, word)| (*word, *word, if makes(at) { *word } else { "" }));
    steps(&words.collect::<Vec<_>>())
}

/// `[before | with each frame] tables` for each pass; in braces what changes pixels for what is written.
fn plan(text: &str, gain_stages: bool) -> String {
    let steps = workflow(text);
    let mut first = Vec::new();
    let mut columns = super::Job::BUILT_IN_COLUMNS.len();
    for (_, step) in &steps {
        first.push(columns);
        columns += step.columns.len();
    }
    let bare: Vec<&Step> = steps.iter().map(|(_, s)| s).collect();
    let names = |positions: &[usize]| positions.iter().map(|&p| steps[p].0.as_str()).collect::<Vec<_>>().join(" ");
    let one = |pass: &Pass| {
        let frames: Vec<usize> = pass.steps.iter().copied().chain(pass.write).collect();
        format!("[{} | {}] {}", names(&pass.before), names(&frames), names(&pass.tables)).trim_end().to_string()
    };
    split(&bare, &first, gain_stages).iter().map(one).collect::<Vec<_>>().join(" ")
}

#[test]
fn what_needs_no_pixels_is_done_before_reading() {
    assert_eq!(plan("meta keep(meta) frame write", false), "[meta keep(meta) | frame write]");
    assert_eq!(plan("change keep(pulse) frame", false), "[keep(pulse) | change frame]");
}

#[test]
fn a_condition_drops_no_frame_that_a_step_in_front_of_it_sees() {
    assert_eq!(plan("frame keep(pulse) train", false), "[ | frame keep(pulse) train]");
    assert_eq!(plan("meta frame keep(meta) frame", false), "[meta | frame keep(meta) frame]");
    assert_eq!(plan("train keep(pulse) meta keep(meta) write", false), "[meta | train keep(pulse) keep(meta) write]");
    assert_eq!(plan("frame keep(frame) write", false), "[ | frame keep(frame) write]");
}

#[test]
fn a_table_sees_what_stands_in_front_of_it() {
    assert_eq!(plan("frame keep(pulse) table", false), "[ | frame keep(pulse)] table [ | ]");
    assert_eq!(plan("frame table keep(table) write", false), "[ | frame] table [keep(table) | write]");
    assert_eq!(plan("frame table meta keep(meta) frame", false), "[ | frame] table [meta keep(meta) | frame]");
}

/// `find-hits; threshold; integrate` scores pixels as they are, `threshold; find-hits; integrate` changed ones, and both
/// integrate changed ones.
#[test]
fn pixels_change_where_the_file_says_in_every_pass() {
    assert_eq!(plan("frame table change frame", false), "[ | frame] table [ | change frame]");
    assert_eq!(plan("change frame table frame", false), "[ | change frame] table [ | change frame]");
    assert_eq!(
        plan("change frame table keep(table) change train write", false),
        "[ | change frame] table [keep(table) | change change train write]"
    );
    assert_eq!(plan("frame change train", false), "[ | frame change train]");
}

#[test]
fn gain_stages_wait_for_each_other_behind_a_condition_on_pixels() {
    assert_eq!(plan("frame keep(frame) train write", true), "[ | frame keep(frame)] [ | train write]");
    assert_eq!(plan("meta keep(meta) frame write", true), "[meta keep(meta) | frame write]");
}
