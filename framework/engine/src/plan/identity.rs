//! The identity of a plan: what a resumed run must share with the one it goes on with.
//!
//! In it are the build of the program, the workflow with the version of every step and the content of every file that it
//! names, the input and the trains. What is judged only at the end (`on-bad-input`, the values of `quality.limits`) is not:
//! finished work stays good when it is judged otherwise.

use super::Program;
use serde::{Deserialize, Serialize};
use std::fmt;
use trainyard_format::run::Run;
use xxhash_rust::xxh3::Xxh3;

/// 128-bit XXH3 over program, workflow and inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity(u128);

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Identity {
    /// `workflow` is its canonical text, without what may differ between machines.
    pub fn new(program: &Program, workflow: &str, inputs: &str, trains: &[u64]) -> Self {
        let mut hash = Xxh3::new();
        let program = program.to_string();
        for part in [program.as_str(), workflow, inputs] {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        for train in trains {
            hash.update(&train.to_le_bytes());
        }
        Identity(hash.digest128())
    }

    /// Name, size and index of every input file, and what its folders say of earlier reductions; not where it lies.
    pub fn inputs(run: &Run, earlier: &[serde_json::Value]) -> String {
        let mut text = String::new();
        for file in &run.files {
            let name = file.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            text.push_str(&format!("{name} {} {:016x}\n", file.stamp.size, index_checksum(file)));
        }
        earlier.iter().for_each(|manifest| text.push_str(&format!("{manifest}\n")));
        text
    }
}

/// XXH3 of a file's INDEX: trains, and first and count of every group.
pub fn index_checksum(file: &trainyard_format::map::FileMap) -> u64 {
    let mut hash = Xxh3::new();
    let mut numbers = |values: &[u64]| {
        hash.update(&(values.len() as u64).to_le_bytes());
        for v in values {
            hash.update(&v.to_le_bytes());
        }
    };
    numbers(&file.trains);
    numbers(&file.timestamps);
    for group in file.sources.iter().flat_map(|s| &s.groups) {
        numbers(&group.first);
        numbers(&group.count);
    }
    hash.digest()
}
