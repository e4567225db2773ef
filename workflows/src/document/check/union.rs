//! Alternatives: the one that was meant is found by what stands there, and only its problems are told.

use super::schema::{kinds, words, Kind};
use super::{Checker, Site};
use crate::document::problem::shown;
use crate::document::{suggestion, Content, Key, Node, Problem, Scalar};
use serde_json::Value;
use std::borrow::Cow;

impl Checker<'_> {
    pub(super) fn union(&mut self, node: &Node, branches: &[Cow<'_, Value>], site: &Site) -> Value {
        match &node.content {
            Content::Mapping(entries) => self.union_of_maps(node, entries, branches, site),
            Content::Sequence(_) => self.best_of(node, branches, &takes(Kind::Array), site),
            Content::Scalar { text, plain } => {
                self.union_of_scalars(node, text, Scalar::of(text, *plain), branches, site)
            }
        }
    }

    fn union_of_scalars(
        &mut self,
        node: &Node,
        text: &str,
        scalar: Scalar<'_>,
        branches: &[Cow<'_, Value>],
        site: &Site,
    ) -> Value {
        let known: Vec<&str> = branches.iter().filter_map(|b| words(b)).flatten().collect();
        if known.contains(&text) {
            return text.into();
        }
        let has = |kind| branches.iter().any(|b| takes(kind)(b));
        match scalar {
            Scalar::Null if has(Kind::Null) => return Value::Null,
            Scalar::Bool(_) if has(Kind::Boolean) => return self.best_of(node, branches, &takes(Kind::Boolean), site),
            Scalar::Integer(_) if has(Kind::Integer) || has(Kind::Number) => {
                return self.best_of(node, branches, &|b| takes(Kind::Integer)(b) || takes(Kind::Number)(b), site);
            }
            Scalar::Float(_) if has(Kind::Number) => return self.best_of(node, branches, &takes(Kind::Number), site),
            _ => {}
        }
        if has(Kind::String) && scalar != Scalar::Null {
            let before = self.problems.len();
            let value = self.best_of(node, branches, &takes(Kind::String), site);
            // a word one letter off is more likely than a wrong quantity
            if self.problems.len() > before {
                if let Some(best) = crate::document::nearest(text, &known) {
                    self.problems.truncate(before);
                    let what = format!("{} cannot be `{}`", site.name, shown(text));
                    self.report(Problem::at(node, what).hint(format!("did you mean `{best}`?")));
                }
            }
            return value;
        }
        let tagged: Vec<&str> = branches.iter().filter_map(|b| tag(b)).collect();
        if tagged.contains(&text) {
            // a bare word is enough where no parameter has to be given
            let bare = Node::mapping(
                vec![(Key { text: text.into(), span: node.span }, Node::mapping(Vec::new(), node.span))],
                node.span,
            );
            let before = self.problems.len();
            let value = self.best_of(&bare, branches, &|b| tag(b) == Some(text), site);
            if self.problems.len() == before {
                return value;
            }
            self.problems.truncate(before);
            let problem = Problem::at(node, format!("`{}` needs parameters here", shown(text)));
            self.report(problem.hint(format!("write `{{{text}: ...}}`")));
            return Value::Null;
        }
        if matches!(scalar, Scalar::Text(_)) && !known.is_empty() {
            let all: Vec<&str> = known.into_iter().chain(tagged).collect();
            return self.word(node, &all, site);
        }
        let schemas: Vec<&Value> = branches.iter().map(AsRef::as_ref).collect();
        self.wrong_kind(node, &schemas, site)
    }

    fn union_of_maps(
        &mut self,
        node: &Node,
        entries: &[(Key, Node)],
        branches: &[Cow<'_, Value>],
        site: &Site,
    ) -> Value {
        let objects: Vec<&Value> = branches.iter().map(AsRef::as_ref).filter(|b| takes(Kind::Object)(b)).collect();
        if objects.is_empty() {
            let schemas: Vec<&Value> = branches.iter().map(AsRef::as_ref).collect();
            return self.wrong_kind(node, &schemas, site);
        }
        // the branch whose word stands under the same key: internally tagged enums
        let spoken = |schema: &&Value| {
            let properties = schema.get("properties").and_then(Value::as_object);
            properties.into_iter().flatten().any(|(key, property)| {
                let written = entries.iter().find(|(k, _)| k.text == *key).map(|(_, value)| &value.content);
                matches!((words(property), written), (Some(words), Some(Content::Scalar { text, .. })) if words.contains(&text.as_str()))
            })
        };
        let named: Vec<&Value> = objects.iter().copied().filter(|schema| spoken(schema)).collect();
        let objects = if named.is_empty() { objects } else { named };
        let known_keys = |schema: &Value| {
            let properties = schema.get("properties").and_then(Value::as_object);
            let open = schema.get("additionalProperties").is_some_and(|others| *others != Value::Bool(false));
            entries.iter().filter(|(key, _)| open || properties.is_some_and(|p| p.contains_key(&key.text))).count()
        };
        let most = objects.iter().map(|schema| known_keys(schema)).max().unwrap_or(0);
        if most == 0 && !entries.is_empty() && objects.len() > 1 {
            let mut known: Vec<&str> = Vec::new();
            for key in objects.iter().filter_map(|b| b.get("properties")?.as_object()).flat_map(|p| p.keys()) {
                if !known.contains(&key.as_str()) {
                    known.push(key);
                }
            }
            for (key, _) in entries {
                let what = format!("unknown key `{}` of {}", shown(&key.text), site.name);
                self.report(Problem::new(key.span, what).hint(suggestion(&key.text, &known, "keys")));
            }
            return Value::Null;
        }
        self.best_of(node, branches, &|b| objects.contains(&b) && known_keys(b) == most, site)
    }

    /// The first branch that `fits` and finds nothing wrong, else the one that finds least.
    fn best_of(
        &mut self,
        node: &Node,
        branches: &[Cow<'_, Value>],
        fits: &dyn Fn(&Value) -> bool,
        site: &Site,
    ) -> Value {
        let mut best: Option<(Vec<Problem>, Value)> = None;
        for branch in branches.iter().filter(|b| fits(b)) {
            let mut trial = self.trial();
            let value = trial.single(node, branch, site);
            if trial.problems.is_empty() {
                return value;
            }
            if best.as_ref().is_none_or(|(problems, _)| trial.problems.len() < problems.len()) {
                best = Some((trial.problems, value));
            }
        }
        match best {
            Some((problems, value)) => {
                problems.into_iter().for_each(|problem| self.report(problem));
                value
            }
            None => {
                let schemas: Vec<&Value> = branches.iter().map(AsRef::as_ref).collect();
                self.wrong_kind(node, &schemas, site)
            }
        }
    }
}

/// Takes the kind; words are not free text, and a branch without a type takes everything.
fn takes(kind: Kind) -> impl Fn(&Value) -> bool {
    move |schema| match words(schema) {
        Some(_) => false,
        None => {
            let kinds = kinds(schema);
            kinds.is_empty() || kinds.contains(&kind)
        }
    }
}

/// The key of an externally tagged variant: an object of one key, which is required.
fn tag(schema: &Value) -> Option<&str> {
    match schema.get("required")?.as_array()?.as_slice() {
        [Value::String(key)] if schema.get("properties")?.as_object()?.len() == 1 => Some(key),
        _ => None,
    }
}
