//! What was not compared, or is not in the output because the workflow says so: a line each, with its number.

use serde::Serialize;
use std::collections::BTreeMap;
use trainyard_format::words::counted;

/// A kind, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    Plan,
    Trains,
    TrainList,
    Modules,
    DroppedModules,
    Frames,
    ChangedPixels,
    LeftBehind,
    Conditions,
    Taken,
    Unreadable,
    Copy,
    ResultRows,
    ResultValues,
    Keys,
    GroupAttributes,
    RunValues,
    RunAttributes,
    InputFiles,
}

/// One line of the verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotCompared {
    /// `result-rows`
    pub kind: &'static str,
    pub count: u64,
    pub what: String,
}

#[derive(Default)]
pub(super) struct Gaps(BTreeMap<Gap, (u64, Option<String>)>);

impl Gap {
    fn kind(self) -> &'static str {
        match self {
            Gap::Plan => "plan",
            Gap::Trains => "trains",
            Gap::TrainList => "train-list",
            Gap::Modules => "modules",
            Gap::DroppedModules => "dropped-modules",
            Gap::Frames => "frames",
            Gap::ChangedPixels => "changed-pixels",
            Gap::LeftBehind => "left-behind",
            Gap::Conditions => "conditions",
            Gap::Taken => "not-written",
            Gap::Unreadable => "unreadable",
            Gap::Copy => "copy",
            Gap::ResultRows => "result-rows",
            Gap::ResultValues => "result-values",
            Gap::Keys => "keys",
            Gap::GroupAttributes => "group-attributes",
            Gap::RunValues => "run-values",
            Gap::RunAttributes => "run-attributes",
            Gap::InputFiles => "input-files",
        }
    }

    fn words(self, count: u64) -> String {
        match self {
            Gap::Plan => "made by a version whose plans had other parts: the plan in the manifest".into(),
            Gap::Trains => format!("not carried over by the workflow's `trains`: {}", counted(count, "train")),
            Gap::TrainList => {
                format!("the workflow's list of trains is not here: {count} selected trains not compared with it")
            }
            Gap::Modules => {
                format!("not carried over by the workflow's `modules` and `detector`: {}", counted(count, "module"))
            }
            Gap::DroppedModules => format!("dropped by a step: {}", counted(count, "module")),
            Gap::Frames => format!("the workflow writes no frames: pixels of {count} kept frames"),
            Gap::ChangedPixels => format!("changed by a step, and not made again: {} of pixels", counted(count, "row")),
            Gap::LeftBehind => format!("left behind by a step that changes frames: {}", counted(count, "key")),
            Gap::Conditions => format!("conditions not judged again: {} that `keep` dropped", counted(count, "frame")),
            Gap::Taken => {
                format!("conditions not judged again: {} that no `write-frames` took", counted(count, "frame"))
            }
            Gap::Unreadable => {
                format!("damage of slow data not looked for again: {} that are `unreadable`", counted(count, "frame"))
            }
            Gap::Copy => format!("not carried over by the workflow's `copy`: {}", counted(count, "source")),
            Gap::ResultRows => {
                format!("values of results not computed again: {} by frame or train", counted(count, "row"))
            }
            Gap::ResultValues => format!("values of results not computed again: {count} of the whole run"),
            Gap::Keys => format!("neither numbers nor text: {}", counted(count, "key")),
            Gap::GroupAttributes => {
                format!("not carried over: {} of groups inside INSTRUMENT sources", counted(count, "attribute"))
            }
            Gap::RunValues => format!("not written for a detector: {count} RUN values"),
            Gap::RunAttributes => format!("not written for a detector: {} of RUN values", counted(count, "attribute")),
            Gap::InputFiles => format!("files of the input that cannot be read: {count}"),
        }
    }
}

impl Gaps {
    pub fn add(&mut self, gap: Gap, count: u64, example: Option<String>) {
        if count > 0 {
            let entry = self.0.entry(gap).or_default();
            entry.0 = entry.0.saturating_add(count);
            entry.1 = entry.1.take().or(example);
        }
    }

    pub fn finish(self) -> Vec<NotCompared> {
        let line = |(gap, (count, example)): (Gap, (u64, Option<String>))| {
            let first = example.map(|example| format!(", the first is `{example}`")).unwrap_or_default();
            NotCompared { kind: gap.kind(), count, what: format!("{}{first}", gap.words(count)) }
        };
        self.0.into_iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_kind_with_its_number() {
        let mut gaps = Gaps::default();
        gaps.add(Gap::Copy, 1, Some("A".into()));
        gaps.add(Gap::Trains, 0, None);
        gaps.add(Gap::Copy, 2, Some("B".into()));
        let told = gaps.finish();
        let what = "not carried over by the workflow's `copy`: 3 sources, the first is `A`";
        assert_eq!(told, [NotCompared { kind: "copy", count: 3, what: what.into() }]);
    }
}
