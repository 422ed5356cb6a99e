//! `provost demo`: the sample taxonomy with the built-in model behind it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::console::Console;
use super::curator;
use super::global::ModelArgs;
use super::{sample, serve};
use crate::demo::{DemoServer, MODEL, Options};
use crate::error::AppError;
use crate::taxonomy::text::reveal_line;

/// Try it: the sample taxonomy with a built-in model, no key and no network
#[derive(Debug, Args)]
#[command(after_help = "\
Copies the sample taxonomy, starts the demo model on loopback and opens the curator on the copy. Nothing leaves this \
machine. A copy that is in DIR from an earlier time is used again.

Examples:
  provost demo
  provost demo --into /tmp/demo

Exit codes: 0 done, 1 something failed, 2 there is no terminal, or DIR holds something else")]
pub struct Demo {
    /// Where the copy goes [default: a new folder for temporary files]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// How long the model takes before it answers
    #[arg(long, value_name = "N", default_value_t = 120)]
    latency_ms: u64,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no terminal, or the folder is taken.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        curator::needs_terminal("`provost demo --headless` does the main job without one")?;
        let copy = sample::copy(self.into.as_deref())?;
        let latency = Duration::from_millis(self.latency_ms);
        let server = serve::start(Options { latency, ..Options::default() })?;
        let outcome = curator::open(console, &copy.dir, Some(&model_of(&server)));
        let shown = copy.dir.display().to_string();
        console.out.note(&format!("The copy is in {}.", reveal_line(&shown)));
        outcome
    }
}

/// The demo server in place of every profile.
pub fn model_of(server: &DemoServer) -> ModelArgs {
    ModelArgs { base_url: Some(server.base_url()), model: Some(MODEL.to_owned()), key_env: None }
}
