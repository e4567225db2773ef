//! What the job does: run on all ranks, then let the program itself judge how that went.
//!
//! The script holds next to no logic, so that it can be read, changed and submitted by hand. Time-limit signals go to the ranks
//! and not to the script: a shell would sit on them until its command ends. A signal to the script alone is noted by it and
//! otherwise left to the ranks, so that its last line is always reached. Slurm is asked for the end of the job once, for all
//! ranks; where it does not answer they rely on its warning.

use super::folder::JobFolder;
use super::size::Size;
use crate::workflow::{MemoryWord, Slurm, SlurmMemory};
use slurm_cli_wrapper::{Batch, Memory, MemoryRequest, Signal, SignalBefore, TimeLimit};
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

/// Where HDF5 looks for filters.
const PLUGINS: &str = "HDF5_PLUGIN_PATH";

/// The script for people who submit it by hand: says what has to be there, and brings the workflow.
pub fn by_hand(folder: &JobFolder, batch: &Batch, workflow: &str) -> Result<String, slurm_cli_wrapper::Error> {
    let script = batch.script()?;
    let (first, rest) = script.split_once('\n').unwrap_or((&script, ""));
    let options = rest.split_inclusive('\n').take_while(|line| line.starts_with("#SBATCH ")).map(str::len).sum();
    let (options, body) = rest.split_at(options);
    let (log, file) = (quoted(&folder.log()), quoted(&folder.workflow()));
    let mut end = "END_OF_WORKFLOW".to_string();
    while workflow.lines().any(|line| line == end) {
        end.push('_');
    }
    Ok(format!(
        "{first}\n# Slurm needs the folder of the log before it starts this. To submit by hand:\n#   mkdir -p {log}\n{options}\
         cat > {file} <<'{end}'\n{}\n{end}\n{body}",
        workflow.trim_end()
    ))
}

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
        .clean_launch()
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
    // whatever `SBATCH_EXPORT` says: the filters that were there when the workflow was checked
    if let Some(path) = std::env::var_os(PLUGINS).and_then(|path| absolute_all(&path)) {
        batch = batch.environment(PLUGINS, path);
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
        "{first}trap : HUP INT QUIT TERM USR1 USR2\n\
         notes={}/$SLURM_JOB_ID/${{SLURM_RESTART_COUNT:-0}}\n\
         mkdir -p \"$notes\" && head -c {ROOM} /dev/zero > \"$notes/room\"\n\
         end=${{SLURM_JOB_END_TIME:-$(SLURM_TIME_FORMAT=%s timeout 10 squeue --noheader --jobs=\"$SLURM_JOB_ID\" --format=%e)}}\n\
         {run} --notes \"$notes\" --job-end \"$end\" --lead {}\n\
         {program} conclude {path} --code $?\n",
        quoted(&folder.notes()),
        size.lead,
    )
}

/// Bytes that are kept for the record of the start, should the disk be full by then.
const ROOM: u32 = 65_536;

/// One rank needs no MPI. `srun` takes its CPUs from no variable since Slurm 22.05, so they are said again.
fn launcher(size: &Size) -> String {
    let mpi = if size.ranks() > 1 { "pmix" } else { "none" };
    format!("srun --mpi={mpi} --kill-on-bad-exit=1 --cpus-per-task={}", size.cpus_per_task)
}

/// `trainyard r0053`: by the name of the output folder.
pub fn job_name(folder: &JobFolder) -> String {
    let name = folder.output().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect();
    format!("trainyard {name}")
}

/// In a pattern a percent sign is written twice, and a backslash would end all patterns.
fn log_pattern(folder: &JobFolder) -> String {
    format!("{}/%j.log", folder.log().to_string_lossy().replace('%', "%%"))
}

/// The job runs in another folder than we do.
fn absolute_all(path: &OsStr) -> Option<String> {
    let all = std::env::split_paths(path).filter(|p| !p.as_os_str().is_empty()).map(std::path::absolute);
    let all = all.collect::<Result<Vec<_>, _>>().ok().filter(|all| !all.is_empty())?;
    std::env::join_paths(all).ok()?.into_string().ok()
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
        let batch = batch(&folder, &wish, &size(2), &start);
        let script = batch.script().unwrap();
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
unset SLURM_EXPORT_ENV ${!PMI_*} ${!PMIX_*} ${!OMPI_COMM_*} SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU
export A='b c'
module load openmpi
trap : HUP INT QUIT TERM USR1 USR2
notes='/data/it'\''s 100%/r 1/job/notes'/$SLURM_JOB_ID/${SLURM_RESTART_COUNT:-0}
mkdir -p "$notes" && head -c 65536 /dev/zero > "$notes/room"
end=${SLURM_JOB_END_TIME:-$(SLURM_TIME_FORMAT=%s timeout 10 squeue --noheader --jobs="$SLURM_JOB_ID" --format=%e)}
srun --mpi=pmix --kill-on-bad-exit=1 --cpus-per-task=4 /opt/trainyard run '/data/it'\''s 100%/r 1/job/workflow.yaml' --threads 4 --memory 2048MiB --build 12ab --notes "$notes" --job-end "$end" --lead 90
/opt/trainyard conclude '/data/it'\''s 100%/r 1/job' --code $?
"#;
        // where these tests run with plug-ins, so does the job
        let plugins = |line: &&str| !line.starts_with("export HDF5_PLUGIN_PATH=");
        assert_eq!(script.lines().filter(plugins).collect::<Vec<_>>().join("\n") + "\n", expected);

        let by_hand = by_hand(&folder, &batch, "run: a\nEND_OF_WORKFLOW\n").unwrap();
        let (head, rest) = by_hand.split_once("cat > ").unwrap();
        assert!(
            head.starts_with("#!/bin/bash\n# ") && head.contains("#   mkdir -p '/data/it'\\''s 100%/r 1/job/log'\n")
        );
        assert!(head.ends_with("#SBATCH --requeue\n"), "{head}");
        let embedded = "'/data/it'\\''s 100%/r 1/job/workflow.yaml' <<'END_OF_WORKFLOW_'\nrun: a\nEND_OF_WORKFLOW\nEND_OF_WORKFLOW_\nunset ";
        assert!(rest.starts_with(embedded), "{rest}");
        assert_eq!(rest.matches("srun").count(), 1);
    }

    #[test]
    fn plug_ins_are_found_from_another_folder() {
        let here = std::env::current_dir().unwrap();
        assert_eq!(absolute_all("/a:b".as_ref()), Some(format!("/a:{}/b", here.display())));
        assert_eq!(absolute_all("".as_ref()), None);
    }

    #[test]
    fn a_path_that_slurm_would_misread_is_refused() {
        for path in [r"/data/a\b", "/data/a\nb"] {
            let batch = batch(&JobFolder::of_output(Path::new(path)), &Slurm::default(), &size(1), &start("/t"));
            assert!(batch.script().is_err(), "{path}");
        }
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
            shell.env("SLURM_JOB_ID", "7").env("SLURM_JOB_END_TIME", "99");
            restarts.iter().for_each(|count| {
                shell.env("SLURM_RESTART_COUNT", count);
            });
            String::from_utf8(shell.output().unwrap().stdout).unwrap()
        };
        assert!(
            said(None).contains("--build 12ab --overwrite --notes /o/job/notes/7/0 --job-end 99 "),
            "{}",
            said(None)
        );
        assert!(said(Some("1")).contains("--build 12ab --notes /o/job/notes/7/1 --job-end 99 "), "{}", said(Some("1")));
    }
}
