//! Variables by which a job and an MPI launcher tell their processes where they are. A job that is submitted from inside another
//! one (an interactive allocation, a notebook) inherits them, and they are wrong there: a restart count that is not its own,
//! memory options that exclude its own, ranks of a launch it has no part in.

/// Slurm's variables that say how to reach it rather than what a job is.
const KEPT: &[&str] = &[
    "SLURM_CONF",
    "SLURM_CONF_SERVER",
    "SLURM_CLUSTERS",
    "SLURM_JWT",
    "SLURM_SACK_SOCKET",
    "SLURM_SACK_KEY",
    "SLURM_SACK_JWKS",
];

/// Beginnings of names; those of MPI settings that users make (`OMPI_MCA_btl`) are not among them.
const FOREIGN: &[&str] = &[
    "SLURM_",
    "SLURMD_",
    "PMI_",
    "PMI2_",
    "PMIX_",
    "OMPI_COMM_",
    "OMPI_UNIVERSE_",
    "OMPI_APP_",
    "OMPI_MCA_ess",
    "OMPI_MCA_orte_",
    "OMPI_MCA_pmix",
    "OMPI_MCA_initial_wdir",
    "PRTE_",
    "HYDI_",
    "HYDRA_",
    "MPI_LOCAL",
    "MPIR_",
];

/// Whether a variable of this name belongs to the surrounding job or launch.
pub(super) fn is_foreign(name: &str) -> bool {
    !KEPT.contains(&name) && FOREIGN.iter().any(|start| name.starts_with(start))
}

/// Options in the user's environment that `sbatch` refuses beside `--mem` or `--mem-per-cpu`.
pub(super) fn is_memory_option(name: &str) -> bool {
    matches!(name, "SBATCH_MEM_PER_NODE" | "SBATCH_MEM_PER_CPU" | "SBATCH_MEM_PER_GPU")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_of_the_surrounding_job_goes_and_what_the_user_set_stays() {
        for name in [
            "SLURM_JOB_ID",
            "SLURM_RESTART_COUNT",
            "SLURM_MEM_PER_CPU",
            "SLURMD_NODENAME",
            "PMI_RANK",
            "PMIX_NAMESPACE",
            "OMPI_COMM_WORLD_SIZE",
            "MPI_LOCALNRANKS",
        ] {
            assert!(is_foreign(name), "{name}");
        }
        for name in ["SLURM_CONF", "SBATCH_ACCOUNT", "OMPI_MCA_btl", "HDF5_PLUGIN_PATH", "PATH", "MPICC", "PMIX"] {
            assert!(!is_foreign(name), "{name}");
        }
    }
}
