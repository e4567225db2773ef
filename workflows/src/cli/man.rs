//! `man`: the manual, made of the same words as `--help`.

use super::{Exit, Failure};
use clap_mangen::Man;
use std::path::{Path, PathBuf};
use trainyard_format::Error;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard man | man -l -
  trainyard man -o ~/.local/share/man/man1")]
pub struct ManOptions {
    /// write a page for the program and one for each verb into this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

impl ManOptions {
    /// # Errors
    /// A folder or a standard output that cannot be written.
    pub fn run(&self, mut command: clap::Command) -> Result<Exit, Failure> {
        command.build();
        let Some(folder) = &self.output else {
            super::output::print(&String::from_utf8_lossy(&page(&command, Path::new("-"))?))?;
            return Ok(Exit::Done);
        };
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
        let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
        // the display name of a verb is what `man` is asked for: `trainyard-run`
        let name = |page: &clap::Command| page.get_display_name().unwrap_or(page.get_name()).to_string();
        let pages: Vec<(String, &clap::Command)> =
            std::iter::once(&command).chain(verbs).map(|page| (name(page), page)).collect();
        for (name, command) in &pages {
            let path = folder.join(format!("{name}.1"));
            let text = page(command, &path)?;
            std::fs::write(&path, text).map_err(|e| Error::io("write", &path, &e))?;
        }
        let count = pages.len();
        super::output::print(&format!(
            "{count} pages in {}: man {}\n",
            folder.display(),
            folder.join("trainyard.1").display()
        ))?;
        Ok(Exit::Done)
    }
}

fn page(command: &clap::Command, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    Man::new(command.clone()).render(&mut text).map_err(|e| Error::io("write", path, &e))?;
    Ok(text)
}
