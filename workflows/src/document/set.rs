//! `--set a.b=v`: changes a value of the workflow from the command line.
//!
//! The path goes down by keys; in lists by position (from 0). A step may be called by its position, by its name or by the
//! name after `as`, and what follows are its parameters: `steps.2.bins=100`, `steps.integrate-azimuthally.bins=100`.
//! Maps on the way are made when missing. The value is YAML: `modules=[3, 4]`.

use super::problem::shown;
use super::{parse, suggestion, Content, Key, Node, Origin, Problem, Span};

/// Applies the `index`-th `--set`.
///
/// # Errors
/// What is wrong with the text or its path.
pub fn apply_set(root: &mut Node, text: &str, index: usize) -> Result<(), Vec<Problem>> {
    let origin = Origin::Set(index);
    let Some((path, value)) = text.split_once('=') else {
        let problem = Problem::new(whole(text, origin), format!("`{}` has no `=`", shown(text)));
        return Err(vec![problem.hint("write `--set key=value`, for parameters `--set steps.NAME.KEY=VALUE`")]);
    };
    let mut segments = Vec::new();
    let mut column = 1;
    for segment in path.split('.') {
        let end = column + segment.chars().count();
        let span = Span { origin, line: 1, column, end_line: 1, end_column: end };
        if segment.trim().is_empty() {
            return Err(vec![Problem::new(span, format!("`{}` has an empty key", shown(text)))]);
        }
        segments.push(Key { text: segment.trim().to_string(), span });
        column = end + 1;
    }
    // the scanner counts from the value's first character
    let value = if value.trim().is_empty() {
        Ok(Node::scalar("", true, Span { column, end_column: column + 1, ..whole(text, origin) }))
    } else {
        parse(value.as_bytes(), origin)
    };
    let last = text.chars().count() + 1;
    let shift = |span: &mut Span| {
        // an end that was missing is noticed on the line behind
        if span.line > text.lines().count() {
            *span = Span { column: last, end_column: last + 1, ..whole(text, origin) };
            return;
        }
        if span.line == 1 {
            span.column += column - 1;
        }
        if span.end_line == 1 {
            span.end_column += column - 1;
        }
    };
    let mut value = value.map_err(|mut problems| {
        problems.iter_mut().for_each(|problem| shift(&mut problem.span));
        problems
    })?;
    if !text.ends_with('=') {
        each_span(&mut value, &shift);
    }
    if root.is_null() {
        *root = Node::mapping(Vec::new(), root.span);
    }
    descend(root, &segments, 0, value).map_err(|problem| vec![problem])
}

fn whole(text: &str, origin: Origin) -> Span {
    Span { origin, line: 1, column: 1, end_line: 1, end_column: text.chars().count().max(1) + 1 }
}

fn each_span(node: &mut Node, change: &impl Fn(&mut Span)) {
    change(&mut node.span);
    match &mut node.content {
        Content::Scalar { .. } => {}
        Content::Sequence(items) => items.iter_mut().for_each(|item| each_span(item, change)),
        Content::Mapping(entries) => {
            for (key, value) in entries {
                change(&mut key.span);
                each_span(value, change);
            }
        }
    }
}

fn descend(node: &mut Node, path: &[Key], depth: usize, value: Node) -> Result<(), Problem> {
    let Some(key) = path.get(depth) else {
        *node = value;
        return Ok(());
    };
    let before = || path[..depth].iter().map(|k| k.text.as_str()).collect::<Vec<_>>().join(".");
    let in_steps = depth == 1 && path[0].text == "steps";
    match &mut node.content {
        Content::Mapping(entries) => {
            if let Some(at) = entries.iter().position(|(k, _)| k.text == key.text) {
                return descend(&mut entries[at].1, path, depth + 1, value);
            }
            let mut child = Node::mapping(Vec::new(), key.span);
            descend(&mut child, path, depth + 1, value)?;
            entries.push((key.clone(), child));
            Ok(())
        }
        Content::Sequence(items) if in_steps => {
            let at = find_step(items, key)?;
            if key.text.parse::<usize>().is_ok() && path.len() == depth + 1 {
                items[at] = value;
                return Ok(());
            }
            let (name, parameters) = open_step(&mut items[at], key)?;
            // `steps.2.average.group-by` may repeat the name
            let skip = usize::from(key.text != *name && path.get(depth + 1).is_some_and(|k| k.text == *name));
            descend(parameters, path, depth + 1 + skip, value)
        }
        Content::Sequence(items) => {
            let count = items.len();
            match key.text.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                Some(item) => descend(item, path, depth + 1, value),
                None => {
                    Err(Problem::new(key.span, format!("`{}` has no item `{}`", shown(&before()), shown(&key.text)))
                        .hint(format!("it has {count} items, counted from 0")))
                }
            }
        }
        Content::Scalar { text, plain: true } if text.is_empty() || text == "~" || text == "null" => {
            *node = Node::mapping(Vec::new(), node.span);
            descend(node, path, depth, value)
        }
        Content::Scalar { .. } => Err(Problem::new(
            key.span,
            format!("`{}` is not a map, it has no key `{}`", shown(&before()), shown(&key.text)),
        )),
    }
}

/// Position of the step that `key` calls by position, `as` name or name.
fn find_step(steps: &[Node], key: &Key) -> Result<usize, Problem> {
    let names: Vec<(&str, Option<&str>)> = steps.iter().map(step_names).collect();
    if let Ok(at) = key.text.parse::<usize>() {
        if at < steps.len() {
            return Ok(at);
        }
        let hint = match steps.len() {
            1 => "there is 1 step, step 0".into(),
            count => format!("there are {count} steps, counted from 0"),
        };
        return Err(Problem::new(key.span, format!("there is no step {at}")).hint(hint));
    }
    if let Some(at) = names.iter().position(|(_, label)| *label == Some(key.text.as_str())) {
        return Ok(at);
    }
    let found: Vec<usize> = (0..names.len()).filter(|&at| names[at].0 == key.text).collect();
    match found[..] {
        [at] => Ok(at),
        [] => {
            let known: Vec<&str> = names.iter().map(|(name, label)| label.unwrap_or(name)).collect();
            let problem = Problem::new(key.span, format!("the workflow has no step `{}`", shown(&key.text)));
            Err(problem.hint(suggestion(&key.text, &known, "steps")))
        }
        _ => {
            let places: Vec<String> = found.iter().map(|at| format!("steps.{at}")).collect();
            let problem =
                Problem::new(key.span, format!("the workflow has {} steps `{}`", found.len(), shown(&key.text)));
            Err(problem.hint(format!("call it by position: {}", places.join(", "))))
        }
    }
}

/// Name and `as` name of a step.
fn step_names(step: &Node) -> (&str, Option<&str>) {
    match &step.content {
        Content::Scalar { text, .. } => (text, None),
        Content::Mapping(entries) if entries.len() == 1 => {
            let label = entries[0].1.get("as").and_then(|node| match &node.content {
                Content::Scalar { text, .. } => Some(text.as_str()),
                _ => None,
            });
            (&entries[0].0.text, label)
        }
        _ => ("", None),
    }
}

/// Name and parameters of a step; a bare name becomes a map of one key first.
fn open_step<'a>(step: &'a mut Node, key: &Key) -> Result<(&'a String, &'a mut Node), Problem> {
    if let Content::Scalar { text, .. } = &step.content {
        let name = Key { text: text.clone(), span: step.span };
        *step = Node::mapping(vec![(name, Node::mapping(Vec::new(), step.span))], step.span);
    }
    match &mut step.content {
        Content::Mapping(entries) if entries.len() == 1 => {
            let (name, parameters) = &mut entries[0];
            Ok((&name.text, parameters))
        }
        _ => Err(Problem::new(key.span, format!("step `{}` is not a map of one key", shown(&key.text)))),
    }
}

#[cfg(test)]
#[path = "set_tests.rs"]
mod tests;
