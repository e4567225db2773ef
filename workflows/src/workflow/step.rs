//! A step: a bare name, or one key with parameters. `as: NAME` among them renames what the step leaves.

use super::sound::sound;
use crate::document::check::{check, Site};
use crate::document::{suggestion, Content, Key, Node, Problem, Span};
use serde_json::{Map, Value};
use trainyard_engine::algorithm::Registry;

#[derive(Clone, Debug, PartialEq)]
pub struct StepEntry {
    pub name: String,
    /// the word after `as`, or the name
    pub label: String,
    /// checked against the step's schema, without `as`
    pub parameters: Value,
    pub name_span: Span,
    /// the parameters as written
    pub node: Node,
}

impl StepEntry {
    /// # Errors
    /// Every problem of the step.
    pub fn read(node: &Node, registry: &Registry) -> Result<Self, Vec<Problem>> {
        let (key, mut node) = name_and_parameters(node).map_err(|problem| vec![problem])?;
        let Some(registration) = registry.get(&key.text) else {
            let names: Vec<&str> = registry.iter().map(|r| r.name).collect();
            let problem = Problem::new(key.span, format!("unknown step `{}`", crate::document::shown(&key.text)));
            return Err(vec![problem.hint(suggestion(&key.text, &names, "steps"))]);
        };
        let mut problems = Vec::new();
        let label = match node.take("as").map(|(as_key, value)| label(&as_key, &value)) {
            None => key.text.clone(),
            Some(Ok(label)) => label,
            Some(Err(problem)) => {
                problems.push(problem);
                key.text.clone()
            }
        };
        let schema = (registration.schema)().to_value();
        match check(&node, &schema, &Site::new(format!("`{}`", key.text), key.span)) {
            Ok(parameters) if problems.is_empty() => {
                Ok(StepEntry { name: key.text, label, parameters, name_span: key.span, node })
            }
            Ok(_) => Err(problems),
            Err(more) => {
                problems.extend(more);
                Err(problems)
            }
        }
    }

    /// What is right of a step that [`StepEntry::read`] refuses: the parameters without the wrong ones.
    pub fn sound(node: &Node, registry: &Registry) -> Option<Self> {
        let (key, mut node) = name_and_parameters(node).ok()?;
        let registration = registry.get(&key.text)?;
        let label =
            node.take("as").and_then(|(as_key, value)| label(&as_key, &value).ok()).unwrap_or_else(|| key.text.clone());
        let site = Site::new(format!("`{}`", key.text), key.span);
        let (node, parameters) = sound(node, &(registration.schema)().to_value(), &site)?;
        Some(StepEntry { name: key.text, label, parameters, name_span: key.span, node })
    }

    /// As a workflow would say it.
    pub fn to_value(&self) -> Value {
        let mut parameters = self.parameters.clone();
        if let Some(parameters) = parameters.as_object_mut().filter(|_| self.label != self.name) {
            parameters.insert("as".into(), self.label.clone().into());
        }
        Value::Object(Map::from_iter([(self.name.clone(), parameters)]))
    }
}

fn name_and_parameters(step: &Node) -> Result<(Key, Node), Problem> {
    match &step.content {
        Content::Scalar { text, .. } if !step.is_null() => {
            let key = Key { text: text.clone(), span: step.span };
            Ok((key, Node::mapping(Vec::new(), step.span)))
        }
        Content::Mapping(entries) => match &entries[..] {
            [(key, parameters)] => Ok((key.clone(), parameters.clone())),
            [] => Err(Problem::at(step, "a step needs a name")),
            [(first, value), (second, _), ..] => {
                let what =
                    format!("a step has one name, this one has {}: `{}`, `{}`", entries.len(), first.text, second.text);
                Err(Problem::new(second.span, what).hint(match value.is_null() {
                    true => format!("indent the parameters of `{}` deeper than its name", first.text),
                    false => "begin each step with `- `".into(),
                }))
            }
        },
        _ => Err(Problem::at(step, format!("a step is a name or `name: {{parameters}}`, not {}", step.described()))),
    }
}

/// The word after `as`: it becomes part of source names in the reduced run.
fn label(key: &Key, value: &Node) -> Result<String, Problem> {
    const LONGEST: usize = 40;
    let fits = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.len() <= LONGEST
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    match &value.content {
        Content::Scalar { text, .. } if fits(text) => Ok(text.clone()),
        _ => {
            let span = if value.is_null() { key.span } else { value.span };
            let problem = Problem::new(span, format!("`as` must be a name, not {}", value.described()));
            Err(problem.hint(format!("a letter, then letters, digits, `-` and `_`, at most {LONGEST}")))
        }
    }
}
