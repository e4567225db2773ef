//! What this process may use: memory by control group and by `ulimit`, open files.

use super::finding::Finding;
use crate::cli::output::bytes;
use std::path::Path;

/// A rank keeps files of several sequences open, and each opener some.
const FILES: u64 = 1024;
/// The least that any plan asks for is about this much.
const MEMORY: u64 = 2 << 30;

pub fn limits() -> Vec<Finding> {
    let own = std::fs::read_to_string("/proc/self/limits");
    vec![memory(own.as_deref().ok()), files(own.as_deref().ok())]
}

fn memory(limits: Option<&str>) -> Finding {
    const WHAT: &str = "memory";
    let total = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let group = std::fs::read_to_string("/proc/self/cgroup")
        .ok()
        .and_then(|text| of_groups(&text, Path::new("/sys/fs/cgroup")));
    let space = limits.and_then(|text| soft(text, "Max address space"));
    let named = [("node", total), ("control group", group), ("ulimit -v", space.flatten())];
    let known: Vec<String> =
        named.iter().filter_map(|(name, limit)| Some(format!("{name} {}", bytes((*limit)?)))).collect();
    match named.iter().filter_map(|(_, limit)| *limit).min() {
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
    match limits.and_then(|text| soft(text, "Max open files")) {
        None => Finding::could_not_tell(WHAT, "/proc/self/limits does not tell it"),
        Some(None) => Finding::ok(WHAT, "no limit"),
        Some(Some(most)) if most < FILES => {
            Finding::not(WHAT, format!("{most}"), format!("raise it: ulimit -n {}", 4 * FILES))
        }
        Some(Some(most)) => Finding::ok(WHAT, format!("{most}")),
    }
}

/// The soft limit: nothing when it is not told, `Some(None)` when there is none.
fn soft(text: &str, name: &str) -> Option<Option<u64>> {
    let word = text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?;
    match word {
        "unlimited" => Some(None),
        number => number.parse().ok().map(Some),
    }
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of our control group and those above it, in either version of control groups.
fn of_groups(text: &str, root: &Path) -> Option<u64> {
    // what stands for "no limit" in the first version is near the largest number there is
    const NONE: u64 = 1 << 60;
    let limit =
        |path: &Path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok().filter(|limit| *limit < NONE);
    let of_line = |line: &str| {
        let (controllers, group) = line.split_once(':')?.1.split_once(':')?;
        let (base, file) = match controllers {
            "" => (root.to_path_buf(), "memory.max"),
            many if many.split(',').any(|name| name == "memory") => (root.join("memory"), "memory.limit_in_bytes"),
            _ => return None,
        };
        let own = base.join(group.trim_start_matches('/'));
        own.ancestors()
            .take_while(|folder| folder.starts_with(&base))
            .filter_map(|folder| limit(&folder.join(file)))
            .min()
    };
    text.lines().filter_map(of_line).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn soft_limits() {
        let text = "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\nMax address space         unlimited            unlimited            bytes\n";
        assert_eq!(soft(text, "Max open files"), Some(Some(1024)));
        assert_eq!(soft(text, "Max address space"), Some(None));
        assert_eq!(soft(text, "Max nonsense"), None);
    }

    #[test]
    fn the_least_limit_of_a_group_and_those_above() -> std::io::Result<()> {
        let root = tempfile::tempdir()?;
        let job = root.path().join("slurm/job_1/step_0");
        std::fs::create_dir_all(&job)?;
        std::fs::write(job.join("memory.max"), "max\n")?;
        std::fs::write(root.path().join("slurm/job_1/memory.max"), "4096\n")?;
        std::fs::write(root.path().join("slurm/memory.max"), "8192\n")?;
        assert_eq!(of_groups("0::/slurm/job_1/step_0\n", root.path()), Some(4096));
        assert_eq!(of_groups("0::/slurm\n", root.path()), Some(8192));
        let first = root.path().join("memory/a");
        std::fs::create_dir_all(&first)?;
        std::fs::write(first.join("memory.limit_in_bytes"), "9223372036854771712\n")?;
        assert_eq!(of_groups("5:cpu,memory:/a\n0::/none\n", root.path()), None);
        std::fs::write(first.join("memory.limit_in_bytes"), "77\n")?;
        assert_eq!(of_groups("5:cpu,memory:/a\n", root.path()), Some(77));
        Ok(())
    }
}
