//! `submitted.json`: what was handed to Slurm.

use super::folder::JobFolder;
use super::size::Size;
use serde::{Deserialize, Serialize};
use slurm_cli_wrapper::{Identity, Job, JobId, UnixTime};
use std::path::PathBuf;
use trainyard_engine::publish::write_durably;
use trainyard_format::{Error, Place, Result};

/// Longest file that is read.
const LONGEST: u64 = 1 << 20;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Submitted {
    /// as Slurm prints it
    pub job: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// seconds since 1970
    pub submitted: u64,
    /// as Slurm has them
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// identity of the plan
    pub plan: String,
    /// our executable, and its build: another one must not go on with the job
    #[serde(default)]
    pub program: PathBuf,
    #[serde(default)]
    pub build: String,
    pub passes: usize,
    pub sequences: usize,
    pub slow_units: usize,
    /// that the passes will look at, together
    pub frames: u64,
    pub size: Size,
}

impl Submitted {
    pub fn write(&self, folder: &JobFolder) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        write_durably(&folder.submitted(), format!("{text}\n").as_bytes())
    }

    /// None when nothing was submitted.
    ///
    /// # Errors
    /// A record that cannot be read or understood.
    pub fn read(folder: &JobFolder) -> Result<Option<Self>> {
        let path = folder.submitted();
        match std::fs::metadata(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("look at", &path, &e)),
            Ok(m) if m.len() > LONGEST => {
                return Err(Error::resource("the record of the submission is too long", Place::file(&path)))
            }
            Ok(_) => {}
        }
        let bytes = std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
        let record = serde_json::from_slice(&bytes).map_err(|e| {
            Error::resource(format!("the record of the submission is damaged: {e}"), Place::file(&path))
        })?;
        Ok(Some(record))
    }

    /// # Errors
    /// A record whose job id is none.
    pub fn id(&self, folder: &JobFolder) -> Result<JobId> {
        let place = || Place::file(folder.submitted());
        self.job.parse().map_err(|_| Error::resource(format!("`{}` is not a job id", self.job), place()))
    }

    /// What the job is known by: the number alone may be another job's by now, and the folder a copy.
    ///
    /// # Errors
    /// A record whose job id is none.
    pub fn identity(&self, folder: &JobFolder) -> Result<Identity> {
        Ok(Identity {
            id: self.id(folder)?,
            name: self.name.clone(),
            user: self.user.clone(),
            folder: Some(folder.path.clone()),
            submitted: Some(UnixTime(self.submitted)),
        })
    }

    /// Takes over what Slurm says of the job just submitted: a site may have renamed it.
    pub fn learn(&mut self, job: &Job) {
        let ours = |told: &Option<UnixTime>| told.is_none_or(|UnixTime(told)| told.abs_diff(self.submitted) < 600);
        if ours(&job.submitted) {
            self.name = job.name.clone().or(self.name.take());
            self.user = job.user.clone().or(self.user.take());
        }
    }
}
