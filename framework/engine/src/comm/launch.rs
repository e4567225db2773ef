//! Were we started by a launcher, and does MPI agree?

use super::{Ranks, Solo};
use std::sync::Arc;
use trainyard_format::{Error, Place, Result};

/// What the environment says about how we were started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// copies the launcher says it started
    pub tasks: usize,
    /// variables of an MPI launch are there
    pub mpi: bool,
    /// our place among them, where the launcher says it
    pub rank: Option<usize>,
}

impl Launch {
    /// Whether this process certainly follows another one that opens the run.
    pub fn follows(&self) -> bool {
        self.rank.is_some_and(|rank| rank > 0)
    }

    pub fn of_environment() -> Self {
        Launch::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str| variable(name).and_then(|v| v.trim().parse::<usize>().ok());
        let mpi = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"].iter().any(|v| variable(v).is_some());
        // inside a batch script Slurm sets SLURM_NTASKS but no step, and starts one copy
        let step = variable("SLURM_STEP_ID").and(number("SLURM_STEP_NUM_TASKS"));
        let tasks = number("OMPI_COMM_WORLD_SIZE").or(number("PMI_SIZE")).or(step).unwrap_or(1);
        let rank = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK"].iter().find_map(|name| number(name));
        Launch { tasks, mpi, rank }
    }
}

/// Joins the other ranks, or runs alone when nobody launched us as one of several.
///
/// # Errors
/// Several copies were started but cannot see each other: each would do the whole job.
pub fn connect() -> Result<Arc<dyn Ranks>> {
    let launch = Launch::of_environment();
    let ranks = join(launch)?;
    if ranks.size() != launch.tasks && launch.tasks > 1 {
        return Err(Error::resource(
            format!(
                "failed to join the other ranks: the launcher started {} tasks, MPI sees {}",
                launch.tasks,
                ranks.size()
            ),
            Place::default(),
        )
        .with_hint("start with the launcher of the MPI this program was built with, e.g. `srun --mpi=pmix`"));
    }
    Ok(ranks)
}

/// The MPI that is linked, in its own words: `Open MPI v4.1.4`. Nothing in a program without MPI.
#[cfg(feature = "mpi")]
pub fn library() -> Option<String> {
    mpi::environment::library_version().ok().map(|text| first_words(&text))
}

/// The MPI that is linked: none.
#[cfg(not(feature = "mpi"))]
pub fn library() -> Option<String> {
    None
}

/// Libraries add where and when they were built.
#[cfg(any(feature = "mpi", test))]
fn first_words(text: &str) -> String {
    text.split([',', '\n', '\0']).next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(feature = "mpi")]
fn join(launch: Launch) -> Result<Arc<dyn Ranks>> {
    if launch.mpi {
        Ok(Arc::new(super::MpiRanks::initialise()?))
    } else {
        Ok(Arc::new(Solo::default()))
    }
}

#[cfg(not(feature = "mpi"))]
fn join(_: Launch) -> Result<Arc<dyn Ranks>> {
    Ok(Arc::new(Solo::default()))
}

#[cfg(test)]
mod tests {
    use super::{first_words, Launch};

    #[test]
    fn a_library_in_few_words() {
        assert_eq!(first_words("Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4"), "Open MPI v4.1.4");
        assert_eq!(first_words("MPICH Version:\t4.0.2\nMPICH Release date: ..."), "MPICH Version: 4.0.2");
    }

    fn launch(variables: &[(&str, &str)]) -> Launch {
        Launch::read(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string()))
    }

    #[test]
    fn alone_in_a_batch_script() {
        assert_eq!(launch(&[("SLURM_NTASKS", "8")]), Launch { tasks: 1, mpi: false, rank: None });
    }

    #[test]
    fn srun_without_pmi_shows_its_tasks() {
        assert_eq!(
            launch(&[("SLURM_STEP_ID", "0"), ("SLURM_STEP_NUM_TASKS", "2")]),
            Launch { tasks: 2, mpi: false, rank: None }
        );
    }

    #[test]
    fn mpirun() {
        assert_eq!(
            launch(&[("OMPI_COMM_WORLD_SIZE", "3"), ("PMIX_RANK", "1")]),
            Launch { tasks: 3, mpi: true, rank: Some(1) }
        );
    }
}
