//! `provost batch`: requests in files, results from files, and the providers' batch interface.

mod export;
mod import;
mod live;

use clap::{Args, Subcommand};

use super::console::Console;
use crate::error::{AppError, Kind};
use crate::homework::batch::{BatchError, Dialect};

/// Generate homework through a provider's batch interface: cheaper, but slower
#[derive(Debug, Args)]
#[command(after_help = "\
Makes the same items as `generate`, but sends the requests in files and takes the results from files. Live runs and \
batches share the run folder and can be mixed: neither requests what the other has finished.

Questions go first. After their results are imported, the next export writes the answers and, with a judge, the \
verdicts.

`run` handles the whole cycle with a provider that has OpenAI's interface; use `export` and `import` to transfer \
files yourself.

Examples:
  provost batch run --per-subject 20                  the whole cycle: send, wait, import
  provost batch export --per-subject 20 -o out        then upload out/*.jsonl to the provider
  provost batch import results.jsonl errors.jsonl     in any order, as often as you like
  provost batch export --per-subject 20 -o out        the answers to the finished questions
  provost batch dialects                              supported providers and discounts

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
