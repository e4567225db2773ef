//! Puts a job back into the queue, as its last act. The controller may be restarting just then: it is asked for minutes, as long
//! as asking again may help.

use slurm_cli_wrapper::{Error, Failure, Filter, JobId, JobState, Slurm};
use std::time::{Duration, Instant};

/// The first and the longest pause between two tries.
const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(20);
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Returns when Slurm took the order; the job's processes are ended soon after.
///
/// # Errors
/// Slurm refused, or did not answer for as long as patience lasts.
pub fn back_to_queue(slurm: &Slurm, id: &JobId, patience: Duration) -> Result<(), Error> {
    let begin = Instant::now();
    let mut pause = FIRST.min(patience);
    loop {
        let Err(error) = slurm.requeue(id) else { return Ok(()) };
        // an order that was not answered in time may have been taken
        if is_in_queue(slurm, id) {
            return Ok(());
        }
        let hopeless = matches!(error, Error::NotInstalled { .. } | Error::Request(_))
            || matches!(
                error.failure(),
                Some(Failure::NoSuchJob | Failure::AlreadyFinished | Failure::NotPermitted | Failure::Unsupported)
            );
        if hopeless || begin.elapsed() >= patience {
            return Err(error);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST);
    }
}

fn is_in_queue(slurm: &Slurm, id: &JobId) -> bool {
    let jobs = slurm.jobs(&Filter::ids([*id])).unwrap_or_default();
    let back = [JobState::Pending, JobState::Requeued, JobState::RequeueHold];
    jobs.iter().any(|job| job.id == *id && back.contains(&job.state))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn command(folder: &Path, name: &str, body: &str) {
        let new = folder.join(format!("{name}.new"));
        let text = format!("#!/bin/sh\nif [ \"$1\" = --version ]; then echo slurm 22.05.8; exit; fi\n{body}\n");
        std::fs::write(&new, text).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(&new, folder.join(name)).unwrap();
    }

    fn tries(folder: &Path) -> usize {
        std::fs::read_to_string(folder.join("tries")).unwrap_or_default().lines().count()
    }

    const AWAY: &str = "echo 'slurm_requeue error: Unable to contact slurm controller (connect failure)' >&2; exit 1";

    #[test]
    fn a_controller_that_restarts_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let slurm = Slurm::new().folder(folder.path());
        let tried = folder.path().join("tries").display().to_string();
        command(folder.path(), "squeue", AWAY);
        command(
            folder.path(),
            "scontrol",
            &format!("echo x >> '{tried}'; if [ $(wc -l < '{tried}') -lt 3 ]; then {AWAY}; fi"),
        );
        back_to_queue(&slurm, &JobId::new(7), PATIENCE).unwrap();
        assert_eq!(tries(folder.path()), 3);
    }

    #[test]
    fn patience_ends_and_a_refusal_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let slurm = Slurm::new().folder(folder.path());
        let tried = folder.path().join("tries").display().to_string();
        command(folder.path(), "squeue", AWAY);
        command(folder.path(), "scontrol", &format!("echo x >> '{tried}'; {AWAY}"));
        assert!(back_to_queue(&slurm, &JobId::new(7), Duration::ZERO).unwrap_err().is_transient());
        assert_eq!(tries(folder.path()), 1);
        command(
            folder.path(),
            "scontrol",
            &format!("echo x >> '{tried}'; echo 'Access/permission denied for job 7' >&2; exit 1"),
        );
        assert!(back_to_queue(&slurm, &JobId::new(7), PATIENCE).is_err());
        assert_eq!(tries(folder.path()), 2, "asking again would not help");
    }
}
