//! `provost completions` and `provost man`.

use clap::{Args, CommandFactory as _};

use super::Cli;
use super::console::Console;
use crate::error::{AppError, Kind};

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  provost completions bash > ~/.local/share/bash-completion/completions/provost
  provost completions zsh > \"${fpath[1]}/_provost\"
  provost completions fish > ~/.config/fish/completions/provost.fish

Exit codes: 0 done, 2 no such shell")]
pub struct Completions {
    /// Shell
    shell: clap_complete::Shell,
}

impl Completions {
    /// Runs the command.
    ///
    /// # Errors
    /// Nobody reads.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "provost", &mut text);
        console.out.document(&String::from_utf8_lossy(&text))
    }
}

/// Print the manual page of provost or of one command
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  provost man | man -l -
  provost man generate > provost-generate.1

Exit codes: 0 done, 2 no such command")]
pub struct Man {
    /// Command [default: provost itself]
    command: Option<String>,
}

impl Man {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no such command.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        let mut whole = Cli::command();
        whole.build();
        let page = match self.command {
            None => whole,
            Some(name) => {
                let unknown = || AppError::usage(format!("There is no command \"{name}\".")).hint("`provost --help`");
                let found = whole.find_subcommand(&name).ok_or_else(unknown)?.clone();
                found.display_name(format!("provost-{name}"))
            }
        };
        let mut text = Vec::new();
        let failed = |error: std::io::Error| AppError::new(Kind::Other, format!("{error}."));
        clap_mangen::Man::new(page).render(&mut text).map_err(failed)?;
        console.out.document(&String::from_utf8_lossy(&text))
    }
}
