//! How much memory a node has for us: what is built in, and less where a control group, Slurm or `ulimit -v` allows less.

use super::soft_limit::soft_limit;
use std::path::{Path, PathBuf};

/// Each is none where it is not known, or there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryLimits {
    pub built_in: Option<u64>,
    pub control_group: Option<u64>,
    pub slurm: Option<u64>,
    pub address_space: Option<u64>,
}

impl MemoryLimits {
    pub fn of_this_process() -> Self {
        Surroundings { root: Path::new("/"), variable: &|name| std::env::var(name).ok() }.limits()
    }

    /// With what says so.
    pub fn named(&self) -> [(&'static str, Option<u64>); 4] {
        [
            ("node", self.built_in),
            ("control group", self.control_group),
            ("Slurm", self.slurm),
            ("ulimit -v", self.address_space),
        ]
    }

    pub fn least(&self) -> Option<u64> {
        self.named().into_iter().filter_map(|(_, limit)| limit).min()
    }
}

/// What Slurm and the kernel say, from variables and files below `root`.
struct Surroundings<'a> {
    root: &'a Path,
    variable: &'a dyn Fn(&str) -> Option<String>,
}

/// More is asked for by `--memory`.
const MOST: u64 = 16 << 30;

/// Half of what this node has for us, at most 16 GiB, when nothing else is said.
pub fn default_memory() -> u64 {
    MemoryLimits::of_this_process().least().map_or(MOST / 4, |bytes| bytes / 2).min(MOST)
}

impl Surroundings<'_> {
    fn limits(&self) -> MemoryLimits {
        MemoryLimits {
            built_in: self.built_in(),
            control_group: self.control_groups(),
            slurm: self.slurm(),
            address_space: self.text("proc/self/limits").and_then(|text| soft_limit(&text, "Max address space")?),
        }
    }

    fn built_in(&self) -> Option<u64> {
        let text = self.text("proc/meminfo")?;
        let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        total.trim().trim_end_matches("kB").trim().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// A control group and all above it: version 2 has one tree, version 1 one for memory.
    fn control_groups(&self) -> Option<u64> {
        // what stands for "no limit" in version 1 is near the largest number there is
        const NONE: u64 = 1 << 60;
        let text = self.text("proc/self/cgroup")?;
        let mut least = None;
        for line in text.lines() {
            // `0::/path` of version 2, `5:memory:/path` of version 1
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let (tree, file) = match controllers {
                "" => ("sys/fs/cgroup", "memory.max"),
                list if list.split(',').any(|c| c == "memory") => ("sys/fs/cgroup/memory", "memory.limit_in_bytes"),
                _ => continue,
            };
            // inside a container the path may be that of the host: then only the top is there
            let path = PathBuf::from(path.trim_start_matches('/'));
            for group in path.ancestors() {
                let limit = self.text(Path::new(tree).join(group).join(file));
                // without one, version 2 says `max`
                let limit = limit.and_then(|text| text.trim().parse::<u64>().ok()).filter(|bytes| *bytes < NONE);
                if let Some(bytes) = limit {
                    least = Some(least.map_or(bytes, |least: u64| least.min(bytes)));
                }
            }
        }
        least
    }

    /// MiB for a node, or for each CPU of it.
    fn slurm(&self) -> Option<u64> {
        let number = |name: &str| (self.variable)(name)?.trim().parse::<u64>().ok().filter(|n| *n > 0);
        let per_node = || number("SLURM_MEM_PER_NODE");
        let per_cpu = || number("SLURM_MEM_PER_CPU")?.checked_mul(number("SLURM_CPUS_ON_NODE")?);
        per_node().or_else(per_cpu)?.checked_mul(1 << 20)
    }

    fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_has_this_number() {
        let guide = include_str!("../../../docs/guides/mpi.md");
        assert!(guide.contains(&format!("at most {} GiB", MOST >> 30)));
    }

    #[test]
    fn the_least_limit_holds() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let limit = |variables: &[(&str, &str)]| {
            let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string());
            Surroundings { root: root.path(), variable: &variable }.limits().least()
        };
        assert_eq!(limit(&[]), None);
        write("proc/meminfo", "MemTotal:       64000000 kB\nMemFree: 5 kB\n");
        assert_eq!(limit(&[]), Some(64_000_000 << 10));
        // version 2: the group itself has no limit, the one above it has
        write("proc/self/cgroup", "0::/system.slice/job_7/step_0\n");
        write("sys/fs/cgroup/system.slice/job_7/step_0/memory.max", "max\n");
        write("sys/fs/cgroup/system.slice/job_7/memory.max", "8589934592\n");
        assert_eq!(limit(&[]), Some(8 << 30));
        assert_eq!(limit(&[("SLURM_MEM_PER_NODE", "4096")]), Some(4 << 30));
        assert_eq!(limit(&[("SLURM_MEM_PER_CPU", "512"), ("SLURM_CPUS_ON_NODE", "4")]), Some(2 << 30));
        // 0 is all memory of the node
        assert_eq!(limit(&[("SLURM_MEM_PER_NODE", "0")]), Some(8 << 30));
        // version 1, in a container: the path of the host is not there
        write("proc/self/cgroup", "11:cpu,cpuacct:/docker/1\n5:memory:/docker/1\n");
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
        assert_eq!(limit(&[]), Some(1 << 30));
        write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        assert_eq!(limit(&[]), Some(64_000_000 << 10));
        write("proc/self/limits", "Max address space         5000000              unlimited            bytes\n");
        assert_eq!(limit(&[]), Some(5_000_000));
    }
}
