//! `provost demo`: the sample taxonomy with the built-in model behind it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::console::Console;
use super::curator;
use super::global::ModelArgs;
use super::{headless, sample, serve};
use crate::demo::{DemoServer, MODEL, Options};
use crate::error::AppError;
use crate::taxonomy::text::reveal_line;

/// How long the model takes at a terminal, in milliseconds: enough to see that it works.
const LATENCY: u64 = 120;

/// Open the sample taxonomy with a built-in model: no key, no network
#[derive(Debug, Args)]
#[command(after_help = "\
Copies the sample taxonomy, starts the demo model on loopback and opens the curator on the copy. Nothing leaves this \
machine. An existing copy in DIR is reused. --headless does the whole job without a terminal and prints a summary. \
`provost tutor` gives lessons on the same sample.

Examples:
  provost demo
  provost demo --headless
  provost demo --into /tmp/demo

Exit codes: 0 done, 1 something failed, 2 there is no terminal, or DIR holds something else")]
pub struct Demo {
    /// Folder for the copy [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Run without a terminal: propose, accept what passes the checks, generate 50 items, export them
    #[arg(long)]
    headless: bool,
    /// Delay before each model reply [default: 120; with --headless 0]
    #[arg(long, value_name = "N")]
    latency_ms: Option<u64>,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// There is no terminal, or the folder is taken.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if !self.headless {
            curator::needs_terminal("`provost demo --headless` does the main job without one")?;
        }
        let copy = sample::copy(self.into.as_deref())?;
        let shown = reveal_line(&copy.dir.display().to_string()).into_owned();
        let usual = if self.headless { 0 } else { LATENCY };
        let latency = Duration::from_millis(self.latency_ms.unwrap_or(usual));
        let server = serve::start(Options { latency, ..Options::default() })?;
        if self.headless {
            let whence = if copy.reused { "Going on with the taxonomy in" } else { "Copied the sample taxonomy to" };
            console.out.line(&format!("{whence} {shown}."))?;
            return headless::run(console, &copy.dir, &model_of(&server));
        }
        let outcome = curator::open(console, Some(&copy.dir), Some(&model_of(&server)));
        console.out.note(&format!("The taxonomy is in {shown}."));
        outcome
    }
}

/// The demo server in place of every profile.
pub fn model_of(server: &DemoServer) -> ModelArgs {
    ModelArgs { base_url: Some(server.base_url()), model: Some(MODEL.to_owned()), key_env: None }
}
