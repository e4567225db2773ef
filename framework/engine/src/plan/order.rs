//! Order in the file is order of meaning: what the passes cannot honour is refused here, never rearranged.
//!
//! | a workflow says | and gets |
//! |---|---|
//! | frames are written, then dropped or judged over the whole run | refused: they would be written before it is known |
//! | frames are written twice | refused, unless the second has a folder and a condition of its own |
//! | frames are written, then changed | refused: one pass changes each frame once, before it is written |
//! | two steps make a column of one name | refused: a condition could mean either |
//! | columns `a` and `a.b` | refused: in the file one would lie inside the other |
//!
//! What [`super::pass::split`] does move, and may: metadata steps and conditions on what is known without pixels run before
//! anything is read. Neither depends on pixels, and no step in front of them has seen a frame that they drop.

use super::{Job, PlanProblem, MOST_WRITERS, RESERVED_FOLDERS};
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
            StepKind::Keep(_) | StepKind::Decide(_) if behind => refuse(
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
    stored(steps, &mut problems);
    writers(steps, &mut problems);
    problems
}

/// Stored chunks are those of the input.
fn stored(steps: &[(String, Step)], problems: &mut Vec<PlanProblem>) {
    let changing = steps.iter().position(|(_, step)| matches!(step.kind, StepKind::Transform(_)));
    let behind = steps.iter().enumerate().skip(changing.unwrap_or(steps.len()));
    for (step, (label, _)) in behind.filter(|(_, (_, step))| matches!(step.kind, StepKind::Stored(_))) {
        let what =
            format!("`{label}` looks at frames as the input stores them, and stands behind a step that changes pixels");
        problems.push(PlanProblem { step, what, hint: Some(format!("move `{label}` in front of it")) });
    }
}

/// Each step that writes frames beyond the first has a folder of its own.
fn writers(steps: &[(String, Step)], problems: &mut Vec<PlanProblem>) {
    let writing = || steps.iter().enumerate().filter(|(_, (_, s))| matches!(s.kind, StepKind::Write(_)));
    if writing().count() < 2 {
        return;
    }
    let mut refuse = |step: usize, what: String, hint: &str| {
        problems.push(PlanProblem { step, what, hint: (!hint.is_empty()).then(|| hint.to_string()) });
    };
    let mut folders: Vec<&str> = Vec::new();
    for (number, (position, (label, step))) in writing().enumerate() {
        let named = step.folder.is_some();
        match (number, named, &step.takes) {
            (0, false, _) => continue,
            (0, true, _) => refuse(
                position,
                "the first step that writes frames writes into the run folder itself".into(),
                "take its `as` away, or put the one without `as` in front",
            ),
            (_, false, _) => refuse(position, "frames are written twice".into(), AS_AND_WHERE),
            (_, true, None) => refuse(position, format!("`{label}` does not say which frames it writes"), AS_AND_WHERE),
            (_, true, Some(_)) => {}
        }
        if number >= MOST_WRITERS {
            refuse(position, format!("more than {MOST_WRITERS} steps write frames"), "reduce a second time");
        }
        if RESERVED_FOLDERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(label)) {
            refuse(
                position,
                format!("the folder `{label}` of a reduced run is for something else"),
                "give another name: `as: NAME`",
            );
        }
        if folders.iter().any(|folder| folder.eq_ignore_ascii_case(label)) {
            refuse(position, format!("two steps write into the folder `{label}`"), "give another name: `as: NAME`");
        }
        folders.push(label);
    }
}

/// What each further step needs.
const AS_AND_WHERE: &str =
    "the second and every further `write-frames` needs `as: NAME`, its folder, and `where: CONDITION`";

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
    fn stored_chunks_are_those_of_the_input() {
        assert!(refused("stored change write").is_empty());
        let behind = "`stored` looks at frames as the input stores them, and stands behind a step that changes pixels";
        assert_eq!(refused("change stored"), [format!("1: {behind}")]);
    }

    #[test]
    fn each_further_step_that_writes_has_a_folder_and_a_condition() {
        assert!(refused("frame write write(frame)@b write(frame)@c").is_empty());
        assert_eq!(refused("frame write write@b"), ["2: `write@b` does not say which frames it writes"]);
        assert_eq!(refused("frame write write(frame)"), ["2: frames are written twice"]);
        assert_eq!(
            refused("frame write(frame)@a write(frame)@b"),
            ["1: the first step that writes frames writes into the run folder itself"]
        );
        let named = |names: &[&str]| {
            let all = names.iter().map(|name| (*name, if *name == "first" { "write" } else { "write(pulse)@x" }, ""));
            let problems = check_order(&steps(&all.collect::<Vec<_>>()));
            problems.into_iter().map(|p| format!("{}: {}", p.step, p.what)).collect::<Vec<_>>()
        };
        assert_eq!(named(&["first", "b", "B"]), ["2: two steps write into the folder `B`"]);
        assert_eq!(named(&["first", "Job"]), ["1: the folder `Job` of a reduced run is for something else"]);
        let many = ["first", "a", "b", "c", "d", "e", "f", "g", "h"];
        assert_eq!(named(&many), ["8: more than 8 steps write frames"]);
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
