//! A condition on a column that no step before it makes: which step would make it, so that whoever wrote it knows where to go.

use crate::document::{parse, Content, Origin};
use crate::workflow::{Checked, StepEntry};
use trainyard_engine::algorithm::{Context, Registration, Registry, Step};

/// Where the column comes from: a step that stands too late, or one that is not in the workflow.
pub fn maker(
    checked: &Checked,
    registry: &Registry,
    context: &Context,
    steps: &[(String, Step)],
    origin: &[usize],
    (position, name): (usize, &str),
) -> Option<String> {
    let makes = |step: &Step| step.columns.iter().any(|column| column.name == name);
    let later = steps.iter().zip(origin).find(|((_, step), at)| **at > position && makes(step));
    if let Some(((label, _), at)) = later {
        let condition = checked.steps.get(position).map_or("keep", |entry| entry.name.as_str());
        return Some(format!("`{label}`, step {}, makes it: move this `{condition}` behind it", at + 1));
    }
    let maker = registry.iter().find(|registration| example(registration, registry, context, makes))?;
    Some(format!("`{}` makes it: put it before this step", maker.name))
}

/// Whether the step that the example of a page shows makes the column.
fn example(registration: &Registration, registry: &Registry, context: &Context, makes: impl Fn(&Step) -> bool) -> bool {
    let Ok(root) = parse(registration.example.as_bytes(), Origin::File) else { return false };
    let Content::Sequence(items) = &root.content else { return false };
    let mut entries = items.iter().filter_map(|item| StepEntry::read(item, registry).ok());
    let Some(entry) = entries.find(|entry| entry.name == registration.name) else { return false };
    let mut context = context.clone();
    context.label.clone_from(&entry.label);
    (registration.configure)(entry.parameters, &context).is_ok_and(|steps| steps.iter().any(makes))
}
