//! The options of `sbatch`, one word each: `--name=value`. Everything here is checked, so that what `sbatch` refuses is a matter
//! of the site and not of syntax.

use super::{Batch, Inherit, MemoryRequest};
use crate::Error;
use std::path::Path;

/// Longer values come from no honest source; the kernel's limit for one argument is 128 KiB.
const MAX_VALUE: usize = 64 << 10;

impl Batch {
    /// The options, in a fixed order, as `sbatch` takes them on its command line.
    ///
    /// # Errors
    /// [`Error::Request`] if a value is empty, holds control characters, is not Unicode, or is out of its range.
    pub fn options(&self) -> Result<Vec<String>, Error> {
        let mut options = Vec::new();
        let mut text = |name: &str, value: &Option<String>| -> Result<(), Error> {
            if let Some(value) = value {
                options.push(format!("--{name}={}", checked(name, value)?));
            }
            Ok(())
        };
        text("job-name", &self.job_name)?;
        text("partition", &self.partition)?;
        text("account", &self.account)?;
        text("reservation", &self.reservation)?;
        text("qos", &self.quality_of_service)?;
        text("constraint", &self.constraint)?;
        text("comment", &self.comment)?;

        for (name, value) in [
            ("nodes", self.nodes),
            ("ntasks", self.tasks),
            ("ntasks-per-node", self.tasks_per_node),
            ("cpus-per-task", self.cpus_per_task),
        ] {
            match value {
                Some(0) => return Err(Error::Request(format!("`{name}` must be at least 1"))),
                Some(value) => options.push(format!("--{name}={value}")),
                None => {}
            }
        }
        match self.memory {
            // `--mem=0` means the whole node, so an amount of zero would ask for the opposite of what it says.
            Some(MemoryRequest::PerNode(memory) | MemoryRequest::PerCpu(memory)) if memory.kibibytes == 0 => {
                return Err(Error::Request("the memory must be more than 0".to_owned()));
            }
            Some(MemoryRequest::PerNode(memory)) => options.push(format!("--mem={}M", memory.as_mebibytes())),
            Some(MemoryRequest::PerCpu(memory)) => options.push(format!("--mem-per-cpu={}M", memory.as_mebibytes())),
            Some(MemoryRequest::WholeNode) => options.push("--mem=0".to_owned()),
            None => {}
        }
        if let Some(limit) = self.time {
            // Zero means "no limit" to Slurm, the opposite of what it says.
            if matches!(limit, crate::TimeLimit::After(time) if time.is_zero()) {
                return Err(Error::Request("the time limit must be more than 0".to_owned()));
            }
            options.push(format!("--time={limit}"));
        }
        for (name, path) in [("output", &self.output), ("error", &self.error), ("chdir", &self.chdir)] {
            if let Some(path) = path {
                let text = checked(name, unicode(name, path)?)?;
                if name != "chdir" && text.contains('\\') {
                    // Slurm drops it, and takes no pattern of such a path for one.
                    return Err(Error::Request(format!(
                        "`{name}` holds a backslash, which Slurm does not take: {text}"
                    )));
                }
                options.push(format!("--{name}={text}"));
            }
        }
        if let Some(append) = self.append {
            options.push(format!("--open-mode={}", if append { "append" } else { "truncate" }));
        }
        if let Some(signal) = &self.signal {
            options.push(format!("--signal={}", signal.value()?));
        }
        match self.requeue {
            Some(true) => options.push("--requeue".to_owned()),
            Some(false) => options.push("--no-requeue".to_owned()),
            None => {}
        }
        if self.exclusive {
            options.push("--exclusive".to_owned());
        }
        if self.hold {
            options.push("--hold".to_owned());
        }
        if let Some(dependency) = &self.dependency {
            options.push(format!("--dependency={}", dependency.value()?));
        }
        if let Some(kill) = self.kill_on_invalid_dependency {
            options.push(format!("--kill-on-invalid-dep={}", if kill { "yes" } else { "no" }));
        }
        if let Some(array) = &self.array {
            options.push(format!("--array={}", array.value()?));
        }
        match &self.inherit {
            Some(Inherit::All) => options.push("--export=ALL".to_owned()),
            Some(Inherit::Nothing) => options.push("--export=NONE".to_owned()),
            Some(Inherit::Names(names)) if names.is_empty() => options.push("--export=NONE".to_owned()),
            Some(Inherit::Names(names)) => {
                for name in names {
                    check_variable(name)?;
                }
                options.push(format!("--export={}", names.join(",")));
            }
            None => {}
        }
        for option in &self.extra {
            if !option.starts_with('-') {
                return Err(Error::Request(format!("`{option}` is not an option: it does not begin with `-`")));
            }
            options.push(checked("option", option)?.to_owned());
        }
        Ok(options)
    }
}

fn checked<'a>(name: &str, value: &'a str) -> Result<&'a str, Error> {
    if value.is_empty() {
        Err(Error::Request(format!("`{name}` is empty")))
    } else if value.len() > MAX_VALUE {
        Err(Error::Request(format!("`{name}` is longer than {MAX_VALUE} bytes")))
    } else if value.chars().any(char::is_control) {
        // Slurm's own listings are lines; a line break in a name would break them for everyone.
        Err(Error::Request(format!("`{name}` holds a line break or another control character")))
    } else {
        Ok(value)
    }
}

fn unicode<'a>(name: &str, path: &'a Path) -> Result<&'a str, Error> {
    path.to_str().ok_or_else(|| Error::Request(format!("`{name}` is not Unicode: {}", path.display())))
}

/// Variable names that a shell can set.
pub(super) fn check_variable(name: &str) -> Result<(), Error> {
    let mut bytes = name.bytes();
    let good = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if good {
        Ok(())
    } else {
        Err(Error::Request(format!("`{}` is not the name of an environment variable", name.escape_default())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Array, Dependency, Signal, SignalBefore};
    use super::*;
    use crate::{JobId, Memory};
    use std::time::Duration;

    #[test]
    fn every_option_in_its_order() {
        let batch = Batch::new("true")
            .job_name("my job")
            .partition("upex")
            .account("p1")
            .reservation("beam time")
            .quality_of_service("high")
            .constraint("cpu&ib")
            .comment("it's")
            .nodes(4)
            .tasks(8)
            .tasks_per_node(2)
            .cpus_per_task(20)
            .memory(MemoryRequest::PerNode(Memory::gibibytes(4)))
            .time(Duration::from_secs(93_784))
            .output("a b/%j.log")
            .error("e.log")
            .chdir("/gpfs/a b")
            .append_output(true)
            .signal_before_end(SignalBefore::new(Signal::Usr1, Duration::from_secs(90)).to_script())
            .requeue(true)
            .exclusive(true)
            .hold(true)
            .dependency(Dependency::after_success([JobId::new(7)]))
            .kill_on_invalid_dependency(true)
            .array(Array::range(0, 9).at_most(3))
            .inherit(Inherit::Names(vec!["HOME".into(), "PATH".into()]))
            .option("--gres=gpu:1");
        assert_eq!(
            batch.options().unwrap(),
            [
                "--job-name=my job",
                "--partition=upex",
                "--account=p1",
                "--reservation=beam time",
                "--qos=high",
                "--constraint=cpu&ib",
                "--comment=it's",
                "--nodes=4",
                "--ntasks=8",
                "--ntasks-per-node=2",
                "--cpus-per-task=20",
                "--mem=4096M",
                "--time=1-02:03:04",
                "--output=a b/%j.log",
                "--error=e.log",
                "--chdir=/gpfs/a b",
                "--open-mode=append",
                "--signal=B:USR1@90",
                "--requeue",
                "--exclusive",
                "--hold",
                "--dependency=afterok:7",
                "--kill-on-invalid-dep=yes",
                "--array=0-9%3",
                "--export=HOME,PATH",
                "--gres=gpu:1",
            ]
        );
        assert!(Batch::new("true").options().unwrap().is_empty());
    }

    #[test]
    fn requests_that_slurm_would_misread_are_refused() {
        let refused = [
            Batch::new("true").job_name(""),
            Batch::new("true").job_name("a\nb"),
            Batch::new("true").output(r"/a\b/%j.log"),
            Batch::new("true").comment("x".repeat(MAX_VALUE + 1)),
            Batch::new("true").nodes(0),
            Batch::new("true").cpus_per_task(0),
            Batch::new("true").memory(MemoryRequest::PerNode(Memory::mebibytes(0))),
            Batch::new("true").time(Duration::ZERO),
            Batch::new("true").inherit(Inherit::Names(vec!["A,B".into()])),
            Batch::new("true").option("gres=gpu:1"),
            Batch::new("true").option("--a\nb"),
        ];
        for batch in refused {
            assert!(matches!(batch.options(), Err(Error::Request(_))), "{batch:?}");
        }
    }
}
