//! The commands, thin: what was typed becomes an [`Op`](crate::taxonomy::Op) or a question, the
//! store answers, the answer is printed. What a key can decide, a command can decide.
//!
//! One file per family of commands. [`Printer`] is the only way to stdout and stderr, [`Console`]
//! opens the directory, `locate` turns what people type into ids.

mod batch;
mod batches;
mod check;
mod check_fix;
mod check_found;
mod cluster;
mod config;
mod console;
mod curator;
mod decide;
mod demo;
mod diff;
mod doctor;
mod draw;
mod dry_run;
mod edit;
mod export;
mod export_tree;
mod generate;
mod global;
mod hand;
mod headless;
mod history;
mod homework;
mod import;
mod init;
mod interrupt;
mod item;
mod items;
mod judge;
mod keys;
mod locate;
mod money;
mod plan;
mod plan_balance;
mod plan_changes;
mod plant;
mod printer;
mod progress;
mod proposals;
mod propose;
mod recipe;
mod repair;
mod report;
mod retry;
mod review;
mod review_card;
mod runs;
mod sample;
mod serve;
mod shell;
mod show;
mod similar;
mod stats;
mod table;
mod themes;
mod tree;
mod tutor;
mod verbose;
mod verdict;
mod verify;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use console::Console;
pub use global::{Global, ModelArgs};
pub use printer::Printer;

use crate::error::{AppError, Kind};
use crate::taxonomy::text::reveal;
use crate::term::install_panic_hook;

/// Curate a knowledge taxonomy with a language model, and generate instruction-tuning data from it
#[derive(Debug, Parser)]
#[command(name = "provost", version, max_term_width = 110, disable_help_subcommand = true)]
#[command(after_help = "\
Without a command, provost opens the curator on the taxonomy directory you are in.

Start here:
  provost tutor                                 a five-minute tour; no key, no network
  provost demo                                  the sample taxonomy with a built-in model
  provost init physics && cd physics            an empty taxonomy of your own
  provost propose / && provost                  ask a model for fields, then decide on the screen

Exit codes: 0 done, 1 findings or failed items, 2 usage or bad input, 10 interrupted (run again to resume), \
11 rate limit or quota, or the server is away (resume later), 42 configuration or plan mismatch (do not retry), 101 a bug in provost")]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The model that the curator asks; before a command it means the same as after it.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to do; none opens the curator.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Every command.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "each is documented where its options are")]
pub enum Command {
    Init(init::Init),
    Import(import::Import),
    Tree(tree::Tree),
    Show(show::Show),
    Diff(diff::Diff),
    Similar(similar::Similar),
    Propose(propose::Propose),
    Proposals(proposals::Proposals),
    Decide(decide::Decide),
    Review(review::Review),
    Add(hand::Add),
    Edit(edit::Edit),
    Move(hand::Move),
    Merge(hand::Merge),
    Split(hand::Split),
    Deprecate(hand::Deprecate),
    Restore(hand::Restore),
    Undo(history::Undo),
    Redo(history::Redo),
    Log(history::Log),
    Stats(stats::Stats),
    Report(report::Report),
    Plant(plant::Plant),
    Check(check::Check),
    Fmt(check::Fmt),
    Plan(plan::PlanCommand),
    Generate(generate::Generate),
    Batch(batches::Batch),
    Runs(runs::Runs),
    Status(runs::Status),
    Verify(verify::Verify),
    Retry(retry::Retry),
    Cluster(cluster::Cluster),
    Judge(judge::JudgeRun),
    Items(items::Items),
    Sample(draw::Sample),
    Verdict(verdict::Verdict),
    Export(export::Export),
    ExportTree(export_tree::ExportTree),
    Demo(demo::Demo),
    Tutor(tutor::TutorCommand),
    ServeDemo(serve::ServeDemo),
    Doctor(doctor::Doctor),
    Config(config::Config),
    Keys(keys::Keys),
    Themes(themes::Themes),
    Completions(shell::Completions),
    Man(shell::Man),
}

impl Cli {
    /// Whether the terminal belongs to the curator, so that nothing else may be written there.
    fn opens_a_screen(&self) -> bool {
        match &self.command {
            None | Some(Command::Demo(_) | Command::Tutor(_)) => true,
            Some(Command::Review(review)) => !review.is_plain(),
            Some(_) => false,
        }
    }
}

/// The whole program: parses the command line, runs the command, says what went wrong.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut out = Printer::system(cli.global.color);
    // Commands have no log file; what a message quotes is shown as text here too.
    install_panic_hook(None);
    if !cli.opens_a_screen() {
        verbose::on_stderr(cli.global.verbose);
    }
    match run(cli, &mut out).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // What was printed before the failure comes before it on a terminal too.
            let _ = out.flush();
            out.report(&error);
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// Reads a command line.
///
/// # Errors
/// It is none; or it asks for help or the version.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    Cli::from_arg_matches(&Cli::command().try_get_matches_from(arguments)?)
}

/// Help goes to stdout as it is; an error to stderr, with what it quotes revealed.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        let text = error.render().to_string();
        let mut out = Printer::system(None);
        out.note(reveal(text.trim_end()).as_ref());
        ExitCode::from(Kind::Usage.exit_code())
    } else {
        let _ = error.print();
        ExitCode::SUCCESS
    }
}

/// Runs one command.
///
/// # Errors
/// What went wrong, for [`Printer::report`]; its kind is the exit code.
pub fn run(cli: Cli, out: &mut Printer) -> Result<(), AppError> {
    let console = &mut Console { global: &cli.global, model: &cli.model, out };
    match cli.command {
        None => curator::open(console, None, None),
        Some(Command::Init(command)) => command.run(console),
        Some(Command::Import(command)) => command.run(console),
        Some(Command::Tree(command)) => command.run(console),
        Some(Command::Show(command)) => command.run(console),
        Some(Command::Diff(command)) => command.run(console),
        Some(Command::Similar(command)) => command.run(console),
        Some(Command::Propose(command)) => command.run(console),
        Some(Command::Proposals(command)) => command.run(console),
        Some(Command::Decide(command)) => command.run(console),
        Some(Command::Review(command)) => command.run(console),
        Some(Command::Add(command)) => command.run(console),
        Some(Command::Edit(command)) => command.run(console),
        Some(Command::Move(command)) => command.run(console),
        Some(Command::Merge(command)) => command.run(console),
        Some(Command::Split(command)) => command.run(console),
        Some(Command::Deprecate(command)) => command.run(console),
        Some(Command::Restore(command)) => command.run(console),
        Some(Command::Undo(command)) => command.run(console),
        Some(Command::Redo(command)) => command.run(console),
        Some(Command::Log(command)) => command.run(console),
        Some(Command::Stats(command)) => command.run(console),
        Some(Command::Report(command)) => command.run(console),
        Some(Command::Plant(command)) => command.run(console),
        Some(Command::Check(command)) => command.run(console),
        Some(Command::Fmt(command)) => command.run(console),
        Some(Command::Plan(command)) => command.run(console),
        Some(Command::Generate(command)) => command.run(console),
        Some(Command::Batch(command)) => command.run(console),
        Some(Command::Runs(command)) => command.run(console),
        Some(Command::Status(command)) => command.run(console),
        Some(Command::Verify(command)) => command.run(console),
        Some(Command::Retry(command)) => command.run(console),
        Some(Command::Cluster(command)) => command.run(console),
        Some(Command::Judge(command)) => command.run(console),
        Some(Command::Items(command)) => command.run(console),
        Some(Command::Sample(command)) => command.run(console),
        Some(Command::Verdict(command)) => command.run(console),
        Some(Command::Export(command)) => command.run(console),
        Some(Command::ExportTree(command)) => command.run(console),
        Some(Command::Demo(command)) => command.run(console),
        Some(Command::Tutor(command)) => command.run(console),
        Some(Command::ServeDemo(command)) => command.run(console),
        Some(Command::Doctor(command)) => command.run(console),
        Some(Command::Config(command)) => command.run(console),
        Some(Command::Keys(command)) => command.run(console),
        Some(Command::Themes(command)) => command.run(console),
        Some(Command::Completions(command)) => command.run(console),
        Some(Command::Man(command)) => command.run(console),
    }
}
