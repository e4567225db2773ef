//! Modules that a step dropped: the fates name them, and only a step of the workflow that may do so can have dropped one.

use super::asked::Asked;
use super::fates::FateTable;
use super::gaps::Gap;
use super::tally::{Check, Found};
use crate::algorithm::Effect;
use crate::plan::DroppedModule;
use std::collections::BTreeSet;
use trainyard_format::detector::Detector;
use trainyard_format::Place;

/// Positions of the modules of `detector` that `table` tells to be dropped, as far as the workflow allows. What is dropped
/// against it is missing.
pub(super) fn dropped(
    table: &FateTable<'_>,
    asked: Option<&Asked>,
    detector: &Detector,
    found: &mut Vec<Found>,
) -> BTreeSet<usize> {
    let mut positions = BTreeSet::new();
    for told in &table.dropped {
        let wrong = |what: String| Found::error(Check::Fates, Place::default().source(&table.source), what);
        let Some((number, step)) = DroppedModule::understood(told) else {
            found.push(wrong(format!("`{told}` does not tell which module was dropped by which step")));
            continue;
        };
        let step = step.checked_sub(1).and_then(|step| asked?.steps.get(step));
        let may = step.is_some_and(|step| matches!(step.effect, Effect::DropsModules));
        match detector.modules.iter().position(|module| module.number == number) {
            None => found.push(wrong(format!("the detector has no module {number}, which is told to be dropped"))),
            Some(_) if !may => {
                found.push(wrong(format!("module {number} is told to be dropped by a step that drops none: `{told}`")));
            }
            Some(position) => {
                if positions.insert(position) {
                    found.push(Found::gap(Gap::DroppedModules, 1, told.as_str()));
                    let note =
                        Found::note(Check::Frames, Place::default().source(&detector.name), format!("module {told}"));
                    found.push(note.hint("its pixels are gone once the input is deleted"));
                } else {
                    found.push(wrong(format!("module {number} is told to be dropped twice")));
                }
            }
        }
    }
    positions
}
