//! Submission.

use super::Slurm;
use crate::{parse, Batch, Error, JobId};

/// A job that Slurm took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// Its id.
    pub id: JobId,
    /// The cluster that took it, on a federation or with several clusters to choose from.
    pub cluster: Option<String>,
    /// What `sbatch` warned of.
    pub warnings: Option<String>,
}

impl Slurm {
    /// Submits a job.
    ///
    /// # Errors
    /// [`Error::Request`] if it cannot be expressed, [`Error::CommandFailed`] if Slurm refuses it. After [`Error::TimedOut`] it may
    /// have been taken all the same: look for its name before submitting again.
    pub fn submit(&self, batch: &Batch) -> Result<Submitted, Error> {
        let mut arguments = vec!["--parsable".to_owned()];
        arguments.extend(batch.options()?);
        let script = batch.bare_script()?;
        let output = self.execute("sbatch", &self.with_cluster(&arguments), Some(script))?.success("sbatch")?;
        let (id, cluster) = parse::sbatch(&output.stdout)?;
        Ok(Submitted { id, cluster, warnings: (!output.stderr.is_empty()).then_some(output.stderr) })
    }
}
