//! Submits a job, reports what becomes of it, and ends as it ended.
//!
//! ```text
//! cargo run --example submit_and_wait -- [--partition NAME] [--nodes N] [--minutes N] COMMAND [ARGUMENT]...
//! ```
//!
//! Exit codes: that of the job's script; 1 if it ended otherwise; 3 for a wrong command line; 5 if Slurm is in the way.

use slurm_cli_wrapper::{Batch, Error, Poll, Slurm, Waited};
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let batch = match describe(std::env::args().skip(1)) {
        Ok(batch) => batch,
        Err(why) => {
            eprintln!("error: {why}");
            eprintln!("hint: submit_and_wait [--partition NAME] [--nodes N] [--minutes N] COMMAND [ARGUMENT]...");
            return ExitCode::from(3);
        }
    };
    submit_and_wait(&batch).unwrap_or_else(|error| {
        eprintln!("error: failed to run the job: {error}");
        if let Some(hint) = error.hint() {
            eprintln!("hint: {hint}");
        }
        ExitCode::from(5)
    })
}

fn describe(arguments: impl Iterator<Item = String>) -> Result<Batch, String> {
    let mut arguments = arguments.peekable();
    let mut options: Vec<(String, String)> = Vec::new();
    while let Some(option) = arguments.next_if(|word| word.starts_with("--")) {
        let value = arguments.next().ok_or_else(|| format!("`{option}` lacks its value"))?;
        options.push((option, value));
    }
    let command: Vec<String> = arguments.collect();
    if command.is_empty() {
        return Err("no command".to_owned());
    }
    let mut batch = Batch::command(&command).job_name("submit_and_wait").append_output(true);
    for (option, value) in options {
        let number = || value.parse::<u32>().map_err(|_| format!("`{value}` is not a number"));
        batch = match option.as_str() {
            "--partition" => batch.partition(value),
            "--nodes" => batch.nodes(number()?),
            "--minutes" => batch.time(Duration::from_secs(60 * u64::from(number()?))),
            _ => return Err(format!("unknown option `{option}`")),
        };
    }
    Ok(batch)
}

fn submit_and_wait(batch: &Batch) -> Result<ExitCode, Error> {
    let slurm = Slurm::new();
    print!("{}", batch.script()?);
    let submitted = slurm.submit(batch)?;
    println!("job {}", submitted.id);

    let waited = slurm.wait(&submitted.id, &Poll::default(), |report| {
        let reason = report.job.reason.as_ref().map_or(String::new(), |reason| format!(" ({reason})"));
        println!("{}{reason}, says {}", report.job.state, report.source);
    })?;
    let (Waited::Finished(report) | Waited::Vanished(Some(report)) | Waited::TimeIsUp(Some(report))) = waited else {
        println!("nobody knows the job");
        return Ok(ExitCode::FAILURE);
    };
    let job = report.job;
    if let Some(output) = &job.output {
        println!("its output is in {}", output.display());
    }
    println!("{}: {}", job.cause(), job.advice());
    let code = job.exit_code.and_then(|exit| u8::try_from(exit.code).ok());
    Ok(match code {
        Some(0) if !job.state.is_success() => ExitCode::FAILURE,
        Some(code) => ExitCode::from(code),
        None if job.state.is_success() => ExitCode::SUCCESS,
        None => ExitCode::FAILURE,
    })
}
