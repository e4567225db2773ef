//! Slurm: its commands, and whether a controller answers.

use super::finding::Finding;
use slurm_cli_wrapper::Slurm;
use std::time::Duration;

const WHAT: &str = "Slurm";
const COMMANDS: [&str; 5] = ["sbatch", "squeue", "sacct", "scontrol", "scancel"];
/// Nobody waits longer for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

pub fn slurm() -> Finding {
    let lacking: Vec<&str> = COMMANDS.into_iter().filter(|name| !in_path(name)).collect();
    if lacking.len() == COMMANDS.len() {
        return Finding::not(
            WHAT,
            "its commands are not in PATH",
            "`submit`, `status` and `cancel` need them; the others do not",
        );
    }
    if !lacking.is_empty() {
        let what = format!("{} not in PATH", lacking.join(", "));
        return Finding::not(WHAT, what, "ask whoever runs the cluster for the client commands");
    }
    let slurm = Slurm::new().timeout(PATIENCE);
    let version = match slurm.version() {
        Ok(version) => version.to_string(),
        Err(error) => return Finding::could_not_tell(WHAT, error.to_string()),
    };
    match slurm.is_up() {
        Ok(true) => Finding::ok(WHAT, format!("{version}, a controller answers")),
        Ok(false) => Finding::not(
            WHAT,
            format!("{version}, no controller answers"),
            "jobs cannot be submitted now: scontrol ping",
        ),
        Err(error) => Finding::could_not_tell(WHAT, format!("{version}, {error}")),
    }
}

/// Whether a program of this name can be started.
pub fn in_path(name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let starts = |file: std::path::PathBuf| {
        std::fs::metadata(file).is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(&path).any(|folder| starts(folder.join(name)))
}
