//! `provost` alone: the screen.

use std::io::IsTerminal as _;
use std::path::Path;

use super::console::{Console, curator};
use super::global::{ModelArgs, environment};
use super::interrupt::block_on;
use crate::error::{AppError, Kind};
use crate::runtime::{self, Ended, OpenError, Opening};

/// Opens the curator, on the directory that is meant where none is given, and comes back when it
/// is left.
///
/// # Errors
/// There is no terminal, the directory or the configuration cannot be used, or the screen ended
/// by something else than its user.
pub fn open(console: &mut Console<'_>, dir: Option<&Path>, model: Option<&ModelArgs>) -> Result<(), AppError> {
    open_with(console, dir, model, false)
}

/// The same, with the tour where that is wanted.
///
/// # Errors
/// As [`open`].
pub fn open_with(
    console: &mut Console<'_>,
    dir: Option<&Path>,
    model: Option<&ModelArgs>,
    tour: bool,
) -> Result<(), AppError> {
    needs_terminal(
        "`provost review --plain` asks about one proposal after the other; `provost tree`, `proposals`, `decide` and `propose` need no terminal either",
    )?;
    let dir = dir.map_or_else(|| console.dir(), |dir| Ok(dir.to_owned()))?;
    let (config, paths) = console.config(model)?;
    if let Err(error) = super::verbose::in_log(&paths.log_file(), console.global.verbose) {
        console.out.note(&format!("note: {}", AppError::io(&paths.log_file(), &error).message));
    }
    let opening = Opening {
        dir: &dir,
        curator: curator(&config),
        config: &config,
        environment: &environment,
        paths: &paths,
        tour,
    };
    match block_on(async { runtime::open(opening).await.map_err(AppError::from) })? {
        Ended::Quit => Ok(()),
        Ended::Signal => {
            Err(AppError::new(Kind::Interrupted, "A signal ended the curator; every decision is on disk."))
        }
        Ended::TerminalGone => {
            Err(AppError::new(Kind::Interrupted, "The terminal went away; every decision is on disk."))
        }
        Ended::Panicked => {
            let log = paths.log_file().display().to_string();
            Err(AppError::new(Kind::Bug, "The curator broke off; every decision is on disk.")
                .hint(format!("what happened is in {log}")))
        }
    }
}

/// Fails where stdin or stdout is no terminal, with what to do instead.
///
/// # Errors
/// See there.
pub fn needs_terminal(instead: &str) -> Result<(), AppError> {
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return match environment("TERM").as_deref() {
            Some("dumb") => {
                let text = "TERM is `dumb`: this terminal has no screen to draw on.";
                Err(AppError::usage(text).hint(instead))
            }
            _ => Ok(()),
        };
    }
    Err(AppError::usage("The curator needs a terminal, and stdin or stdout is none.").hint(instead))
}

impl From<OpenError> for AppError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::UserFile(error) => error.into(),
            OpenError::Config(error) => error.into(),
            OpenError::Prompt(error) => error.into(),
            OpenError::Store(error) => error.into(),
            OpenError::Terminal(_) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}
