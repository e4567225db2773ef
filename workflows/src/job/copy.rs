//! The workflow as the job runs it: every `--set` applied, every path absolute, so that it means the same wherever and
//! whenever it is read.
//!
//! The tree is written in YAML's block style. Quoted scalars are written quoted, plain ones plain: they mean what they
//! meant. What was written is read again and compared, so a slip here refuses a submission rather than change a run.

use crate::assemble::path_parameters;
use crate::cli::{Exit, Failure};
use crate::document::{Content, Node, Origin};
use crate::workflow::{Checked, Workflow};
use std::fmt::Write;
use std::path::Path;
use trainyard_engine::algorithm::Registry;

/// # Errors
/// A path that cannot be made absolute or is not Unicode; a copy that would not mean the same.
pub fn copy(checked: &Checked, registry: &Registry) -> Result<String, Failure> {
    let mut root = checked.root.clone();
    for path in
        [&["run"][..], &["geometry"], &["geometry", "file"], &["mask", "file"], &["trains", "file"], &["output"]]
    {
        if let Some(node) = find(&mut root, path) {
            absolute_all(node, &checked.folder)?;
        }
    }
    for (position, entry) in checked.steps.iter().enumerate() {
        for key in registry.get(&entry.name).map(path_parameters).unwrap_or_default() {
            if let Some(node) = find(&mut root, &["steps", &position.to_string(), &entry.name, &key]) {
                absolute_all(node, &checked.folder)?;
            }
        }
    }
    let mut text = format!("# made by `trainyard submit` of {}\n", checked.sources.name.replace(char::is_control, " "));
    write_node(&root, 0, &mut text);
    verify(checked, &root, &text, registry)?;
    Ok(text)
}

fn find<'a>(node: &'a mut Node, path: &[&str]) -> Option<&'a mut Node> {
    let Some((first, rest)) = path.split_first() else { return Some(node) };
    let next = match &mut node.content {
        Content::Mapping(entries) => entries.iter_mut().find(|(k, _)| k.text == *first).map(|(_, value)| value),
        Content::Sequence(items) => first.parse::<usize>().ok().and_then(|at| items.get_mut(at)),
        Content::Scalar { .. } => None,
    };
    find(next?, rest)
}

/// A path, or each of a list of paths; what is neither is left alone.
fn absolute_all(node: &mut Node, folder: &Path) -> Result<(), Failure> {
    let origin = node.span.origin;
    match &mut node.content {
        Content::Sequence(items) => items.iter_mut().try_for_each(|item| absolute_all(item, folder)),
        Content::Scalar { text, plain } if !text.is_empty() => {
            let whole = match origin {
                Origin::File => folder.join(&*text),
                Origin::Set(_) => text.as_str().into(),
            };
            let refuse = |what: String| Failure::new(Exit::Workflow, &what, None);
            let whole =
                std::path::absolute(&whole).map_err(|e| refuse(format!("failed to make `{text}` absolute: {e}")))?;
            let whole = whole.to_str().ok_or_else(|| refuse(format!("the path {} is not Unicode", whole.display())))?;
            *text = whole.to_owned();
            *plain = false;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn write_node(node: &Node, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    // writing to a string cannot fail
    match &node.content {
        Content::Mapping(entries) => entries.iter().for_each(|(key, value)| {
            let _ = write!(out, "{indent}{}:", quoted(&key.text));
            write_value(value, depth, out);
        }),
        Content::Sequence(items) => items.iter().for_each(|item| {
            let _ = write!(out, "{indent}-");
            write_value(item, depth, out);
        }),
        Content::Scalar { .. } => write_value(node, depth, out),
    }
}

fn write_value(node: &Node, depth: usize, out: &mut String) {
    match &node.content {
        Content::Scalar { text, plain: true } if text.is_empty() => out.push('\n'),
        Content::Scalar { text, plain: true } => {
            let _ = writeln!(out, " {text}");
        }
        Content::Scalar { text, plain: false } => {
            let _ = writeln!(out, " {}", quoted(text));
        }
        Content::Mapping(entries) if entries.is_empty() => out.push_str(" {}\n"),
        Content::Sequence(items) if items.is_empty() => out.push_str(" []\n"),
        _ => {
            out.push('\n');
            write_node(node, depth + 1, out);
        }
    }
}

/// Double quotes of YAML understand everything that those of JSON say.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn verify(checked: &Checked, root: &Node, text: &str, registry: &Registry) -> Result<(), Failure> {
    let bug = |what: String| Failure::new(Exit::Bug, &format!("failed to copy the workflow: {what}"), None);
    let again =
        Workflow::of_bytes(text.as_bytes(), "the copy", "/".into(), &[], registry).map_err(|e| bug(e.to_string()))?;
    let steps = |c: &Checked| c.steps.iter().map(crate::workflow::StepEntry::to_value).collect::<Vec<_>>();
    let same = again.workflow.canonical() == checked.workflow.canonical() && steps(&again) == steps(checked);
    if same && meaning(&again.root) == meaning(root) {
        Ok(())
    } else {
        Err(bug("the copy does not mean the same".into()))
    }
}

/// The tree without its places.
fn meaning(node: &Node) -> String {
    match &node.content {
        Content::Scalar { text, plain } => format!("{plain} {}", quoted(text)),
        Content::Sequence(items) => format!("[{}]", items.iter().map(meaning).collect::<Vec<_>>().join(",")),
        Content::Mapping(entries) => {
            let entry =
                |(key, value): &(crate::document::Key, Node)| format!("{}:{}", quoted(&key.text), meaning(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
run: ['raw/r 1', /abs/r0002]   # two folders
geometry: {file: a.geom, distance: \"0.2 m\"}
mask: {file: bad.h5, above: 1e4}
output: out put
slurm: {prologue: ['module load \"openmpi\"', 'echo a: b # c'], environment: {A: ''}, time: 1:30}
steps:
  - integrate-azimuthally: {unit: q_nm^-1, bins: 100}
  - keep: energy > \"500 uJ\" && cell in 4..=60
  - write-frames
";

    #[test]
    fn a_copy_means_the_same_with_absolute_paths() {
        let registry = crate::algorithms();
        let sets = ["steps.0.bins=50".to_string(), "output=else where".to_string()];
        let checked = Workflow::of_bytes(TEXT.as_bytes(), "w.yaml", "/data/my runs".into(), &sets, &registry).unwrap();
        let text = copy(&checked, &registry).unwrap();
        let here = std::env::current_dir().unwrap();
        for line in [
            "  - \"/data/my runs/raw/r 1\"\n  - \"/abs/r0002\"\n".to_string(),
            "  \"file\": \"/data/my runs/a.geom\"\n".into(),
            "  \"file\": \"/data/my runs/bad.h5\"\n".into(),
            format!("\"output\": \"{}/else where\"\n", here.display()),
            "\"bins\": 50\n".into(),
            "\"keep\": energy > \"500 uJ\" && cell in 4..=60\n".into(),
            "  - write-frames\n".into(),
        ] {
            assert!(text.contains(&line), "{line}\nis missing in\n{text}");
        }
        let again = Workflow::of_bytes(text.as_bytes(), "copy", "/".into(), &[], &registry).unwrap();
        assert_eq!(again.workflow.slurm, checked.workflow.slurm);
    }
}
