//! What this process may use: memory by control group, Slurm and `ulimit`, open files.

use super::finding::Finding;
use crate::cli::memory::MemoryLimits;
use crate::cli::soft_limit::soft_limit;
use trainyard_format::words::bytes;

/// A rank keeps files of several sequences open, and each opener some.
const FILES: u64 = 1024;
/// The least that any plan asks for is about this much.
const MEMORY: u64 = 2 << 30;

pub fn limits() -> Vec<Finding> {
    let own = std::fs::read_to_string("/proc/self/limits");
    vec![memory(&MemoryLimits::of_this_process()), files(own.as_deref().ok())]
}

fn memory(limits: &MemoryLimits) -> Finding {
    const WHAT: &str = "memory";
    let known: Vec<String> =
        limits.named().iter().filter_map(|(name, limit)| Some(format!("{name} {}", bytes((*limit)?)))).collect();
    match limits.least() {
        None => Finding::could_not_tell(WHAT, "neither /proc nor the control group tells it"),
        Some(least) if least < MEMORY => Finding::not(
            WHAT,
            known.join(", "),
            "ask for more memory (sbatch --mem), raise `ulimit -v`, or use few modules",
        ),
        Some(_) => Finding::ok(WHAT, known.join(", ")),
    }
}

fn files(limits: Option<&str>) -> Finding {
    const WHAT: &str = "open files";
    match limits.and_then(|text| soft_limit(text, "Max open files")) {
        None => Finding::could_not_tell(WHAT, "/proc/self/limits does not tell it"),
        Some(None) => Finding::ok(WHAT, "no limit"),
        Some(Some(most)) if most < FILES => {
            Finding::not(WHAT, format!("{most}"), format!("raise it: ulimit -n {}", 4 * FILES))
        }
        Some(Some(most)) => Finding::ok(WHAT, format!("{most}")),
    }
}
