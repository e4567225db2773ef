//! `sbatch --parsable`: `12`, or `12;cluster`.

use crate::{Error, JobId};

/// The job id and, on a federation or with `--clusters`, the cluster. Lines that a site's plug-ins print around it are passed over.
///
/// # Errors
/// [`Error::Unparsable`] if no line is a job id.
pub fn sbatch(text: &str) -> Result<(JobId, Option<String>), Error> {
    text.lines()
        .rev()
        .find_map(|line| {
            let line = line.trim();
            let (id, cluster) = line.split_once(';').map_or((line, None), |(id, cluster)| (id, Some(cluster)));
            let id: JobId = id.parse().ok().filter(|id: &JobId| *id == JobId::new(id.job))?;
            Some((id, cluster.filter(|cluster| !cluster.is_empty()).map(str::to_owned)))
        })
        .ok_or_else(|| Error::unparsable("sbatch", "a job id", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_and_without_cluster() {
        assert_eq!(sbatch("12\n").unwrap(), (JobId::new(12), None));
        assert_eq!(sbatch("12;maxwell\n").unwrap(), (JobId::new(12), Some("maxwell".to_owned())));
        assert_eq!(sbatch("welcome to the cluster\n\n12\n\n").unwrap().0, JobId::new(12));
        for text in ["", "Submitted batch job 12", "12_3", "x;y"] {
            assert!(matches!(sbatch(text), Err(Error::Unparsable { .. })), "{text}");
        }
    }
}
