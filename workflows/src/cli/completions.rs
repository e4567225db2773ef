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
        super::output::print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Done)
    }
}
