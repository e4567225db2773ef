//! `completions SHELL`: what a shell needs to complete the command line.

use super::{Exit, Failure};
use clap::ValueEnum;
use clap_complete::Shell;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard completions bash > ~/.local/share/bash-completion/completions/trainyard
  trainyard completions zsh > ~/.zfunc/_trainyard        # with `fpath+=~/.zfunc` in ~/.zshrc
  trainyard completions fish > ~/.config/fish/completions/trainyard.fish")]
pub struct CompletionsOptions {
    /// the shell that will complete
    #[arg(value_enum)]
    pub shell: ShellName,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ShellName {
    Bash,
    Zsh,
    Fish,
}

impl CompletionsOptions {
    /// # Errors
    /// A standard output that cannot be written.
    pub fn run(&self, command: &clap::Command) -> Result<Exit, Failure> {
        let shell = match self.shell {
            ShellName::Bash => Shell::Bash,
            ShellName::Zsh => Shell::Zsh,
            ShellName::Fish => Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut command.clone(), command.get_name(), &mut script);
        let mut script = String::from_utf8_lossy(&script).into_owned();
        if shell == Shell::Fish {
            script.push_str(&words_for_fish(command));
        }
        super::output::print(&script)?;
        Ok(Exit::Done)
    }
}

/// The generator for fish knows options alone: words that a verb takes in a place of their own are added.
fn words_for_fish(command: &clap::Command) -> String {
    let name = command.get_name();
    let mut lines = String::new();
    for verb in command.get_subcommands().filter(|verb| !verb.is_hide_set()) {
        for argument in verb.get_positionals() {
            let values: Vec<String> = argument.get_possible_values().iter().map(|v| v.get_name().to_string()).collect();
            if !values.is_empty() {
                let (verb, values) = (verb.get_name(), values.join(" "));
                lines.push_str(&format!(
                    "complete -c {name} -n '__fish_seen_subcommand_from {verb}' -f -a '{values}'\n"
                ));
            }
        }
    }
    lines
}
