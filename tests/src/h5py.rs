//! h5py as a peer: what it reads from a file that may be damaged, from a process that may die (`python/h5py_peer.py`).

use crate::python::interpreter;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

/// Seconds that h5py may take for one dataset.
const LIMIT: &str = "10";

pub struct H5py {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
    /// the file that is looked at, and whether the child with it open is alive
    file: Option<(PathBuf, bool)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// type with shape, and the values as `python/h5py_peer.py` says them
    Values(String, Vec<u8>),
    Missing,
    Refused(String),
    /// crashed, or took too long
    Died(String),
}

impl H5py {
    /// Nothing, said so, where there is no interpreter.
    pub fn start() -> Option<Self> {
        let mut command = interpreter(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/h5py_peer.py").as_path())?;
        let piped = command.arg(LIMIT).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("an interpreter");
        let questions = child.stdin.take().expect("a pipe");
        let answers = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut peer = H5py { child, questions, answers, file: None };
        assert_eq!(peer.line(), "ready");
        Some(peer)
    }

    /// Leaves the file before, if there is one, and looks at this one.
    pub fn look_at(&mut self, file: &Path) {
        self.leave();
        self.file = Some((file.to_path_buf(), false));
    }

    /// All values of a dataset; `verb` is one of `rows`, `strings`, `integers`.
    pub fn ask(&mut self, verb: &str, dataset: &str) -> Told {
        let Some((file, open)) = self.file.clone() else { panic!("no file is looked at") };
        if !open {
            self.say(&format!("open {}", file.display()));
            let answer = self.line();
            if let Some(how) = answer.strip_prefix("died ") {
                return Told::Died(how.into());
            }
            assert_eq!(answer, "opened");
            self.file = Some((file.clone(), true));
        }
        self.say(&format!("{verb} {}", serde_json::Value::from(dataset)));
        let answer = self.line();
        let (how, rest) = answer.split_once(' ').unwrap_or((&answer, ""));
        match how {
            "ok" => {
                let (what, length) = rest.rsplit_once(' ').expect("a length");
                let mut values = vec![0; length.parse().expect("a length")];
                self.answers.read_exact(&mut values).expect("the values");
                Told::Values(what.into(), values)
            }
            "missing" => Told::Missing,
            "refused" => Told::Refused(rest.into()),
            "died" => {
                self.file = Some((file, false));
                Told::Died(rest.into())
            }
            _ => panic!("h5py_peer.py says {answer:?}"),
        }
    }

    /// Closes the file, so that it can be removed.
    pub fn leave(&mut self) {
        if let Some((_, true)) = self.file.take() {
            self.say("close");
            let answer = self.line();
            assert!(answer == "closed" || answer.starts_with("died"), "{answer}");
        }
    }

    fn say(&mut self, line: &str) {
        // in one piece: the other side takes what one read gives for the line
        self.questions.write_all(format!("{line}\n").as_bytes()).expect("h5py_peer.py listens");
    }

    fn line(&mut self) -> String {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line).expect("h5py_peer.py answers");
        assert_eq!(line.pop(), Some(b'\n'), "h5py_peer.py has ended");
        String::from_utf8_lossy(&line).into_owned()
    }
}

impl Drop for H5py {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
