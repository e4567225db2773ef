//! Passes as text. A workflow is a line of words: `frame` makes the column `frame`, `keep(frame)` reads it, as `table(frame)`
//! does; `table(#0)` reads what step 0 folds, `drop` may drop modules; `frame@2` looks at module 2 alone, `write(frame)@b` writes
//! some frames into the folder `b`; `maps` has large state.

use super::pass::{split, Pass};
use crate::algorithm::*;
use trainyard_format::Result;

/// One step of every kind, told apart by its kind alone.
struct Any;

impl MetadataStep for Any {
    fn compute(&self, _: &MetadataInput<'_>, _: &mut [Vec<f64>], _: &mut TrainRows) -> Result<()> {
        Ok(())
    }
}

impl Transform for Any {
    type Working = ();
    fn working(&self) {}
    fn apply(&self, _: &ModuleFrame<'_>, _: &mut ModuleChange<'_>, _: &mut ()) -> Result<()> {
        Ok(())
    }
}

impl KeepStep for Any {
    fn verdict(&self, _: &[f64]) -> Result<Verdict> {
        Ok(Verdict::Keep)
    }
    fn condition(&self) -> String {
        String::new()
    }
}

impl Decide for Any {
    fn decide(&self, _: &RunView<'_>, _: &mut Decision<'_>) -> Result<()> {
        Ok(())
    }
}

impl FrameStep for Any {
    type Partial = ();
    type Working = ();
    fn working(&self) {}
    fn begin(&self) {}
    fn frame(&self, _: &Frame<'_>, _: &mut (), _: &mut FrameOut<'_>, _: &mut ()) -> Result<()> {
        Ok(())
    }
    fn merge(&self, _: &mut (), _: ()) -> Result<()> {
        Ok(())
    }
}

impl StoredStep for Any {
    type Working = ();
    fn working(&self) {}
    fn module(&self, _: &FrameId, _: usize, _: &Stored<'_>, (): &mut ()) -> Result<()> {
        Ok(())
    }
    fn frame(&self, _: &FrameId, (): &mut (), _: &mut FrameOut<'_>) -> Result<()> {
        Ok(())
    }
}

impl TrainStep for Any {
    type Partial = ();
    fn extract_len(&self) -> usize {
        0
    }
    fn extract(&self, _: &Frame<'_>, _: &mut [f32]) -> Result<()> {
        Ok(())
    }
    fn begin(&self) {}
    fn train(&self, _: &TrainExtract<'_>, _: &mut RowSink<'_>) -> Result<()> {
        Ok(())
    }
    fn merge(&self, _: &mut (), _: ()) -> Result<()> {
        Ok(())
    }
    fn finish(&self, (): (), _: &mut RunValues) -> Result<()> {
        Ok(())
    }
}

/// (label, kind, column or nothing)
pub fn steps(words: &[(&str, &str, &str)]) -> Vec<(String, Step)> {
    // the built-in ones, as every plan has them
    let mut columns: Vec<String> = super::Job::BUILT_IN_COLUMNS.map(String::from).into();
    let mut made = Vec::new();
    for (label, kind, column) in words {
        let (kind, module) = kind.split_once('@').unwrap_or((kind, ""));
        let (kind, reads) = kind.trim_end_matches(')').split_once('(').unwrap_or((kind, ""));
        let number = |name| columns.iter().position(|c| c == name).expect("a column made before");
        let (folds, reads): (Vec<&str>, Vec<&str>) =
            reads.split(',').filter(|name| !name.is_empty()).partition(|name| name.starts_with('#'));
        let mut needs = Needs::columns(reads.into_iter().map(number))
            .with_folds(folds.into_iter().map(|fold| fold[1..].parse().expect("a position of a step")));
        if !module.is_empty() && kind != "write" {
            needs.modules = Modules::these([module.parse().expect("a number of a module")]);
        }
        let step = match kind {
            "meta" => Step::metadata("", Any),
            "frame" => Step::frame("", Any),
            "train" | "maps" => Step::train("", Any),
            "change" => Step::transform(Any),
            "table" => Step::decide("", Any),
            "stored" => Step::stored("", Any),
            "drop" => Step::decide("", Any).dropping_modules(),
            "write" => {
                let step = Step::write(FrameOutput::Same);
                let step = if needs.columns.is_empty() { step } else { step.taking(Any) };
                if module.is_empty() {
                    step
                } else {
                    step.into_folder(module)
                }
            }
            "keep" => Step::keep(Any),
            other => panic!("no kind of step: {other}"),
        };
        let own = Vec::from_iter((!column.is_empty()).then(|| ColumnDecl::number(*column, "")));
        columns.extend(own.iter().map(|c| c.name.clone()));
        made.push((label.to_string(), step.needing(needs).making(own)));
    }
    made
}

/// A step makes a column of its name, the first time.
pub fn workflow(text: &str) -> Vec<(String, Step)> {
    let words: Vec<&str> = text.split(' ').collect();
    let kind = |word: &str| word.split(['(', '@']).next().unwrap_or_default().to_string();
    let kinds: Vec<String> = words.iter().map(|word| kind(word)).collect();
    let makes = |at: usize| {
        matches!(kinds[at].as_str(), "meta" | "frame" | "table" | "stored") && !kinds[..at].contains(&kinds[at])
    };
    let words =
        words.iter().enumerate().map(|(at, word)| (*word, *word, if makes(at) { kinds[at].as_str() } else { "" }));
    steps(&words.collect::<Vec<_>>())
}

fn passes(steps: &[(String, Step)], gain_stages: bool) -> Vec<Pass> {
    let mut first = Vec::new();
    let mut columns = super::Job::BUILT_IN_COLUMNS.len();
    for (_, step) in steps {
        first.push(columns);
        columns += step.columns.len();
    }
    let bare: Vec<&Step> = steps.iter().map(|(_, s)| s).collect();
    let large: Vec<bool> = steps.iter().map(|(label, _)| label.starts_with("maps")).collect();
    split(&bare, &first, &large, gain_stages)
}

/// `[before | with each frame] tables` for each pass.
fn plan(text: &str, gain_stages: bool) -> String {
    let steps = workflow(text);
    let names = |positions: &[usize]| positions.iter().map(|&p| steps[p].0.as_str()).collect::<Vec<_>>().join(" ");
    let one = |pass: &Pass| {
        let mut frames: Vec<usize> = pass.steps.iter().chain(&pass.writes).copied().collect();
        frames.sort_unstable();
        let bar = if pass.by_module { "|by module|" } else { "|" };
        format!("[{} {bar} {}] {}", names(&pass.before), names(&frames), names(&pass.tables)).trim_end().to_string()
    };
    passes(&steps, gain_stages).iter().map(one).collect::<Vec<_>>().join(" ")
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
    // nor one that is to be judged
    assert_eq!(plan("frame table(frame) keep(pulse) write", false), "[ | frame] table(frame) [keep(pulse) | write]");
}

#[test]
fn a_table_sees_what_stands_in_front_of_it() {
    assert_eq!(plan("frame keep(pulse) table(frame)", false), "[ | frame keep(pulse)] table(frame) [ | ]");
    assert_eq!(plan("frame table(frame) keep(table) write", false), "[ | frame] table(frame) [keep(table) | write]");
    assert_eq!(
        plan("frame table(frame) meta keep(meta) frame", false),
        "[meta | frame] table(frame) [keep(meta) | frame]"
    );
    assert_eq!(
        plan("frame table(frame) table(table) keep(table) write", false),
        "[ | frame] table(frame) table(table) [keep(table) | write]"
    );
}

#[test]
fn a_table_of_what_is_known_without_pixels_causes_no_second_reading() {
    assert_eq!(plan("meta table(meta) keep(table) frame", false), "[meta | ] table(meta) [keep(table) | frame]");
    assert_eq!(plan("meta table(meta) frame write", false), "[meta | frame write] table(meta) [ | ]");
    assert_eq!(plan("frame meta table(meta) write", false), "[meta | frame write] table(meta) [ | ]");
}

#[test]
fn a_decision_waits_for_the_folds_that_it_reads() {
    assert_eq!(plan("frame table(#0) keep(table) write", false), "[ | frame] table(#0) [keep(table) | write]");
    // of the second reading
    assert_eq!(
        plan("frame table(frame) keep(table) train table(#3) write", false),
        "[ | frame] table(frame) [keep(table) | train write] table(#3) [ | ]"
    );
    // what needs neither pixels nor folds of them is decided before anything is read
    assert_eq!(
        plan("meta table(meta) keep(table) frame write", false),
        "[meta | ] table(meta) [keep(table) | frame write]"
    );
    assert!(!passes(&workflow("meta table(meta) keep(table) frame write"), false)[0].pixels);
}

#[test]
fn what_stands_behind_a_decision_on_modules_waits_for_it() {
    assert_eq!(plan("frame drop(#0) write", false), "[ | frame] drop(#0) [ | write]");
    assert_eq!(plan("frame drop(#0) train", false), "[ | frame] drop(#0) [ | train]");
    // and nothing in front of it sees less
    assert_eq!(
        plan("frame table(frame) train(table) drop(#0) write", false),
        "[ | frame] table(frame) [ | train(table)] drop(#0) [ | write]"
    );
    assert_eq!(plan("meta drop(meta) frame write", false), "[meta | ] drop(meta) [ | frame write]");
}

#[test]
fn what_needs_nothing_of_a_barrier_does_not_wait() {
    assert_eq!(plan("frame table(frame) train", false), "[ | frame train] table(frame) [ | ]");
    assert_eq!(
        plan("frame table(frame) train keep(table) write", false),
        "[ | frame train] table(frame) [keep(table) | write]"
    );
    assert_eq!(plan("frame table(frame) write", false), "[ | frame write] table(frame) [ | ]");
    // what is written is known to be readable until the end
    assert_eq!(plan("frame table(frame) write train(table)", false), "[ | frame] table(frame) [ | write train(table)]");
}

/// `find-hits; threshold; integrate` scores pixels as they are, `threshold; find-hits; integrate` changed ones, and both
/// integrate changed ones.
#[test]
fn pixels_change_where_the_file_says_in_every_pass() {
    assert_eq!(plan("frame table(frame) change frame", false), "[ | frame change frame] table(frame) [ | ]");
    assert_eq!(
        plan("frame table(frame) change keep(table) frame", false),
        "[ | frame] table(frame) [keep(table) | change frame]"
    );
    assert_eq!(
        plan("change frame table(frame) keep(table) frame", false),
        "[ | change frame] table(frame) [keep(table) | change frame]"
    );
    assert_eq!(
        plan("change frame table(frame) keep(table) change train write", false),
        "[ | change frame] table(frame) [keep(table) | change change train write]"
    );
    assert_eq!(plan("frame change train", false), "[ | frame change train]");
    assert_eq!(plan("frame change", false), "[ | frame]");
}

#[test]
fn gain_stages_wait_for_each_other_behind_a_condition_on_pixels() {
    assert_eq!(plan("frame keep(frame) train write", true), "[ | frame keep(frame)] [ | train write]");
    assert_eq!(plan("meta keep(meta) frame write", true), "[meta keep(meta) | frame write]");
}

#[test]
fn large_state_has_a_pass_for_itself() {
    assert_eq!(plan("maps", false), "[ |by module| maps]");
    assert_eq!(plan("meta keep(meta) maps", false), "[meta keep(meta) |by module| maps]");
    assert_eq!(plan("maps maps write", false), "[ |by module| maps maps] [ | write]");
    // one more reading than if it were small
    assert_eq!(plan("frame maps write", false), "[ | frame] [ |by module| maps] [ | write]");
    assert_eq!(plan("frame keep(frame) maps write", false), "[ | frame keep(frame)] [ |by module| maps] [ | write]");
    assert_eq!(plan("maps keep(pulse) write", false), "[ |by module| maps] [keep(pulse) | write]");
    assert_eq!(
        plan("maps frame keep(frame) maps", false),
        "[ |by module| maps] [ | frame keep(frame)] [ |by module| maps]"
    );
    assert_eq!(
        plan("frame table(frame) keep(table) change maps write", false),
        "[ | frame] table(frame) [keep(table) |by module| change maps] [ | change write]"
    );
}

#[test]
fn all_that_is_written_is_written_in_one_reading() {
    assert_eq!(plan("frame write(frame) write(frame)@misses", false), "[ | frame write(frame) write(frame)@misses]");
    // the one that needs nothing of the barrier waits for the other
    assert_eq!(
        plan("frame table(frame) write write(table)@hits", false),
        "[ | frame] table(frame) [ | write write(table)@hits]"
    );
    assert_eq!(plan("meta write(meta) write(meta)@b frame", false), "[meta | write(meta) write(meta)@b frame]");
    // who takes a pulse is known when all its gain stages have been seen
    assert_eq!(plan("frame write(frame)", true), "[ | frame] [ | write(frame)]");
    assert_eq!(plan("meta frame write(meta)", true), "[meta | frame write(meta)]");
}

/// Whose pixels are decoded, pass by pass.
fn decoded(text: &str) -> Vec<Modules> {
    passes(&workflow(text), false).into_iter().map(|pass| pass.modules).collect()
}

#[test]
fn modules_that_no_step_needs_are_not_decoded() {
    let these = |modules: &[usize]| Modules::these(modules.iter().copied());
    assert_eq!(decoded("frame@2 frame@0"), [these(&[0, 2])]);
    assert_eq!(decoded("frame@2 table(frame) keep(table) train"), [these(&[2]), Modules::All]);
    assert_eq!(decoded("frame@2 write"), [these(&[2])]);
    assert_eq!(decoded("frame@2 change write"), [Modules::All]);
    assert_eq!(decoded("meta write"), [Modules::none()]);
}

#[test]
fn stored_chunks_are_read_with_all_else_and_not_decoded() {
    assert_eq!(plan("stored keep(stored) frame write", false), "[ | stored keep(stored) frame write]");
    let read = |text: &str| {
        let passes = passes(&workflow(text), false);
        passes.into_iter().map(|pass| (pass.reads(), pass.pixels, pass.stored)).collect::<Vec<_>>()
    };
    assert_eq!(read("stored@2 keep(stored) write"), [(true, false, Modules::these([2]))]);
    assert_eq!(read("stored"), [(true, false, Modules::All)]);
    assert_eq!(read("meta table(meta)"), [(false, false, Modules::none()), (false, false, Modules::none())]);
    // the second reading is for the frames that are left
    assert_eq!(
        plan("stored table(stored) keep(table) frame", false),
        "[ | stored] table(stored) [keep(table) | frame]"
    );
}
