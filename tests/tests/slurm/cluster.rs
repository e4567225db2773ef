//! The cluster of four virtual nodes that all tests share: started by the first, taken down when the last one that uses it
//! ends, also by a panic.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, Weak};
use tempfile::TempDir;

/// Beside the port of `cluster` itself, so that one that is up by hand is not in the way.
const PORT: &str = "21817";

/// Of a cluster that one test has for itself.
const OTHER_PORT: &str = "22817";

pub struct Cluster {
    state: TempDir,
    port: Option<String>,
}

static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());

impl Cluster {
    /// The shared cluster, or nothing where these tests are not wanted.
    #[track_caller]
    pub fn shared() -> Option<Arc<Cluster>> {
        if std::env::var_os("TRAINYARD_SLURM_TESTS").is_none() {
            println!("skipped: TRAINYARD_SLURM_TESTS is not set");
            return None;
        }
        let mut shared = SHARED.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(cluster) = shared.upgrade() {
            return Some(cluster);
        }
        // a port that is asked for by the environment is kept
        let port = std::env::var_os("TRAINYARD_SLURM_PORT_BASE").is_none().then(|| PORT.to_owned());
        let cluster = Arc::new(Cluster::up(port));
        *shared = Arc::downgrade(&cluster);
        Some(cluster)
    }

    /// A cluster that no other test sees: for what would disturb them.
    #[track_caller]
    pub fn alone() -> Option<Arc<Cluster>> {
        if std::env::var_os("TRAINYARD_SLURM_TESTS").is_none() {
            println!("skipped: TRAINYARD_SLURM_TESTS is not set");
            return None;
        }
        Some(Arc::new(Cluster::up(Some(OTHER_PORT.to_owned()))))
    }

    fn up(port: Option<String>) -> Self {
        // sockets lie in the state folder: its path has to be short
        let state = tempfile::Builder::new().prefix("ty-slurm-").tempdir_in("/tmp").expect("a temporary folder");
        let cluster = Cluster { state, port };
        cluster.order(&["up", "--memory-kill", "yes"]);
        cluster
    }

    fn script() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("slurm/cluster")
    }

    /// `cluster VERB STATE MORE`
    fn order_of(&self, words: &[&str]) -> std::process::Output {
        let mut command = Command::new(Self::script());
        command.arg(words[0]).arg(self.state.path()).args(&words[1..]);
        if let Some(port) = &self.port {
            command.env("TRAINYARD_SLURM_PORT_BASE", port);
        }
        command.output().expect("the cluster script runs")
    }

    #[track_caller]
    pub fn order(&self, words: &[&str]) {
        let done = self.order_of(words);
        assert!(done.status.success(), "cluster {words:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn configuration(&self) -> PathBuf {
        self.state.path().join("slurm.conf")
    }

    /// One of Slurm's commands; its output, and whether it did well.
    pub fn slurm(&self, program: &str, arguments: &[&str]) -> (bool, String) {
        let done = Command::new(program)
            .args(arguments)
            .env("SLURM_CONF", self.configuration())
            .output()
            .expect("Slurm's commands");
        let text = [done.stdout, done.stderr].map(|t| String::from_utf8_lossy(&t).into_owned()).concat();
        (done.status.success(), text)
    }

    /// Ends a node's daemon alone and tells the controller: what ran there lives on.
    #[track_caller]
    pub fn lose(&self, node: &str) {
        self.kill_daemon(node);
        let (done, text) =
            self.slurm("scontrol", &["update", &format!("nodename={node}"), "state=down", "reason=test"]);
        assert!(done, "{text}");
    }

    /// Ends a node's daemon alone; nobody is told.
    #[track_caller]
    pub fn kill_daemon(&self, node: &str) {
        let file = self.state.path().join(format!("run/slurmd.{node}.pid"));
        let pid = std::fs::read_to_string(&file).expect("a pid file");
        let pid: i32 = pid.trim().parse().expect("a process id");
        let command_line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).expect("the daemon lives");
        assert!(command_line.contains("slurmd") && command_line.contains(&*self.state.path().to_string_lossy()));
        super::signal(pid, libc::SIGKILL);
        std::fs::remove_file(&file).expect("a pid file");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // the next one may only start when the ports are free again
        let _one = SHARED.lock().unwrap_or_else(|e| e.into_inner());
        let done = self.order_of(&["down"]);
        if !done.status.success() {
            eprintln!("cluster down: {}", String::from_utf8_lossy(&done.stderr));
        }
    }
}
