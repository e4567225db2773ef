//! The program: where it is, and how it is started.

use crate::{Child, Finished};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// Longer than any single run of these tests takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// `TRAINYARD_BIN`, or the program built beside these tests.
///
/// # Panics
/// When there is none.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let path = match std::env::var_os("TRAINYARD_BIN") {
            Some(path) => PathBuf::from(path),
            None => {
                // target/<profile>/deps/<test>
                let test = std::env::current_exe().expect("the path of this test");
                let profile = test.parent().and_then(Path::parent).expect("a test lies in target/<profile>/deps");
                profile.join("trainyard")
            }
        };
        let hint = "build it first: `cargo build -p trainyard`, or name it in TRAINYARD_BIN";
        assert!(path.is_file(), "there is no program at {}; {hint}", path.display());
        path
    })
}

/// A command that nothing around the tests changes.
fn command(of: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(of);
    command.env_remove("TRAINYARD_LOG");
    command
}

/// Starts the program and does not wait.
pub fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Child {
    Child::start(command(program()).args(arguments))
}

/// As [`start`] with environment variables.
pub fn start_with<A: AsRef<OsStr>>(environment: &[(&str, &str)], arguments: impl IntoIterator<Item = A>) -> Child {
    Child::start(command(program()).envs(environment.iter().copied()).args(arguments))
}

/// Runs the program to its end.
#[track_caller]
pub fn trainyard<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Finished {
    start(arguments).wait(PATIENCE)
}

/// Starts the program on several ranks; nothing where there is no launcher or the program is built without MPI.
pub fn trainyard_on_ranks<A: AsRef<OsStr>>(
    ranks: usize,
    environment: &[(&str, &str)],
    arguments: impl IntoIterator<Item = A>,
) -> Option<Child> {
    if !has_mpi() {
        return None;
    }
    let mut launcher = command("mpirun");
    launcher.envs(environment.iter().copied());
    launcher.args(["--allow-run-as-root", "--oversubscribe", "-n", &ranks.to_string()]).arg(program()).args(arguments);
    Some(Child::start(&mut launcher))
}

/// Starts one rank for each command; nothing where there is no launcher or the program is built without MPI.
pub fn trainyard_on_each<A: AsRef<OsStr>>(commands: &[Vec<A>]) -> Option<Child> {
    if !has_mpi() {
        return None;
    }
    let mut launcher = command("mpirun");
    launcher.args(["--allow-run-as-root", "--oversubscribe"]);
    for (number, words) in commands.iter().enumerate() {
        if number > 0 {
            launcher.arg(":");
        }
        launcher.args(["-n", "1"]).args(words);
    }
    Some(Child::start(&mut launcher))
}

/// A program without MPI refuses to be one of several with exit code 5, which is tested on the way.
fn has_mpi() -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    *FOUND.get_or_init(|| {
        if command("mpirun").arg("--version").output().is_err() {
            println!("skipped: there is no mpirun");
            return false;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workflow = folder.path().join("none.yaml");
        let alone = Child::start(
            command("mpirun")
                .args(["--allow-run-as-root", "--oversubscribe", "-n", "2"])
                .arg(program())
                .arg("run")
                .arg(workflow),
        )
        .wait(PATIENCE);
        // with MPI the missing workflow is the problem, without it the launch is
        match alone.code {
            Some(3) => true,
            Some(5) => {
                println!("skipped: {} is built without MPI", program().display());
                false
            }
            _ => panic!("two ranks end oddly: {alone:?}"),
        }
    })
}
