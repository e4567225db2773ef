//! The program: reads the command line, runs the verb, turns what happened into words and an exit code.

use super::algorithms::AlgorithmsOptions;
use super::bench::BenchOptions;
use super::cancel::CancelOptions;
use super::completions::CompletionsOptions;
use super::conclude::ConcludeOptions;
use super::demo::DemoOptions;
use super::doctor::DoctorOptions;
use super::explain::ExplainOptions;
use super::init::InitOptions;
use super::inspect::InspectOptions;
use super::man::ManOptions;
use super::output::{complain, print};
use super::report::ReportOptions;
use super::schema::SchemaOptions;
use super::simulate::SimulateOptions;
use super::status::StatusOptions;
use super::submit::SubmitOptions;
use super::validate::ValidateOptions;
use super::{log, panic, version, CheckOptions, Exit, Failure, PlanOptions, RunOptions};
use crate::terminal;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::process::ExitCode;
use trainyard_codec::Processor;
use trainyard_engine::algorithm::Registry;

/// Reduces European XFEL runs: reads a run, works through the steps of a workflow, writes a smaller run.
#[derive(Debug, Parser)]
#[command(name = "trainyard", version, max_term_width = 100, arg_required_else_help = true)]
#[command(after_help = "\
Example:
  trainyard inspect raw/r0053
  trainyard algorithms find-hits

Exit codes: 0 done, 1 a bug, 2 done but input was skipped, 3 the workflow or command line, 4 the input,
5 a resource, 6 a quality gate refused, 7 interrupted and can be resumed.")]
struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Reduce a run
    Run(RunOptions),
    /// Find everything that is wrong with a workflow, reading no pixel
    Check(CheckOptions),
    /// Say what would be done: phases, sequences, bytes, memory, time
    Plan(PlanOptions),
    /// Reduce a run as a Slurm job
    Submit(SubmitOptions),
    /// Show how far a job is, and what became of it
    Status(StatusOptions),
    /// End a job; what it finished is kept
    Cancel(CancelOptions),
    /// Judge how a start of a job went; the job's own script calls this
    #[command(hide = true)]
    Conclude(ConcludeOptions),
    /// Show what is in a run: trains, gaps, files, sources, keys
    Inspect(InspectOptions),
    /// Show what became of a run: pictures, plots and numbers on a page
    Report(ReportOptions),
    /// Say why a frame was kept or dropped
    Explain(ExplainOptions),
    /// Find everything that is wrong with a run
    Validate(ValidateOptions),
    /// Write a run with known truth
    Simulate(SimulateOptions),
    /// List the steps a workflow may use, or explain one
    Algorithms(AlgorithmsOptions),
    /// Simulate a run, reduce it, and show what came of it
    Demo(DemoOptions),
    /// Measure the program on this machine, beside other tools
    Bench(BenchOptions),
    /// Write a workflow for a technique from what a run holds
    Init(InitOptions),
    /// Print the JSON schema of workflows, for editors
    Schema(SchemaOptions),
    /// Print completions for a shell
    Completions(CompletionsOptions),
    /// Print the manual, or write it as pages for `man`
    Man(ManOptions),
    /// Say what of the surroundings works, and what to do about the rest
    Doctor(DoctorOptions),
}

impl Verb {
    fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        match self {
            Verb::Run(options) => options.run(registry),
            Verb::Check(options) => options.run(registry),
            Verb::Plan(options) => options.run(registry),
            Verb::Submit(options) => options.run(registry),
            Verb::Status(options) => options.run(),
            Verb::Cancel(options) => options.run(),
            Verb::Conclude(options) => options.run(),
            Verb::Inspect(options) => options.run(),
            Verb::Report(options) => options.run(),
            Verb::Explain(options) => options.run(),
            Verb::Validate(options) => options.run(registry),
            Verb::Simulate(options) => options.run(),
            Verb::Algorithms(options) => options.run(registry),
            Verb::Demo(options) => options.run(registry),
            Verb::Bench(options) => options.run(registry),
            Verb::Init(options) => options.run(registry),
            Verb::Schema(options) => options.run(registry),
            Verb::Completions(options) => options.run(&Command::command()),
            Verb::Man(options) => options.run(Command::command()),
            Verb::Doctor(options) => options.run(),
        }
    }
}

/// The word that makes this program an opener: a child that looks into HDF5 files for its parent.
const OPENER: &str = "opener";

/// The whole program with the algorithms of `registry`.
pub fn main(registry: Registry) -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|word| word == OPENER) {
        trainyard_format::opener::serve();
    }
    panic::install_hook();
    // a panic has told its story by the hook
    catch_unwind(AssertUnwindSafe(|| answer(arguments, &registry))).unwrap_or(Exit::Bug).into()
}

/// Help is as wide as the terminal that shows it.
fn parsed(arguments: Vec<OsString>) -> Result<Command, clap::Error> {
    let columns = terminal::columns_of_stdout().or_else(terminal::columns_of_stderr);
    let command = columns.into_iter().fold(Command::command(), |command, columns| command.term_width(columns.min(100)));
    Command::from_arg_matches_mut(&mut command.try_get_matches_from(arguments)?)
}

fn answer(arguments: Vec<OsString>, registry: &Registry) -> Exit {
    let command = match parsed(arguments) {
        Ok(command) => command,
        Err(error) if error.kind() == clap::error::ErrorKind::DisplayVersion => {
            return print(&version::text()).map_or_else(|failure| failure.exit, |()| Exit::Done);
        }
        Err(error) => {
            let asked = matches!(error.kind(), clap::error::ErrorKind::DisplayHelp);
            let _ = error.print();
            return if asked { Exit::Done } else { Exit::Workflow };
        }
    };
    match log::start().and_then(|()| processor()).and_then(|()| command.verb.run(registry)) {
        Ok(exit) => exit,
        Err(failure) => {
            complain(&failure.text);
            failure.exit
        }
    }
}

/// Refuses a level of instructions that there is not: a misspelt one would otherwise be taken for another.
fn processor() -> Result<(), Failure> {
    Processor::of_environment().map(|_| ()).map_err(|e| Failure::new(Exit::Workflow, &e.to_string(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(line: &str) -> Exit {
        answer(line.split_whitespace().map(OsString::from).collect(), &Registry::default())
    }

    #[test]
    fn every_verb_has_an_example() {
        Command::command().debug_assert();
        for verb in Command::command().get_subcommands() {
            let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains(&format!("Example:\n  trainyard {}", verb.get_name())), "{}", verb.get_name());
        }
    }

    #[test]
    fn exit_codes_of_the_command_line() {
        assert_eq!(exit("trainyard --version"), Exit::Done);
        assert_eq!(exit("trainyard algorithms --help"), Exit::Done);
        assert_eq!(exit("trainyard algorithms"), Exit::Done);
        for wrong in
            ["trainyard", "trainyard nonsense", "trainyard algorithms --nonsense", "trainyard algorithms nonsense"]
        {
            assert_eq!(exit(wrong), Exit::Workflow, "{wrong}");
        }
    }
}
