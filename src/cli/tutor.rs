//! `provost tutor`: the tour on a copy of the sample taxonomy.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::console::Console;
use super::{curator, demo, sample, serve};
use crate::demo::Options;
use crate::error::AppError;
use crate::taxonomy::text::reveal_line;

/// How long the model takes, in milliseconds: enough to see that it works.
const LATENCY: u64 = 120;

/// Take a five-minute tour: short lessons on the sample taxonomy
#[derive(Debug, Args)]
#[command(after_help = "\
Opens the curator on a copy of the sample taxonomy with the built-in model, like `provost demo`, and shows twelve \
short lessons below the screen. A lesson ends when you have done what it asks for; ctrl-t skips it. Nothing leaves \
this machine, and nothing of yours is touched.

Examples:
  provost tutor
  provost tutor --into /tmp/tour

Exit codes: 0 done, 1 something failed, 2 there is no terminal, or DIR holds something else")]
pub struct TutorCommand {
    /// Folder for the copy [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

impl TutorCommand {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no terminal, or the folder is taken.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        curator::needs_terminal("docs/curate.md says the same in words")?;
        let copy = sample::copy(self.into.as_deref())?;
        let shown = reveal_line(&copy.dir.display().to_string()).into_owned();
        let server = serve::start(Options { latency: Duration::from_millis(LATENCY), ..Options::default() })?;
        let outcome = curator::open_with(console, Some(&copy.dir), Some(&demo::model_of(&server)), true);
        console.out.note(&format!("The taxonomy of the tour is in {shown}."));
        outcome
    }
}
