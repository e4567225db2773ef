//! Peers: small Python scripts that do the same work with the packages a user would take, and print `name value` lines.

use crate::cli::output::complain;
use crate::cli::{Exit, Failure};
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

pub struct Peers {
    python: PathBuf,
}

/// A script in the program, and how many threads it may use.
#[derive(Clone, Copy)]
pub struct Script {
    pub name: &'static str,
    pub text: &'static str,
    pub threads: usize,
}

impl Peers {
    /// # Errors
    /// An interpreter that does not start.
    pub fn new(python: PathBuf) -> Result<Self, Failure> {
        let started = Command::new(&python).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        match started {
            Ok(status) if status.success() => Ok(Peers { python }),
            Ok(status) => {
                Err(Failure::new(Exit::Workflow, &format!("`{}` is no Python: {status}", python.display()), None))
            }
            Err(error) => {
                Err(Failure::new(Exit::Workflow, &format!("failed to start `{}`: {error}", python.display()), None))
            }
        }
    }

    /// What the script printed. A script that fails, for want of a package, leaves the peer out and says so.
    pub fn run(&self, script: Script, arguments: &[&OsStr]) -> Vec<(String, f64)> {
        let mut command = Command::new(&self.python);
        command.arg("-c").arg(script.text).args(arguments).stdin(Stdio::null());
        for variable in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"] {
            command.env(variable, script.threads.to_string());
        }
        // hdf5plugin finds its own plug-ins, and stumbles over a path to others
        command.env_remove("HDF5_PLUGIN_PATH");
        let skipped = |why: &str| complain(&format!("peer {} left out: {why}\n", script.name));
        match command.output() {
            Ok(output) if output.status.success() => parse(&String::from_utf8_lossy(&output.stdout)),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                skipped(text.lines().last().unwrap_or("it failed"));
                Vec::new()
            }
            Err(error) => {
                skipped(&error.to_string());
                Vec::new()
            }
        }
    }
}

/// `name value` lines; others are remarks.
fn parse(text: &str) -> Vec<(String, f64)> {
    let line = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_string(), value.trim().parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

/// The largest value of that name.
pub fn largest(values: &[(String, f64)], name: &str) -> Option<f64> {
    values.iter().filter(|(n, _)| n == name).map(|(_, v)| *v).max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remarks_are_no_values() {
        let values = parse("decode 2100.5\nWARNING: something odd\nencode 900\ndecode 2200\n");
        assert_eq!(values.len(), 3);
        assert_eq!(largest(&values, "decode"), Some(2200.0));
        assert_eq!(largest(&values, "other"), None);
    }
}
