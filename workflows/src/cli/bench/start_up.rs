//! `start-up`: opening and planning a run of 1152 files on 1, 2, 4 and 8 ranks, each from the start of the launcher to the
//! end of a run that has nothing more to do. Rank 0 opens, the others take over what it was told: the time should not
//! grow with the files that each rank would open for itself.

use super::catalogue::Bench;
use super::many_files::MANY_FILES;
use super::timing::{median, seconds};
use crate::cli::{Exit, Failure};
use std::path::Path;
use std::process::{Command, Stdio};
use trainyard_format::Error;

const RANKS: [usize; 4] = [1, 2, 4, 8];

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.many_files()?;
    let steps = "  - integrate-azimuthally: {unit: r_mm, per: run}\ntrains: {index: '0:1'}\n";
    let geometry = run.join(trainyard_simulate::GEOMETRY_FILE);
    let (workflow, output) = bench.workflow("start-up", &run, Some(&geometry), steps)?;
    // published once; every later start finds that nothing is to be done
    let first = bench.run_program(&workflow, &output, 1)?;
    bench.report.add("start-up-and-one-train", first, "s")?;
    let mut alone = f64::INFINITY;
    for ranks in RANKS {
        if ranks > 1 && !cfg!(feature = "mpi") {
            eprintln!("no more ranks: this program was built without MPI");
            break;
        }
        let time = median(&seconds(3, || launch(ranks, &workflow))?);
        bench.report.add(format!("start-up-{ranks}"), time, "s")?;
        if ranks == 1 {
            alone = time;
            bench.report.add("start-up-rate", MANY_FILES / time, "files/s")?;
        } else {
            bench.report.add(format!("start-up-{ranks}-ratio"), time / alone, "x")?;
        }
    }
    Ok(())
}

fn launch(ranks: usize, workflow: &Path) -> Result<(), Failure> {
    let program = std::env::current_exe().map_err(|e| Error::io("find", "our own executable".as_ref(), &e))?;
    let mut command = if cfg!(feature = "mpi") {
        let mut launcher = Command::new("mpirun");
        launcher.args(["--oversubscribe", "-n", &ranks.to_string()]).arg(program);
        launcher
    } else {
        Command::new(program)
    };
    command.arg("run").arg(workflow);
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|e| Error::io("start", "mpirun".as_ref(), &e))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(Failure::new(Exit::Resource, &format!("{command:?} of the bench ended with {}: {said}", done.status), None))
}
