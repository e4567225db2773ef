//! What the job does: run on all ranks, then let the program itself judge how that went.
//!
//! The script holds no logic, so that it can be read, changed and submitted by hand. Time-limit signals go to the ranks
//! and not to the script: a shell would sit on them until its command ends.

use super::folder::JobFolder;
use super::size::Size;
use crate::workflow::{MemoryWord, Slurm, SlurmMemory};
use slurm_cli_wrapper::{Batch, Memory, MemoryRequest, Signal, SignalBefore, TimeLimit};
use std::path::Path;
use std::time::Duration;

/// What the job starts.
pub struct Start<'a> {
    /// our own executable
    pub program: &'a Path,
    /// that it must be
    pub build: &'a str,
    /// replace what the output folder holds
    pub overwrite: bool,
}

pub fn batch(folder: &JobFolder, wish: &Slurm, size: &Size, start: &Start<'_>) -> Batch {
    let mut batch = Batch::new(body(folder, wish, size, start))
        .job_name(job_name(folder))
        .nodes(size.nodes)
        .tasks_per_node(size.tasks_per_node)
        .cpus_per_task(size.cpus_per_task)
        .chdir(&folder.path)
        .output(log_pattern(folder))
        .append_output(true)
        .requeue(true)
        .signal_before_end(SignalBefore::new(Signal::Usr1, Duration::from_secs(size.lead)))
        .time_limit(size.time.map_or(TimeLimit::Unlimited, |t| TimeLimit::After(Duration::from_secs(t))));
    for (value, set) in [
        (&wish.partition, Batch::partition as fn(Batch, String) -> Batch),
        (&wish.account, Batch::account),
        (&wish.reservation, Batch::reservation),
        (&wish.constraint, Batch::constraint),
    ] {
        if let Some(value) = value {
            batch = set(batch, value.clone());
        }
    }
    if let (Some(bytes), false) = (size.memory, wish.memory == Some(SlurmMemory::Word(MemoryWord::None))) {
        batch = batch.memory(MemoryRequest::PerNode(Memory::bytes(bytes)));
    }
    for (name, value) in &wish.environment {
        batch = batch.environment(name, value);
    }
    wish.prologue.iter().fold(batch, |batch, line| batch.prologue(line))
}

fn body(folder: &JobFolder, wish: &Slurm, size: &Size, start: &Start<'_>) -> String {
    let launcher = wish.launcher.clone().unwrap_or_else(|| launcher(size));
    let program = quoted(start.program);
    let mut run = format!("{launcher} {program} run {} --threads {}", quoted(&folder.workflow()), size.cpus_per_task);
    if let Some(budget) = size.budget {
        run.push_str(&format!(" --memory {}MiB", budget >> 20));
    }
    run.push_str(&format!(" --build {}", start.build));
    if start.overwrite {
        // what a later start finds is this job's own
        run.push_str(" ${first:+--overwrite}");
    }
    let first = if start.overwrite { "[ -n \"$SLURM_RESTART_COUNT\" ] || first=yes\n" } else { "" };
    let path = quoted(&folder.path);
    format!(
        "{first}notes={}/${{SLURM_RESTART_COUNT:-0}}\n\
         mkdir -p \"$notes\"\n\
         {run} --notes \"$notes\"\n\
         {program} conclude {path} --code $?\n",
        quoted(&folder.notes()),
    )
}

/// One rank needs no MPI. `srun` takes its CPUs from no variable since Slurm 22.05, so they are said again.
fn launcher(size: &Size) -> String {
    let mpi = if size.ranks() > 1 { "pmix" } else { "none" };
    format!("srun --mpi={mpi} --kill-on-bad-exit=1 --cpus-per-task={}", size.cpus_per_task)
}

/// `trainyard r0053`: by the name of the output folder.
fn job_name(folder: &JobFolder) -> String {
    let name = folder.output().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
    format!("trainyard {name}")
}

/// In a pattern a percent sign is written twice, and a backslash would end all patterns.
fn log_pattern(folder: &JobFolder) -> String {
    format!("{}/%j.log", folder.log().to_string_lossy().replace('%', "%%"))
}

/// One word for the shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&b));
    if plain {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(program: &str) -> Start<'_> {
        Start { program: Path::new(program), build: "12ab", overwrite: false }
    }

    fn size(nodes: u32) -> Size {
        Size {
            nodes,
            tasks_per_node: 1,
            cpus_per_task: 4,
            memory: Some(3 << 30),
            budget: Some(2 << 30),
            time: Some(900),
            lead: 90,
            predicted: 1.0,
        }
    }

    #[test]
    fn the_script_as_a_whole() {
        let folder = JobFolder::of_output(Path::new("/data/it's 100%/r 1"));
        let wish = Slurm {
            partition: Some("main".into()),
            prologue: vec!["module load openmpi".into()],
            environment: [("A".to_string(), "b c".to_string())].into(),
            ..Slurm::default()
        };
        let start = start("/opt/trainyard");
        let script = batch(&folder, &wish, &size(2), &start).script().unwrap();
        let expected = r#"#!/bin/bash
#SBATCH --job-name="trainyard r 1"
#SBATCH --partition=main
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=3072M
#SBATCH --time=00:15:00
#SBATCH --output="/data/it's 100%%/r 1/job/log/%j.log"
#SBATCH --chdir="/data/it's 100%/r 1/job"
#SBATCH --open-mode=append
#SBATCH --signal=USR1@90
#SBATCH --requeue
export A='b c'
module load openmpi
notes='/data/it'\''s 100%/r 1/job/notes'/${SLURM_RESTART_COUNT:-0}
mkdir -p "$notes"
srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task=4 /opt/trainyard run '/data/it'\''s 100%/r 1/job/workflow.yaml' --threads 4 --memory 2048MiB --build 12ab --notes "$notes"
/opt/trainyard conclude '/data/it'\''s 100%/r 1/job' --code $?
"#;
        assert_eq!(script, expected);
    }

    #[test]
    fn one_rank_needs_no_mpi_and_a_launcher_of_ones_own_is_taken_as_it_is() {
        let folder = JobFolder::of_output(Path::new("/o"));
        let alone = body(&folder, &Slurm::default(), &size(1), &start("/t"));
        assert!(alone.contains("srun --mpi=none "), "{alone}");
        let own = Slurm { launcher: Some("mpirun -np 8".into()), ..Slurm::default() };
        assert!(body(&folder, &own, &size(2), &start("/t")).contains("\nmpirun -np 8 /t run /o/job/workflow.yaml "));
    }

    /// A job that is started again must not replace what its first start finished.
    #[test]
    fn only_the_first_start_overwrites() {
        let start = Start { overwrite: true, ..start("/t") };
        let text = body(&JobFolder::of_output(Path::new("/o")), &Slurm::default(), &size(1), &start);
        let echo = text.lines().map(|line| line.replace("srun --mpi=none", "echo")).filter(|l| !l.starts_with("mkdir"));
        let echo = echo.filter(|line| !line.contains("conclude")).collect::<Vec<_>>().join("\n");
        let said = |restarts: Option<&str>| {
            let mut shell = std::process::Command::new("bash");
            shell.arg("-c").arg(&echo).env_remove("SLURM_RESTART_COUNT");
            restarts.iter().for_each(|count| {
                shell.env("SLURM_RESTART_COUNT", count);
            });
            String::from_utf8(shell.output().unwrap().stdout).unwrap()
        };
        assert!(said(None).contains("--build 12ab --overwrite --notes /o/job/notes/0"), "{}", said(None));
        assert!(said(Some("1")).contains("--build 12ab --notes /o/job/notes/1"), "{}", said(Some("1")));
    }
}
