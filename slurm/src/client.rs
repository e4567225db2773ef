//! The client: runs Slurm's commands, each under a time limit.

mod control;
mod find;
mod identified;
mod launcher_environment;
mod list;
mod process;
mod submit;
mod wait;

pub use find::{Report, Source};
pub use list::Filter;
pub use submit::Submitted;
pub use wait::{Poll, Waited};

use crate::{Error, Version};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Which form of output to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preference {
    /// JSON from 23.02 on, text before; text too where JSON is not built in or not understood.
    #[default]
    Auto,
    /// JSON only. Before 23.02 `squeue --json` ignores filters: this crate then filters what comes back.
    Json,
    /// Text only: the least work for the controller.
    Text,
}

/// Slurm, through its commands. Cheap to clone; clones share what was learnt about the installation.
#[derive(Debug, Clone)]
pub struct Slurm {
    folder: Option<PathBuf>,
    timeout: Duration,
    output_limit: usize,
    preference: Preference,
    cluster: Option<String>,
    environment: BTreeMap<OsString, OsString>,
    learnt: Arc<Learnt>,
}

/// What does not change while the program runs.
#[derive(Debug, Default)]
struct Learnt {
    version: OnceLock<Version>,
    accounting_is_off: AtomicBool,
    json_is_off: AtomicBool,
}

impl Default for Slurm {
    fn default() -> Self {
        Self::new()
    }
}

impl Slurm {
    /// The commands on `PATH`, 30 s for each, at most 64 MiB of output.
    #[must_use]
    pub fn new() -> Self {
        Self {
            folder: None,
            timeout: Duration::from_secs(30),
            output_limit: 64 << 20,
            preference: Preference::Auto,
            cluster: None,
            environment: BTreeMap::new(),
            learnt: Arc::default(),
        }
    }

    /// Takes the commands from this folder instead of `PATH`.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self.learnt = Arc::default();
        self
    }

    /// How long each command may take. The commands themselves wait for about 10 s, at times minutes, when the controller is down.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many bytes of output to read from a command at most; beyond, it is killed and its output refused.
    #[must_use]
    pub fn output_limit(mut self, bytes: usize) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Which form of output to ask for.
    #[must_use]
    pub fn prefer(mut self, preference: Preference) -> Self {
        self.preference = preference;
        self
    }

    /// Addresses another cluster (`--clusters`).
    #[must_use]
    pub fn cluster(mut self, name: impl Into<String>) -> Self {
        self.cluster = Some(name.into());
        self.learnt = Arc::default();
        self
    }

    /// Sets an environment variable for the commands: `SLURM_CONF`, `PATH`.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), value.into());
        self.learnt = Arc::default();
        self
    }

    /// The installed release.
    ///
    /// # Errors
    /// If `squeue` cannot be run or tells no version.
    pub fn version(&self) -> Result<Version, Error> {
        if let Some(version) = self.learnt.version.get() {
            return Ok(*version);
        }
        let output = self.run_alone("squeue", &["--version".to_owned()])?;
        let version = Version::parse(&output).ok_or_else(|| Error::unparsable("squeue", "a version", &output))?;
        Ok(*self.learnt.version.get_or_init(|| version))
    }
}
