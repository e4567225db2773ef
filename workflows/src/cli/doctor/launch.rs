//! MPI: is it built in, were we started by a launcher, and do the ranks see each other?

use super::finding::Finding;
use super::slurm::in_path;
use trainyard_engine::comm::{connect, library, Launch};

const WHAT: &str = "MPI";

/// What is found, and our own rank.
pub fn launch() -> (Finding, usize) {
    let launch = Launch::of_environment();
    if launch.tasks > 1 || launch.mpi {
        return match connect() {
            Ok(ranks) => {
                let built = library().unwrap_or_else(|| "not built in".into());
                let finding = Finding::ok(WHAT, format!("{} ranks see each other, {built}", ranks.size()));
                let rank = ranks.rank();
                ranks.barrier();
                (finding.needed(), rank)
            }
            Err(error) => {
                let hint = error.hint().unwrap_or("start with the launcher of the MPI this program was built with");
                (Finding::not(WHAT, error.to_string(), hint).needed(), 0)
            }
        };
    }
    let launchers: Vec<&str> = ["mpirun", "mpiexec", "srun"].into_iter().filter(|name| in_path(name)).collect();
    let finding = match (library(), &launchers[..]) {
        (None, _) => Finding::not(WHAT, "not built in", "one node is used; for more, build with `--features mpi`"),
        (Some(built), []) => Finding::not(
            WHAT,
            format!("{built}, but no launcher is in PATH"),
            "load the module of that MPI to use more than one node",
        ),
        (Some(built), launchers) => {
            let mut finding = Finding::could_not_tell(WHAT, format!("{built}; launchers: {}", launchers.join(", ")));
            finding.advice = Some("to try it: mpirun -n 2 trainyard doctor, or srun -n 2 trainyard doctor".into());
            finding
        }
    };
    (finding, 0)
}
