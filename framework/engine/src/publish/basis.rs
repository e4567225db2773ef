//! `.trainyard/basis.json`: what an unfinished run rests on, so that one that may not go on with it says why.

use super::write_durably;
use crate::plan::Program;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use trainyard_format::durable::read_own;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Longest file that is read: a line of some hundred bytes for each input file.
const LONGEST: u64 = 64 << 20;
/// Differences that are told.
const TOLD: usize = 3;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Basis {
    pub identity: String,
    pub program: Program,
    pub workflow: Value,
    /// how this start judges in the end; another start may judge otherwise
    #[serde(skip)]
    pub judged: Value,
    /// run folders inside the output that this start would make
    #[serde(skip)]
    pub folders: Vec<String>,
    /// selected trains
    pub trains: usize,
    /// by name
    pub inputs: BTreeMap<String, BasisFile>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisFile {
    pub size: u64,
    /// checksum of trains and counts
    pub index: String,
    /// ns since 1970; not part of the identity, for a copy of a run elsewhere is the same run
    pub time: i64,
}

/// JSON with the checksum of its text before it.
fn checked(text: &str) -> String {
    format!("{{\"checksum\":\"{:016x}\",\"basis\":{text}}}\n", xxh3_64(text.as_bytes()))
}

impl Basis {
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string(self).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        write_durably(path, checked(&text).as_bytes())
    }

    /// None when there is none, or it is damaged.
    pub fn read(path: &Path) -> Option<Self> {
        let text = String::from_utf8(read_own(path, LONGEST).ok()??).ok()?;
        let own = text.get(checked("").find('}')?..text.trim_end().len().checked_sub(1)?)?;
        serde_json::from_str(own).ok().filter(|_| checked(own) == text)
    }

    /// What is otherwise now, in words; empty when nothing is.
    pub fn changes(&self, now: &Basis) -> Option<String> {
        let mut changes: Vec<String> = self.program.difference(&now.program).into_iter().collect();
        compare(&self.workflow, &now.workflow, "", &mut changes);
        for (name, before) in &self.inputs {
            match now.inputs.get(name) {
                None => changes.push(format!("{name} is no longer in the run")),
                Some(file) => changes.extend(before.change(file).map(|how| format!("{name} {how}"))),
            }
        }
        let new = now.inputs.keys().filter(|name| !self.inputs.contains_key(*name));
        changes.extend(new.map(|name| format!("{name} is new in the run")));
        if self.trains != now.trains {
            changes.push(format!("it selected {}, now {}", counted(self.trains, "train"), now.trains));
        }
        told(&changes)
    }

    /// How the values under `judged` of a published run differ from those of this start.
    pub fn judged_otherwise(&self, before: &Value) -> Option<String> {
        let mut changes = Vec::new();
        // a number that was read from text is compared with one that was
        let own = serde_json::from_str(&self.judged.to_string()).unwrap_or_default();
        compare(before, &own, "", &mut changes);
        told(&changes)
    }
}

/// The first changes, in words; none when there are none.
fn told(changes: &[String]) -> Option<String> {
    let more = changes.len().saturating_sub(TOLD);
    let told = changes.iter().take(TOLD).cloned().collect::<Vec<_>>().join("; ");
    match more {
        0 => (!told.is_empty()).then_some(told),
        _ => Some(format!("{told}; and {more} more")),
    }
}

impl BasisFile {
    fn change(&self, now: &BasisFile) -> Option<String> {
        if self.size != now.size {
            return Some(format!("had {} bytes and has {}", self.size, now.size));
        }
        if self.index != now.index {
            return Some("has another index (trains or counts)".into());
        }
        (self.time != now.time).then(|| "was written to since".into())
    }
}

/// `steps.2.integrate-azimuthally.bins is 99, it was 100`
fn compare(before: &Value, now: &Value, path: &str, changes: &mut Vec<String>) {
    let below = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            for (key, value) in before {
                compare(value, now.get(key).unwrap_or(&Value::Null), &below(key), changes);
            }
            for (key, value) in now.iter().filter(|(key, _)| !before.contains_key(*key)) {
                compare(&Value::Null, value, &below(key), changes);
            }
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            for (number, (before, now)) in before.iter().zip(now).enumerate() {
                compare(before, now, &below(&number.to_string()), changes);
            }
        }
        _ if before == now => {}
        (Value::Null, now) => changes.push(format!("`{path}` is new: {}", short(now))),
        (before, Value::Null) => changes.push(format!("`{path}` is gone: it was {}", short(before))),
        _ => changes.push(format!("`{path}` is {}, it was {}", short(now), short(before))),
    }
}

/// A value on a line of a message.
fn short(value: &Value) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{} ...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn program(version: &str, build: &str) -> Program {
        Program { name: "trainyard".into(), version: version.into(), build: build.into(), trainyard: None }
    }

    fn basis() -> Basis {
        let file = BasisFile { size: 100, index: "a".into(), time: 5 };
        Basis {
            identity: "1".into(),
            program: program("0.1", "aa"),
            workflow: json!({"steps": [{"keep": "lit"}, {"azint": {"bins": 100}}]}),
            judged: json!({"on-bad-input": "stop"}),
            folders: Vec::new(),
            trains: 8,
            inputs: [("a.h5".to_string(), file.clone()), ("b.h5".to_string(), file)].into(),
        }
    }

    #[test]
    fn damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("basis.json");
        basis().write(&path).unwrap();
        assert_eq!(Basis::read(&path), Some(Basis { judged: Value::Null, ..basis() }));
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() - 1 {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            std::fs::write(&path, &bytes).unwrap();
            assert_eq!(Basis::read(&path), None, "byte {at}");
        }
    }

    #[test]
    fn every_change_is_named() {
        let before = basis();
        assert_eq!(before.changes(&before), None);
        // what is judged at the end is no change of the plan
        assert_eq!(before.changes(&Basis { judged: json!({}), ..basis() }), None);
        let loosened = before.judged_otherwise(&json!({"on-bad-input": {"skip-up-to": "1%"}}));
        assert_eq!(loosened.as_deref(), Some("`on-bad-input` is \"stop\", it was {\"skip-up-to\":\"1%\"}"));
        let built = before.changes(&Basis { program: program("0.1", "bb"), ..basis() });
        assert_eq!(built.as_deref(), Some("it was begun by build aa, this is build bb"));
        let change = |change: &dyn Fn(&mut Basis)| {
            let mut now = basis();
            change(&mut now);
            before.changes(&now).expect("a change")
        };
        let file = |now: &mut Basis| now.inputs.get_mut("b.h5").cloned().expect("a file");
        assert_eq!(
            change(&|now| now.workflow = json!({"steps": [{"keep": "lit"}, {"azint": {"bins": 99}}]})),
            "`steps.1.azint.bins` is 99, it was 100"
        );
        assert_eq!(
            change(&|now| now.workflow = json!({"steps": [{"keep": "lit"}, {"azint": {"bins": 100}}], "copy": []})),
            "`copy` is new: []"
        );
        let b = |size: u64, index: &str, time: i64| {
            let index = index.to_string();
            change(&|now| {
                let changed = BasisFile { size, index: index.clone(), time };
                now.inputs.insert("b.h5".into(), changed);
            })
        };
        assert_eq!(b(90, "b", 6), "b.h5 had 100 bytes and has 90");
        assert_eq!(b(100, "b", 6), "b.h5 has another index (trains or counts)");
        assert_eq!(b(100, "a", 6), "b.h5 was written to since");
        assert_eq!(change(&|now| drop(now.inputs.remove("a.h5"))), "a.h5 is no longer in the run");
        let all = change(&|now| {
            now.inputs = [("c.h5".to_string(), file(now))].into();
            now.program = program("0.2", "aa");
        });
        let expected =
            "it was begun by trainyard 0.1, build aa, this is trainyard 0.2, build aa; a.h5 is no longer in the run; \
                        b.h5 is no longer in the run; and 1 more";
        assert_eq!(all, expected);
    }
}
