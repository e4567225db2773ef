//! The script that `sbatch` gets, with and without its options as `#SBATCH` lines.
//!
//! Order: `#!` line; the comment lines that follow it in the user's script, which may hold `#SBATCH` lines of their own;
//! our `#SBATCH` lines, which win as later ones do; variables; prologue; the rest. `sbatch` stops reading `#SBATCH` lines at
//! the first command, so nothing else may come before them.

use super::options::check_variable;
use super::quote::{for_directive, for_shell};
use super::{Batch, MemoryRequest};
use crate::Error;

/// Slurm's default `max_script_size`.
const MAX_SCRIPT: usize = 4 << 20;

impl Batch {
    /// The script with its options as `#SBATCH` lines: what to show, keep, or submit by hand.
    ///
    /// # Errors
    /// [`Error::Request`] as for [`Batch::options`], and if the script is not one that Slurm can take.
    pub fn script(&self) -> Result<String, Error> {
        self.render(true)
    }

    /// The script alone; its options travel as arguments.
    pub(crate) fn bare_script(&self) -> Result<String, Error> {
        self.render(false)
    }

    fn render(&self, with_options: bool) -> Result<String, Error> {
        if self.body.contains('\0') {
            return Err(Error::Request("the script holds a NUL byte".to_owned()));
        }
        if self.body.contains('\r') {
            // `sbatch` refuses it with "Batch script contains DOS line breaks".
            return Err(Error::Request("the script has DOS line breaks".to_owned()));
        }
        if self.body.trim().is_empty() {
            return Err(Error::Request("the script is empty".to_owned()));
        }
        let (interpreter, body) = match self.body.split_once('\n') {
            Some((first, rest)) if first.starts_with("#!") => (first, rest),
            None if self.body.starts_with("#!") => (self.body.as_str(), ""),
            _ => ("#!/bin/bash", self.body.as_str()),
        };
        let comments = leading_comments(body);
        let (comments, rest) = body.split_at(comments);

        let mut script = format!("{interpreter}\n{comments}");
        if !comments.is_empty() && !comments.ends_with('\n') {
            script.push('\n');
        }
        if with_options {
            for option in self.options()? {
                script.push_str(&format!("#SBATCH {}\n", for_directive(&option)));
            }
        }
        let needs_shell = !self.environment.is_empty() || !self.prologue.is_empty();
        if needs_shell && !is_shell(interpreter) {
            return Err(Error::Request(format!(
                "variables and a prologue need a shell script, and `{interpreter}` is none"
            )));
        }
        if self.clean {
            if !interpreter.ends_with("bash") {
                return Err(Error::Request(format!("a clean launch needs `bash`, not `{interpreter}`")));
            }
            script.push_str("unset SLURM_EXPORT_ENV ${!PMI_*} ${!PMIX_*} ${!OMPI_COMM_*}");
            // `srun` refuses two ways of counting memory, and one may be another job's
            match self.memory {
                Some(MemoryRequest::PerNode(_) | MemoryRequest::WholeNode) => {
                    script.push_str(" SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU");
                }
                Some(MemoryRequest::PerCpu(_)) => script.push_str(" SLURM_MEM_PER_NODE SLURM_MEM_PER_GPU"),
                None => {}
            }
            script.push('\n');
        }
        for (name, value) in &self.environment {
            check_variable(name)?;
            if value.contains('\0') {
                return Err(Error::Request(format!("the variable `{name}` holds a NUL byte")));
            }
            script.push_str(&format!("export {name}={}\n", for_shell(value)));
        }
        for line in &self.prologue {
            script.push_str(line);
            if !line.ends_with('\n') {
                script.push('\n');
            }
        }
        script.push_str(rest);
        if !script.ends_with('\n') {
            script.push('\n');
        }
        if script.len() > MAX_SCRIPT {
            return Err(Error::Request(format!(
                "the script has {} bytes, Slurm takes at most {MAX_SCRIPT}",
                script.len()
            )));
        }
        Ok(script)
    }
}

/// The length of the comment and blank lines at the beginning.
fn leading_comments(body: &str) -> usize {
    body.split_inclusive('\n').take_while(|line| line.starts_with('#') || line.trim().is_empty()).map(str::len).sum()
}

fn is_shell(interpreter: &str) -> bool {
    let words = interpreter.trim_start_matches("#!").split_whitespace();
    let mut names = words
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .filter(|word| *word != "env" && !word.starts_with('-'));
    names.next().is_some_and(|name| matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_lines() {
        let batch = Batch::new("#!/bin/sh -e\n# mine\n#SBATCH --nodes=9\n\nset -u\necho hi")
            .nodes(2)
            .output("a b.log")
            .environment("B", "it's\nmine")
            .environment("A", "1")
            .prologue("module load mpi");
        assert_eq!(
            batch.script().unwrap(),
            "#!/bin/sh -e\n# mine\n#SBATCH --nodes=9\n\n#SBATCH --nodes=2\n#SBATCH --output=\"a b.log\"\nexport A=1\nexport B='it'\\''s\nmine'\nmodule load mpi\nset -u\necho hi\n"
        );
        assert!(!batch.bare_script().unwrap().contains("--nodes=2"));
    }

    #[test]
    fn a_command_is_quoted_and_gets_a_shell() {
        let batch = Batch::command(["srun", "my program", "--flag=$X"]);
        assert_eq!(batch.script().unwrap(), "#!/bin/bash\nsrun 'my program' '--flag=$X'\n");
    }

    #[test]
    fn a_clean_launch_comes_before_the_variables() {
        let batch = Batch::new("true").clean_launch().environment("PMI_DEBUG", "1");
        let memory = batch.clone().memory(MemoryRequest::WholeNode);
        let unset = "unset SLURM_EXPORT_ENV ${!PMI_*} ${!PMIX_*} ${!OMPI_COMM_*}";
        assert_eq!(batch.bare_script().unwrap(), format!("#!/bin/bash\n{unset}\nexport PMI_DEBUG=1\ntrue\n"));
        assert!(memory.bare_script().unwrap().contains(&format!("{unset} SLURM_MEM_PER_CPU SLURM_MEM_PER_GPU\n")));
        assert!(Batch::new("#!/bin/sh\ntrue").clean_launch().script().is_err());
    }

    #[test]
    fn scripts_that_slurm_cannot_take() {
        for body in ["", " \n ", "a\0b", "a\r\nb"] {
            assert!(Batch::new(body).script().is_err(), "{body:?}");
        }
        assert!(Batch::new("x".repeat(MAX_SCRIPT)).script().is_err());
        assert!(Batch::new("#!/usr/bin/env python3\nprint(1)").environment("A", "1").script().is_err());
        assert!(Batch::new("#!/usr/bin/env bash\ntrue").environment("A", "1").script().is_ok());
        assert!(Batch::new("#!/usr/bin/env python3\nprint(1)").script().is_ok());
        assert!(Batch::new("true").environment("A B", "1").script().is_err());
        assert_eq!(Batch::new("#!/bin/sh").nodes(1).script().unwrap(), "#!/bin/sh\n#SBATCH --nodes=1\n");
    }
}
