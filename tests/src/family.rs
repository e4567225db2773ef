//! The processes of a run: the launcher, ranks, openers; found below the one that was started, in /proc.

use std::fs;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Rank,
    Opener,
    /// what starts ranks
    Launcher,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relative {
    pub pid: libc::pid_t,
    pub role: Role,
}

impl Relative {
    pub fn signal(self, signal: i32) {
        // SAFETY: `kill` touches no memory.
        unsafe { libc::kill(self.pid, signal) };
    }

    /// Whether the process lives and still has something to do with `folder`: ids are given out again.
    pub fn lives(self, folder: &str) -> bool {
        let about = |what: &str| fs::read(format!("/proc/{}/{what}", self.pid)).unwrap_or_default();
        let dead = String::from_utf8_lossy(&about("stat")).rsplit(')').next().is_some_and(|s| s.starts_with(" Z"));
        !dead && String::from_utf8_lossy(&about("cmdline")).contains(folder)
    }
}

/// `pid` and all below it that live at this moment.
pub fn family(pid: libc::pid_t) -> Vec<Relative> {
    let mut found = Vec::new();
    let mut open = vec![pid];
    while let Some(pid) = open.pop() {
        found.extend(role(pid).map(|role| Relative { pid, role }));
        let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else { continue };
        for thread in threads.flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            open.extend(children.split_whitespace().filter_map(|pid| pid.parse::<libc::pid_t>().ok()));
        }
    }
    found
}

/// None: it has ended.
fn role(pid: libc::pid_t) -> Option<Role> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
    let ours = words.first()?.ends_with(b"trainyard");
    match words.get(1) {
        Some(&b"opener") if ours => Some(Role::Opener),
        Some(&b"run") if ours => Some(Role::Rank),
        _ => Some(Role::Launcher),
    }
}
