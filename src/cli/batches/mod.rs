//! `provost batch`: requests in files, results from files, and the providers' batch interface.

mod export;
mod import;
mod live;

use clap::{Args, Subcommand};

use super::console::Console;
use crate::error::{AppError, Kind};
use crate::homework::batch::{BatchError, Dialect};

/// Make homework by batch: half the price, in its own time
#[derive(Debug, Args)]
#[command(after_help = "\
The same items as `generate` makes, by the other door: requests leave in files, results come back in files. Live runs and \
batches share the run folder, so they mix: what one has made the other does not ask for again.

Questions go first. When their results are imported, the next export writes the answers, and, with a judge, the verdicts.

`run` does the whole way with a provider that has OpenAI's interface; `export` and `import` are for files that travel by hand.

Examples:
  provost batch run --per-subject 20                  the whole way: send, wait, take, until nothing is open
  provost batch export --per-subject 20 -o out        then send out/*.jsonl to the provider
  provost batch import results.jsonl errors.jsonl     in any order, as often as you like
  provost batch export --per-subject 20 -o out        the answers of what has its question now
  provost batch dialects                              who takes what, at which discount

Exit codes: 0 done, and those of the commands below (`provost batch export --help`)")]
pub struct Batch {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Run(live::Run),
    Export(export::Export),
    Import(import::Import),
    Submit(live::Submit),
    Poll(live::Poll),
    Cancel(live::Cancel),
    Status(live::Status),
    Dialects(export::Dialects),
}

impl Batch {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        match self.what {
            What::Export(command) => command.run(console),
            What::Import(command) => command.run(console),
            What::Run(command) => command.run(console),
            What::Submit(command) => command.run(console),
            What::Poll(command) => command.run(console),
            What::Cancel(command) => command.run(console),
            What::Status(command) => command.run(console),
            What::Dialects(command) => command.run(console),
        }
    }
}

fn dialect(name: &str) -> Result<&'static Dialect, String> {
    Dialect::named(name)
}

impl From<BatchError> for AppError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Start(error) => error.into(),
            BatchError::Storage(error) => error.into(),
            BatchError::NoSuchRun(_) | BatchError::Unusable(_) => AppError::usage(error.to_string()),
            BatchError::Request(_) | BatchError::Mismatch(_) => AppError::new(Kind::Config, error.to_string()),
            BatchError::NoRunFile(_) => AppError::new(Kind::Other, error.to_string()),
        }
    }
}
