//! Order in the file is order of meaning: what the passes cannot honour is refused here, never rearranged.
//!
//! | a workflow says | and gets |
//! |---|---|
//! | frames are written, then dropped or judged over the whole run | refused: they would be written before it is known |
//! | frames are written, then changed | refused: one pass changes each frame once, before it is written |
//! | two steps make a column of one name | refused: a condition could mean either |
//! | columns `a` and `a.b` | refused: in the file one would lie inside the other |
//!
//! What [`super::pass::split`] does move, and may: metadata steps and conditions on what is known without pixels run before
//! anything is read. Neither depends on pixels, and no step in front of them has seen a frame that they drop.

use super::{Job, PlanProblem};
use crate::algorithm::{Step, StepKind};
use std::collections::BTreeMap;

/// All contradictions; `step` counts configured steps from 0.
pub fn check_order(steps: &[(String, Step)]) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    let write = steps.iter().position(|(_, s)| matches!(s.kind, StepKind::Write(_)));
    let mut makers: BTreeMap<&str, &str> = Job::BUILT_IN_COLUMNS.map(|name| (name, "every run")).into();
    for (position, (label, step)) in steps.iter().enumerate() {
        let behind = write.is_some_and(|write| position > write);
        let mut refuse = |what: String, hint: &str| {
            let hint = (!hint.is_empty()).then(|| hint.to_string());
            problems.push(PlanProblem { step: position, what, hint });
        };
        match &step.kind {
            StepKind::Write(_) if behind => refuse("frames are written twice".into(), ""),
            StepKind::Keep(_) | StepKind::Table(_) if behind => refuse(
                format!("`{label}` stands after the step that writes frames"),
                "move `write-frames` to the end: what is written must be what is kept",
            ),
            StepKind::Transform(_) if behind => refuse(
                format!("`{label}` changes pixels behind the step that writes frames"),
                "put it in front of `write-frames` if the changed pixels are to be written; else reduce a second time without writing",
            ),
            _ => {}
        }
        for column in &step.columns {
            match makers.get(column.name.as_str()) {
                Some(first) => refuse(
                    format!("the column `{}` is made twice, by `{first}` and by `{label}`", column.name),
                    "give one of the steps another name: `as: NAME`",
                ),
                None => {
                    let inside = |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('.'));
                    let clash = |other: &&&str| inside(other, &column.name) || inside(&column.name, other);
                    if let Some(other) = makers.keys().find(clash) {
                        refuse(
                            format!("columns `{other}` and `{}` cannot stand beside each other", column.name),
                            "give one of the steps another name: `as: NAME`",
                        );
                    }
                    makers.insert(&column.name, label);
                }
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::super::pass_tests::{steps, workflow};
    use super::*;

    fn refused(text: &str) -> Vec<String> {
        check_order(&workflow(text)).into_iter().map(|p| format!("{}: {}", p.step, p.what)).collect()
    }

    #[test]
    fn what_is_written_is_not_changed_or_dropped_afterwards() {
        let behind = "`change` changes pixels behind the step that writes frames";
        assert_eq!(refused("write change"), [format!("1: {behind}")]);
        assert_eq!(refused("change write frame change frame"), [format!("3: {behind}")]);
        assert_eq!(refused("write keep(pulse)"), ["1: `keep(pulse)` stands after the step that writes frames"]);
        assert_eq!(refused("frame write table(frame)").len(), 1);
        assert_eq!(refused("write write"), ["1: frames are written twice"]);
        assert!(refused("change frame keep(frame) change write frame train").is_empty());
    }

    #[test]
    fn a_name_means_one_column() {
        let steps = steps(&[("first", "frame", "hit"), ("second", "table", "hit"), ("third", "frame", "third.hit")]);
        let problems = check_order(&steps);
        assert_eq!(problems.len(), 1);
        assert_eq!(
            (problems[0].step, problems[0].what.as_str()),
            (1, "the column `hit` is made twice, by `first` and by `second`")
        );
        let steps = super::super::pass_tests::steps(&[("first", "frame", "hit"), ("second", "frame", "hit.count")]);
        assert_eq!(check_order(&steps)[0].what, "columns `hit` and `hit.count` cannot stand beside each other");
    }
}
